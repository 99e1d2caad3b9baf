import { sayDuration } from '../core/calendar/duration.ts'
import type { Instant } from '../core/calendar/time.ts'
import { at, type Facts, type Saw, type Value } from '../core/model/fact.ts'
import type { Catalogue } from '../core/model/rule.ts'
import type { FactEntry } from '../core/model/service.ts'
import { saySaw } from './say.ts'

/** A fact as people and programs are shown it. */
export interface FactLine {
  name: string
  value: Value | null
  /** Why there is no value, where there is none. */
  unknown: string | null
  said: string
  type: string
  /** Seconds since it was asked for. */
  ageSeconds: number
  source: string
  help: string
}

/** Facts that we know by ourselves do not come from the service. */
function sayFact(saw: Saw, { type, source }: FactEntry, zone: string): string {
  return !saw.known && saw.why === 'null' && source === 'ledger'
    ? 'unknown (there is none now)'
    : saySaw(saw, type, zone)
}

/** Every catalogued fact as it is now, by name. */
export function showFacts(facts: Facts, catalogue: Catalogue, now: Instant, zone: string): FactLine[] {
  const lines: FactLine[] = []
  for (const entry of catalogue.values()) {
    const fact = facts.get(entry.name)
    const saw = fact ? at(fact, now) : ({ known: false, why: 'unread' } as const)
    lines.push({
      name: entry.name,
      value: saw.known && !entry.secret ? saw.value : null,
      unknown: saw.known ? null : saw.why,
      said: saw.known && entry.secret ? 'known, not shown' : sayFact(saw, entry, zone),
      type: entry.type,
      ageSeconds: fact ? Math.max(0, Math.round((now - fact.asked) / 1000)) : 0,
      source: entry.source,
      help: entry.help,
    })
  }
  return lines.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The facts of a name, or of all names that begin with it: `lock.frozen`, `lock`, `rule.away`. */
export function factsNamed(lines: readonly FactLine[], name: string): FactLine[] {
  const exact = lines.filter((line) => line.name === name)
  return exact.length > 0 ? exact : lines.filter((line) => line.name.startsWith(name))
}

/** Facts about rules are more than all the others together, so they are shown only on request. */
const isOfRule = ({ name }: FactLine) => name.startsWith('rule.')
const mostNamed = 8

/** Facts as rows of a table for people, and what is not among them in words: those of services that are absent. */
export function factRows(
  lines: readonly FactLine[],
  around: { absent: readonly string[]; asked: boolean },
): { rows: string[][]; notes: string[] } {
  const absentOf = ({ name, source }: FactLine) =>
    around.absent.find((service) => source.startsWith(`${service}.`) || name.startsWith(`service.${service}.`))
  const shown = lines.filter((line) => (around.asked || !isOfRule(line)) && absentOf(line) === undefined)
  const absent = new Set(lines.flatMap((line) => absentOf(line) ?? []))
  const notes = [...absent].map((service) => `${service}: not configured`)
  const rules = [...new Set(lines.filter(isOfRule).map(({ name }) => name.slice(5, name.lastIndexOf('.'))))]
  if (!around.asked && rules.length > 0) {
    const some = `${rules.slice(0, mostNamed).join(', ')}${rules.length > mostNamed ? ', \u2026' : ''}`
    notes.push(`rule: "lockwarden facts rule" shows what is known of ${some}`)
  }
  const rows = shown.map((line) => [line.name, line.said, line.type, ageOf(line), line.source])
  return { rows: rows.length > 0 ? [['FACT', 'VALUE', 'TYPE', 'AGE', 'SOURCE'], ...rows] : [], notes }
}

/** All that is known of one fact, a line each. */
export function factSheet(line: FactLine): string[] {
  const age = line.unknown === 'unread' ? [] : [`age: ${ageOf(line)}`]
  const unit = units[line.type]
  return [
    `${line.name}: ${line.said}`,
    `  ${line.help}`,
    `  type: ${line.type}${unit === undefined ? '' : `, ${unit}`}`,
    `  source: ${sources[line.source] ?? line.source}`,
    ...age.map((one) => `  ${one}`),
  ]
}

function ageOf({ unknown, ageSeconds }: FactLine): string {
  return unknown === 'unread' ? '-' : sayDuration(ageSeconds)
}

const units: Readonly<Record<string, string>> = {
  seconds: 'a length of time; a number alone is seconds',
  clock: 'a time of day, such as 22:30',
  week: 'a day and time, such as fri 18:00',
  weekday: 'mon, tue, wed, thu, fri, sat or sun',
  date: 'a date, such as 2026-01-15',
  instant: 'a date, with or without a time',
}

const sources: Readonly<Record<string, string>> = {
  clock: 'the clock, in the zone of the config',
  ledger: 'what lockwarden did and saw',
  people: 'what people set and pressed',
  health: 'whether the service answers',
  extra: 'a reading of the service, not in its documents',
}
