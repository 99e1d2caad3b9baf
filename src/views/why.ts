import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { msWithin } from '../core/calendar/window.ts'
import { seenNow } from '../core/judging/probe.ts'
import { operatorNamed } from '../core/language/operators.ts'
import { firingsOf, isOtherwise, otherwiseOf } from '../core/memory/firings.ts'
import type { Decision } from '../core/model/decision.ts'
import type { Facts, FactType, Unknown, Value } from '../core/model/fact.ts'
import { neverFired } from '../core/model/fired.ts'
import type { Kept } from '../core/model/kept.ts'
import { noLock } from '../core/model/lock.ts'
import type { Passing } from '../core/model/passing.ts'
import type { LedgerRow, Mode } from '../core/model/row.ts'
import { hasMoments, type Rule } from '../core/model/rule.ts'
import { memoryKey } from '../core/model/rulememory.ts'
import { type Silence, silences } from '../core/model/silence.ts'
import type { Trace } from '../core/model/verdicts.ts'
import type { Standstill } from '../core/standstill.ts'
import { sayAction, saySaw, sayState } from './say.ts'

/** One line of a condition: a comparison with what it saw, or the head of a group. */
export interface WhyLine {
  depth: number
  truth: boolean | null
  text: string
  /** Null for the head of a group. */
  saw: { value: Value | null; unknown: Unknown | null; said: string; ageSeconds: number | null } | null
}

/** Why a rule fired or did not, as people and programs are shown it. */
export interface Why {
  lock: string
  rule: string
  description: string
  mode: Mode
  fired: { times: number; last: string | null; did: string[] }
  /** Why nothing at all is decided, where that is so. */
  standstill: string | null
  /** What the last judgement came to; null where there was none yet. */
  decision: { fires: boolean; why: Silence | null; said: string } | null
  /** How long it still takes, or until when, where that is known. */
  wait: string | null
  when: WhyLine[] | null
  onlyIf: WhyLine[] | null
  /** What would have to be otherwise, in one sentence. */
  missing: string | null
  /** The last occurrence that came to nothing, and what was done otherwise. */
  lost: { at: string; why: string; said: string; did: string[] } | null
}

/** What is known of a running lock entry. */
export interface Running {
  lock: string
  mode: Mode
  rule: Rule
  kept: Kept
  passing: Passing
  standstill: Standstill | null
  now: Instant
  zone: string
}

/** Why a rule of a running lock entry fired or did not, from its last judgement. */
export function showWhy({ lock, mode, rule, kept, passing, standstill, now, zone }: Running): Why {
  const session = kept.session ?? noLock
  const fired = firingsOf(kept, session, mode).get(rule.id) ?? neverFired
  const own = kept.rows.filter((row) => row.rule === rule.id && row.session === session && row.mode === mode)
  const last = own.findLast((row) => !isOtherwise(row))
  const did = last ? own.filter((row) => row.occurrence === last.occurrence) : []
  const decision = passing.decisions.find((one) => one.rule === rule.id)
  const judged = passing.verdicts.get(rule.id)
  const verdict = judged && seenNow(judged, passing.facts, now)
  const lost = kept.memory[memoryKey(mode, session, rule.id)]?.lost ?? null
  const lines = (trace: Trace | null | undefined) =>
    trace ? linesOf(trace, { facts: passing.facts, now, zone }) : null
  const dueAt = fired.recent.at(-1)
  return {
    lock,
    rule: rule.id,
    description: rule.description,
    mode,
    fired: {
      times: fired.times,
      last: dueAt === undefined ? null : sayInstant(dueAt, zone),
      did: did.map(sayRow),
    },
    standstill: standsFor(rule, standstill) ? standstillWords[standstill] : null,
    decision: decision
      ? { fires: decision.fires, why: decision.fires ? null : decision.why, said: sayDecision(decision, zone) }
      : null,
    wait: decision ? sayWait(decision, rule, now, zone) : null,
    when: lines(verdict?.when),
    onlyIf: lines(verdict?.onlyIf),
    missing: decision && !decision.fires ? sayMissing(decision.why, verdict, zone) : null,
    lost: lost && {
      at: sayInstant(lost.at, zone),
      why: lost.why,
      said: lostWords(lost.why),
      did: own.filter(({ occurrence }) => occurrence === otherwiseOf(lost.occurrence)).map(sayRow),
    },
  }
}

/** Whether nothing is decided of a rule: what needs no reading does not wait for one. */
function standsFor(rule: Rule, standstill: Standstill | null): standstill is Exclude<Standstill, 'nothing new read'> {
  if (standstill === null || standstill === 'nothing new read') return false
  return standstill !== 'no reading yet' || !rule.needsNoReading
}

const standstillWords: Record<Exclude<Standstill, 'nothing new read'>, string> = {
  'no reading yet': 'the lock was not read yet',
  'clock doubtful': "this machine's clock and the service's are more than 2 minutes apart",
  'clock went back': "this machine's clock is behind what was already stored",
  'clock was set': 'the clock was set, or the machine slept, and no service has confirmed the time since',
  'not the expected wearer': 'the lock is not of the wearer that the config expects',
  'not the expected keyholder': 'the lock is not under the keyholder that the config expects',
  'another entry acts on this lock': 'another entry of the config acts on this very lock',
  'database gone': 'the database was taken away or replaced ("lockwarden status" says what mends it)',
  'nothing can be stored': 'what is decided cannot be stored ("lockwarden status" says what mends it)',
  'not accepted': 'the lock is new, and its wearer has not said yes to it ("lockwarden accept")',
}

/** What a judgement came to, in plain words. */
export function sayDecision(decision: Decision, zone: string): string {
  if (decision.fires) return `it fired (due ${sayInstant(decision.due, zone)})`
  const { said } = silences[decision.why]
  return decision.detail ? `${said}: ${decision.detail}` : said
}

/** How long a silence lasts, as far as only the clock is in its way. */
export function sayWait(decision: Decision, rule: Rule, now: Instant, zone: string): string | null {
  if (decision.fires) return null
  const { why, until } = decision
  const { endless = null, lasts, ends } = silences[why]
  if (until === null) return endless
  const lengthMs = lasts?.(rule) ?? 0
  if (lengthMs > 0) {
    const leftMs = until - now - msWithin(rule.pause, now, until, zone)
    const doneMs = Math.min(lengthMs, Math.max(0, lengthMs - leftMs))
    const paused = msWithin(rule.pause, now, now + 1, zone) > 0 ? ' (this time does not count)' : ''
    return `${sayPart(doneMs / 1000, lengthMs / 1000)} have passed${paused}; the rest ends ${sayInstant(until, zone)} if nothing changes`
  }
  if (why === 'after') return `it waits ${sayDuration(Math.ceil((until - now) / 1000))} more after ${rule.after?.rule}`
  if (why === 'waiting for a reading') return `it is the moment of ${sayInstant(until, zone)}`
  if (hasMoments(rule) && !ends) return `its next moment is ${sayInstant(until, zone)}`
  return `it may fire again from ${sayInstant(until, zone)} on`
}

/** `12 of 30 min`, where both are told in one unit. */
function sayPart(done: number, whole: number): string {
  const [unit, size] = whole % 3600 === 0 && whole > 3600 ? ['h', 3600] : whole % 60 === 0 ? ['min', 60] : ['s', 1]
  const part = done / Number(size)
  if (unit !== 'h' || Number.isInteger(part)) return `${Math.floor(part)} of ${whole / Number(size)} ${unit}`
  return `${sayDuration(done)} of ${sayDuration(whole)}`
}

function sayRow(row: LedgerRow): string {
  return `${sayAction(row)}: ${sayState(row)}`
}

function lostWords(why: string): string {
  return silences[why as Silence]?.said ?? why
}

/** What the lines of a trace are told with. */
interface Around {
  facts: Facts
  now: Instant
  zone: string
}

function linesOf(trace: Trace, around: Around, depth = 0, root = true): WhyLine[] {
  const { facts, now, zone } = around
  if ('leaf' in trace) {
    const { leaf, saw, than } = trace
    const asked = facts.get(leaf.fact)?.asked
    const right = 'factName' in leaf.than ? ` (${leaf.than.factName} is ${saySaw(than, leaf.type, zone)})` : ''
    return [
      {
        depth,
        truth: trace.truth,
        text: leaf.text,
        saw: {
          value: saw.known ? saw.value : null,
          unknown: saw.known ? null : saw.why,
          said: `${saySaw(saw, leaf.type, zone)}${right}`,
          ageSeconds: asked === undefined ? null : Math.max(0, Math.round((now - asked) / 1000)),
        },
      },
    ]
  }
  const [head, members]: [string, readonly Trace[]] =
    'all' in trace ? ['all of:', trace.all] : 'any' in trace ? ['one of:', trace.any] : ['not:', [trace.not]]
  // The list that a `when` is needs no head: all of it must be true.
  if (root && 'all' in trace) return members.flatMap((one) => linesOf(one, around, depth, false))
  return [
    { depth, truth: trace.truth, text: head, saw: null },
    ...members.flatMap((one) => linesOf(one, around, depth + 1, false)),
  ]
}

type LeafTrace = Extract<Trace, { leaf: unknown }>

/** Leaves that stand in the way, and whether each would have to be true. */
interface Lacking {
  leaf: LeafTrace
  wanted: boolean
}

/** The fewest leaves that would have to be otherwise for a condition to come out as `wanted`. */
function lacking(trace: Trace, wanted: boolean): Lacking[] {
  if (trace.truth === wanted) return []
  if ('leaf' in trace) return [{ leaf: trace, wanted }]
  if ('not' in trace) return lacking(trace.not, !wanted)
  const [members, needsAll] = 'all' in trace ? [trace.all, wanted] : [trace.any, !wanted]
  const each = members.map((one) => lacking(one, wanted))
  if (needsAll) return each.flat()
  return each.reduce((fewest, one) => (one.length < fewest.length ? one : fewest))
}

function sayMissing(
  why: Silence,
  verdict: { when: Trace | null; onlyIf: Trace | null } | undefined,
  zone: string,
): string | null {
  const { awaits } = silences[why]
  const trace = awaits && verdict?.[awaits.condition]
  if (!trace) return null
  const lacks = lacking(trace, awaits.truth)
  return lacks.length > 0 ? sentence(lacks, zone) : null
}

function sentence(lacks: readonly Lacking[], zone: string): string {
  return `it waits for ${lacks.map((one) => sayLacking(one, zone)).join(', and for ')}`
}

function sayLacking({ leaf: { leaf, saw, than }, wanted }: Lacking, zone: string): string {
  const text = wanted ? leaf.text : `"${leaf.text}" to be no longer so`
  if (operatorNamed(leaf.operator)?.onChange)
    return `${text}; it is ${said(saw, leaf.type, zone)} and did not just change so`
  const right = 'factName' in leaf.than ? ` against ${saySaw(than, leaf.type, zone)}` : ''
  return `${text}; it is ${said(saw, leaf.type, zone)}${right}`
}

function said(saw: LeafTrace['saw'], type: FactType, zone: string): string {
  return saySaw(saw, type, zone)
}

/** An explanation as lines for a terminal, for somebody who is no programmer. */
export function whyLines(why: Why): string[] {
  const lines = [`${why.rule}${why.description ? `: ${why.description}` : ''} (lock ${why.lock}, ${why.mode})`]
  const { times, last, did } = why.fired
  if (last === null) lines.push('It never fired on this lock.')
  else lines.push(`It fired ${times === 1 ? 'once' : `${times} times`} on this lock, last ${last}:`)
  for (const row of did) lines.push(`  ${row}`)
  if (why.standstill) lines.push(`Nothing is decided at all now: ${why.standstill}.`)
  if (!why.decision) {
    lines.push('It was not judged since the daemon started.')
    return [...lines, ...lostLine(why)]
  }
  if (why.decision.fires) lines.push('It fired just now.')
  else lines.push(`It does not fire now: ${why.decision.said}.`)
  if (why.wait) lines.push(`${capital(why.wait)}.`)
  if (why.missing) lines.push(`${capital(why.missing)}.`)
  if (why.when) lines.push('Its condition:', ...why.when.map(conditionLine))
  if (why.onlyIf) lines.push('Asked when it is due (only_if):', ...why.onlyIf.map(conditionLine))
  return [...lines, ...lostLine(why)]
}

function lostLine({ lost }: Why): string[] {
  if (!lost) return []
  const line = `Its last turn that came to nothing was at ${lost.at}: ${lost.said}.`
  return lost.did.length > 0 ? [line, 'Done otherwise:', ...lost.did.map((row) => `  ${row}`)] : [line]
}

function conditionLine({ depth, truth, text, saw }: WhyLine): string {
  const mark = truth === null ? '?' : truth ? '✓' : '✗'
  const age = saw?.ageSeconds == null ? '' : `, read ${sayDuration(saw.ageSeconds)} ago`
  return `${'  '.repeat(depth + 1)}${mark} ${text}${saw ? ` (it is ${saw.said}${age})` : ''}`
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
