import { dateAfter, type Instant, localTime, momentAt, sayClock } from '../calendar/time.ts'
import { atMost, longestUntil, withSizes } from '../language/size.ts'
import { fill, isTemplate, textOf } from '../language/text.ts'
import { plannedRow } from '../memory/ledger.ts'
import { at, type Saw, type Scalar } from '../model/fact.ts'
import type { LedgerRow, RowKey } from '../model/row.ts'
import type { Rule } from '../model/rule.ts'
import type { Scene } from '../model/scene.ts'
import type { Json } from '../model/service.ts'
import type { Template } from '../model/template.ts'
import { courseOf } from './course.ts'

/** A firing about to be planned. */
export interface Firing {
  key: Omit<RowKey, 'rule' | 'position'>
  due: Instant
  /** Which list of the rule is done. */
  list?: 'then' | 'otherwise'
  /** A number in [0, 1) for each key of this firing. */
  draw(...key: string[]): number
}

/**
 * The rows of a firing, one for each action that its list comes to, in order. Texts are filled in with the present
 * facts. Slots about the action before (`did`) or about tallies stay open until the row's turn.
 */
export function plan(
  rule: Rule,
  firing: Firing,
  { rules, facts, now, order: { zone } }: Pick<Scene, 'rules' | 'facts' | 'now'> & { order: { zone: string } },
): LedgerRow[] {
  const look = (name: string): Saw | undefined => {
    if (name === 'did' || name.startsWith('did.') || name.startsWith('tally.')) return undefined
    const fact = facts.get(name)
    return fact ? at(fact, now) : { known: false, why: 'unread' }
  }
  return courseOf(rule[firing.list ?? 'then'], { facts, now, draw: firing.draw }).flatMap(
    (intent, position): LedgerRow[] => {
      const kind = rules.actions.get(intent.action)
      if (!kind) return []
      const params = withTexts(intent.params, (template) => fill(template, look, zone))
      const row = plannedRow({
        ...firing.key,
        rule: rule.id,
        position,
        action: intent.action,
        params,
        effect: kind.worst(atMost(params)),
        at: now,
        due: firing.due,
        goesOn: rule.onFailure === 'continue',
        resend: rule.resend,
        list: rule.thenDigest,
      })
      return [intent.note === '' ? row : { ...row, note: intent.note }]
    },
  )
}

/** Parameters with all sizes, or an unknown fact on which one of them depends. */
export type Sized = { params: Json; over: string | null } | { unknownSize: string }

/**
 * Parameters with all sizes: drawn, stepped by a fact, or up to a time of day, counted from when the firing was `due`.
 * `over` names a time of day that has already come, so that nothing is left.
 */
export function sized(
  params: Json,
  sizes: {
    draw(...key: string[]): number
    number(fact: string): number | null
    due: Instant
    now: Instant
    zone: string
  },
): Sized {
  let missing: string | null = null
  let over: string | null = null
  const done = withSizes(params, ({ drawn: size }, index) => {
    if ('between' in size) {
      const [low, high] = size.between
      return low + Math.floor(sizes.draw('size', String(index)) * (high - low + 1))
    }
    if ('until' in size) {
      const left = secondsUntil(size.until, sizes)
      if (left === 0) over = sayClock(size.until)
      return left
    }
    const count = sizes.number(size.by)
    if (count === null) missing = size.by
    // The first point takes the first step.
    return size.steps[Math.min(Math.max(0, Math.floor(count ?? 0) - 1), size.steps.length - 1)] ?? null
  })
  return missing === null ? { params: done, over } : { unknownSize: missing }
}

/** A time of day is exact to the minute: within that minute it has come, and is not a day away. */
const momentMs = 60_000

function secondsUntil(clock: number, { due, now, zone }: { due: Instant; now: Instant; zone: string }): number {
  const { date } = localTime(due, zone)
  const today = momentAt(date, clock, zone)
  const end = due < today + momentMs ? today : momentAt(dateAfter(date, 1), clock, zone)
  return Math.min(longestUntil, Math.max(0, Math.round((end - Math.max(now, due)) / 1000)))
}

/** Parameters with all texts complete; `did` is what the action before in the list did. */
export function finished(
  params: Json,
  did: Readonly<Record<string, Scalar>> | null,
  tally: (name: string) => number,
  zone: string,
): Json {
  const look = (name: string): Saw => {
    if (name.startsWith('tally.')) return { known: true, value: tally(name.slice('tally.'.length)) }
    const key = name === 'did' ? 'did' : name.slice('did.'.length)
    const value = did !== null && Object.hasOwn(did, key) ? did[key] : undefined
    return value === undefined ? { known: false, why: 'missing' } : { known: true, value }
  }
  return withTexts(params, (template) => textOf(fill(template, look, zone)))
}

function withTexts(params: Json, replace: (template: Template) => Json): Json {
  if (isTemplate(params)) return replace(params)
  if (Array.isArray(params)) return params.map((inner: Json) => withTexts(inner, replace))
  if (typeof params !== 'object' || params === null) return params
  return Object.fromEntries(Object.entries(params).map(([key, inner]) => [key, withTexts(inner, replace)]))
}
