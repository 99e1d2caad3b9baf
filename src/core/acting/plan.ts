import { sayDuration } from '../calendar/duration.ts'
import { nextMoment, parseMoments } from '../calendar/moment.ts'
import type { Instant } from '../calendar/time.ts'
import { amountAt, atMost, change, type Drawn, goesBy, within, withSizes } from '../language/size.ts'
import { fill, isTemplate, textOf } from '../language/text.ts'
import { plannedRow } from '../memory/ledger.ts'
import { at, numberAt, type Saw, type Scalar } from '../model/fact.ts'
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
  /** By how much the fact changed that it is for; null where it is for none, or nobody can tell. */
  change: number | null
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
      const texts = withTexts(intent.params, (template) => fill(template, look, zone))
      const params = withSizes(texts, (size) => withChange(size, firing.change))
      const row = plannedRow({
        ...firing.key,
        rule: rule.id,
        position,
        action: intent.action,
        params,
        effect: kind.worst(atMost(params, (name) => numberAt(facts, name, now))),
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

/** What goes by the change is settled with the firing. */
function withChange(size: Drawn, by: number | null): Drawn | number {
  const { drawn: made } = size
  return by !== null && goesBy(made) === change && 'of' in made ? amountAt(made, by) : size
}

/** Parameters with every size known, or the fact that one of them goes by and that is unknown. */
export type Sized = { params: Json; over: string | null } | { unknownSize: string }

/** What sizes are worked out from. */
export interface Sizing {
  draw(...key: string[]): number
  number(fact: string): number | null
  due: Instant
  now: Instant
  zone: string
}

/**
 * Parameters with every size known: drawn, going by a fact, or up to a moment, counted from when the firing was `due`.
 * `over` says why nothing is left of one.
 */
export function sized(params: Json, sizing: Sizing): Sized {
  const missing: string[] = []
  let over: string | null = null
  const done = withSizes(params, (size, index) => {
    const came = amountOf(size, index, sizing)
    if (typeof came === 'string') missing.push(came)
    if (came === 0) over = whyNothing(size)
    return typeof came === 'string' ? null : came
  })
  return missing[0] === undefined ? { params: done, over } : { unknownSize: missing[0] }
}

/** What a size comes to, or the name of the fact without which nobody can tell. */
function amountOf({ drawn: size }: Drawn, index: number, sizing: Sizing): number | string {
  if ('between' in size) {
    const [low, high] = size.between
    return within(size, low + Math.floor(sizing.draw('size', String(index)) * (high - low + 1)))
  }
  if ('by' in size || 'of' in size) {
    const name = 'by' in size ? size.by : size.of
    const count = sizing.number(name)
    return count === null ? name : amountAt(size, count)
  }
  const whole = 'upTo' in size ? size.upTo : secondsUntil(size.until, sizing)
  if (size.less === undefined) return within(size, whole)
  const there = sizing.number(size.less)
  return there === null ? size.less : within(size, Math.max(0, whole - there))
}

function whyNothing({ drawn: size }: Drawn): string {
  if ('upTo' in size) return `nothing is missing to ${sayDuration(size.upTo)}`
  if (!('until' in size)) return 'its size comes to nothing'
  return size.less === undefined
    ? `until ${size.until} nothing is left: that moment has come`
    : `nothing is missing until ${size.until}`
}

/** A moment is told to the minute: within that minute it has come, and is not the next one. */
const momentMs = 60_000

function secondsUntil(text: string, { due, now, zone }: Sizing): number {
  const moments = parseMoments(text)
  if (typeof moments === 'string') throw new Error(`a rule was read whose end is no moment: ${text}`)
  const end = nextMoment(moments, due - momentMs, zone, () => 0)
  return end === null ? 0 : Math.max(0, Math.round((end - Math.max(now, due)) / 1000))
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
