import * as z from 'zod'
import { type About, abouts, type TellConfig } from '../../config/reach.ts'
import { type Instant, localTime } from '../../core/calendar/time.ts'
import type { Trouble } from './troubles.ts'

/** A message on its way to people. */
export interface Message {
  id: string
  at: Instant
  about: About
  lock: string | null
  words: string
  /** Whether the problem is over. */
  over: boolean
  /** The channels that have yet to take it, and when each is tried next. */
  to: Readonly<Record<string, { tries: number; notBefore: Instant }>>
}

/** Sent messages, and messages still to send. They are stored on disk, so that a restart repeats and loses nothing. */
export interface Outbox {
  /** Reported problems by their key: when they were reported, and since when they are gone (null while they last). */
  told: Readonly<Record<string, { at: Instant; gone: Instant | null }>>
  /** Messages of rules, by the row of the ledger: when each was taken up. */
  said: Readonly<Record<string, Instant>>
  waiting: readonly Message[]
  /** The moment of the last summary; absent before the first. */
  summarised?: Instant
}

export const emptyOutbox: Outbox = { told: {}, said: {}, waiting: [] }

const moment = z.int()
/** The stored file, as it is read again. */
export const outboxSchema = z.object({
  told: z.record(z.string(), z.object({ at: moment, gone: moment.nullable() })),
  said: z.record(z.string(), moment),
  waiting: z.array(
    z.object({
      id: z.string(),
      at: moment,
      about: z.enum(abouts),
      lock: z.string().nullable(),
      words: z.string(),
      over: z.boolean(),
      to: z.record(z.string(), z.object({ tries: z.int().nonnegative(), notBefore: moment })),
    }),
  ),
  summarised: moment.optional(),
})

/** A problem that lasts is reported again after this time. */
export const remindMs = 6 * 3_600_000
/** A problem is over if it was gone for so long. One that comes and goes counts as one. */
const overMs = 300_000
/** A message that no channel took for so long is given up. Older messages are not taken from the ledger either. */
export const staleMs = 24 * 3_600_000
const firstAgainMs = 60_000
const longestAgainMs = 3_600_000

/** A message of a rule. */
export interface Saying {
  /** The row of the ledger it comes from. */
  id: string
  at: Instant
  lock: string
  words: string
  /** Channels by name; empty for all. */
  to: readonly string[]
}

/** Adds messages for new problems and for what rules say, each once. Returns the same object if nothing is new. */
export function takeUp(
  before: Outbox,
  troubles: readonly Trouble[],
  sayings: readonly Saying[],
  channels: readonly string[],
  now: Instant,
): Outbox {
  const told = { ...before.told }
  let waiting = before.waiting
  let touched = false
  for (const { key, about, lock, words, reminds } of troubles) {
    const was = told[key]
    if (was && (!reminds || now - was.at < remindMs)) {
      if (was.gone === null) continue
      told[key] = { ...was, gone: null }
    } else {
      told[key] = { at: now, gone: null }
      const others = waiting.filter(({ id }) => id !== key)
      waiting = [...others, { id: key, at: now, about, lock, words, over: false, to: toAll(channels) }]
    }
    touched = true
  }
  const present = new Set(troubles.map(({ key }) => key))
  for (const [key, one] of Object.entries(told)) {
    if (present.has(key)) continue
    if (one.gone === null) {
      told[key] = { ...one, gone: now }
      touched = true
    } else if (now - one.gone >= overMs) {
      delete told[key]
      waiting = waiting.map((message) => (message.id === key ? { ...message, over: true } : message))
      touched = true
    }
  }
  const said = { ...before.said }
  for (const { id, at, lock, words, to } of sayings) {
    if (said[id] !== undefined || now - at >= staleMs) continue
    said[id] = now
    const named = to.length === 0 ? channels : channels.filter((name) => to.includes(name))
    if (named.length > 0) {
      waiting = [...waiting, { id, at, about: 'rule', lock, words, over: false, to: toAll(named) }]
    }
    touched = true
  }
  for (const [id, at] of Object.entries(said)) {
    if (now - at < 2 * staleMs) continue
    delete said[id]
    touched = true
  }
  return touched ? { ...before, told, said, waiting } : before
}

/**
 * Adds the summary of a moment, once. Moments before the first start get none; of several missed ones only the last is
 * sent.
 */
export function takeUpSummary(
  before: Outbox,
  moment: Instant,
  words: () => string,
  channels: readonly string[],
  now: Instant,
): Outbox {
  const { summarised, waiting } = before
  if (summarised === undefined) return { ...before, summarised: moment }
  if (moment <= summarised) return before
  const others = waiting.filter(({ about }) => about !== 'summary')
  const summary: Message = {
    id: `summary ${moment}`,
    at: now,
    about: 'summary',
    lock: null,
    words: words(),
    over: false,
    to: toAll(channels),
  }
  return { ...before, summarised: moment, waiting: [...others, summary] }
}

function toAll(channels: readonly string[]): Message['to'] {
  return Object.fromEntries(channels.map((name) => [name, { tries: 0, notBefore: 0 }]))
}

/** A message as a channel sends it. Several that are due together are sent as one. */
export interface Delivery {
  channel: string
  ids: readonly string[]
  /** Empty in a discreet one. */
  about: string
  lock: string
  text: string
}

/** The messages due now, by channel. */
export function deliveriesOf(
  { waiting }: Outbox,
  { channels, quiet, wording }: Pick<TellConfig, 'channels' | 'quiet' | 'wording'>,
  now: Instant,
  zone: string,
): Delivery[] {
  if (quiet !== null && isQuiet(quiet, now, zone)) return []
  return channels.flatMap(({ name: channel }) => {
    const due = waiting.filter(({ to }) => (to[channel]?.notBefore ?? Number.POSITIVE_INFINITY) <= now)
    const hasOwnWords = ({ about }: Message) => about === 'rule' || about === 'summary'
    const troubles = due.filter((one) => !hasOwnWords(one))
    const sayings = due.filter(hasOwnWords)
    const deliveries = sayings.map((one): Delivery => {
      return { channel, ids: [one.id], about: one.about, lock: one.lock ?? '', text: one.words }
    })
    if (troubles.length > 0) deliveries.unshift({ channel, ...inOne(troubles, wording) })
    return deliveries
  })
}

function inOne(troubles: readonly Message[], wording: TellConfig['wording']): Omit<Delivery, 'channel'> {
  const ids = troubles.map(({ id }) => id)
  if (wording === 'discreet') {
    const over = troubles.every((one) => one.over)
    return { ids, about: '', lock: '', text: over ? 'something needed you, and is over' : 'something needs you' }
  }
  const text = troubles
    .map(
      ({ lock, words, over }) => `${lock === null ? '' : `${lock}: `}${words}${over ? ' (this is over by now)' : ''}`,
    )
    .join('\n')
  const same = (values: readonly string[]) => (new Set(values).size === 1 ? (values[0] ?? '') : '')
  return {
    ids,
    about: same(troubles.map(({ about }) => about)),
    lock: same(troubles.map(({ lock }) => lock ?? '')),
    text,
  }
}

/** Whether a moment lies in the quiet hours, which may cross midnight. */
function isQuiet({ from, to }: { from: number; to: number }, now: Instant, zone: string): boolean {
  const { clock } = localTime(now, zone)
  return from < to ? clock >= from && clock < to : clock >= from || clock < to
}

/** The outbox after a delivery succeeded or failed. A failed one is tried again, at growing intervals. */
export function delivered(before: Outbox, { channel, ids }: Delivery, taken: boolean, now: Instant): Outbox {
  const waiting = before.waiting.flatMap((one) => {
    const trial = one.to[channel]
    if (!ids.includes(one.id) || !trial) return one
    const { [channel]: _, ...others } = one.to
    const tries = trial.tries + 1
    const again = { tries, notBefore: now + Math.min(longestAgainMs, firstAgainMs * 2 ** Math.min(trial.tries, 10)) }
    const to = taken ? others : { ...others, [channel]: again }
    return Object.keys(to).length === 0 ? [] : { ...one, to }
  })
  return { ...before, waiting }
}

/** Drops messages that no channel takes, and channels that the config no longer has. */
export function letGo(before: Outbox, channels: readonly string[], now: Instant): { outbox: Outbox; gone: number } {
  let gone = 0
  const waiting = before.waiting.flatMap((one) => {
    const left = Object.entries(one.to).filter(([name]) => channels.includes(name))
    // A message that was held over quiet hours has not been tried yet.
    const tried = left.some(([, { tries }]) => tries > 0)
    if (left.length > 0 && !(tried && now - one.at > staleMs)) {
      return left.length === Object.keys(one.to).length ? one : { ...one, to: Object.fromEntries(left) }
    }
    gone += 1
    return []
  })
  const same = waiting.length === before.waiting.length && waiting.every((one, i) => one === before.waiting[i])
  return { outbox: same ? before : { ...before, waiting }, gone }
}
