import type { Instant } from '../calendar/time.ts'
import { truthButForChanges } from '../judging/trace.ts'
import { local } from '../language/ownactions.ts'
import { atMost } from '../language/size.ts'
import { ending, isOpen, mayGoAgain, openRows, sameFiring, sameRow } from '../memory/ledger.ts'
import { tallyOf } from '../memory/tallies.ts'
import type { Limits } from '../model/agreement.ts'
import { areKnown } from '../model/expect.ts'
import { type Facts, numberAt, type Truth } from '../model/fact.ts'
import type { Health } from '../model/health.ts'
import { noLock } from '../model/lock.ts'
import type { Order } from '../model/order.ts'
import type { Known } from '../model/passing.ts'
import type { LedgerRow, Mode, RowKey } from '../model/row.ts'
import type { Rule, RuleSet } from '../model/rule.ts'
import {
  type ActionKind,
  bearerName,
  type Effect,
  type Json,
  lockTopic,
  type Poll,
  serviceOf,
  type Topic,
} from '../model/service.ts'
import type { Verdicts } from '../model/verdicts.ts'
import { notOf } from '../reading/session.ts'
import { type Ruling, rule as ruling } from './limits.ts'
import { haltsOnly, isOwn, isOwnStop, switchRule } from './own.ts'
import { finished, sized } from './plan.ts'
import { notShown } from './settle.ts'

/** Everything that may keep a row from leaving. */
export interface Gate {
  rules: RuleSet
  facts: Facts
  limits: Limits
  /** Null while it is not known which lock there is: then nothing leaves. */
  session: string | null
  /** The id that writes are pinned to, where the last reading of the lock had one. */
  lockId: string | null
  mode: Mode
  run: string
  stopped: boolean
  limitsFaulty?: boolean
  /** The clock may be wrong: but for the stops of devices nothing moves, and nothing comes too late. */
  clockUnsure: boolean
  /** Shutting down: nothing new leaves, what waits stays planned. */
  closing: boolean
  /** Only a lock of these people is acted on. */
  expect: Order['expect']
  /** Services that the config has a token for. */
  services: ReadonlySet<string>
  health: Readonly<Record<string, Health>>
  /** Topics that were read well just now. */
  heard: ReadonlySet<Topic>
  /** The last good reading of each topic, and when each was last asked for. */
  readings: Readonly<Record<Topic, Known>>
  asked: Readonly<Record<Topic, Instant>>
  /** The fresh writes of our own that some reading has shown. */
  shown: ReadonlySet<string>
  /** Topics read on a schedule. */
  polls: ReadonlyMap<Topic, Poll>
  forbidden: Readonly<Record<string, string>>
  /** Until when restriction is held back for a service after an outage of it. */
  heldUntil: Readonly<Record<string, Instant>>
  /** A row not away after this many milliseconds expires. */
  expiresAfterMs: number
  /** One that waited longer than this needs its condition to be true still. */
  delayedAfterMs: number
  verdicts: Verdicts
  /** When the readings a rule rests on were begun, and which they are. */
  readAt(rule: Rule): Instant | null
  topicsOf(rule: Rule): readonly Topic[]
  now: Instant
  zone: string
  /** In [0, 1), a row's own for each key. */
  draw(row: RowKey, ...key: string[]): number
}

/** What the gates come to: the rows as they now stand, and what must be read before the rest can go. */
export interface Passed {
  rows: readonly LedgerRow[]
  read: ReadonlySet<Topic>
}

/**
 * Takes every open row through the gates, in the order in which they were planned, and claims the first that may
 * leave: one write to a lock at a time. What may never leave ends here, with the reason.
 */
export function passGates(rows: readonly LedgerRow[], gate: Gate): Passed {
  const read = new Set<Topic>()
  if (openRows(rows).length === 0) return { rows, read }
  let after: LedgerRow[] | null = null
  let busy = rows.some((row) => row.state === 'sending')
  for (let index = 0; index < rows.length; index++) {
    const before = (after ?? rows)[index]
    if (before === undefined || !waitsToLeave(before, gate)) continue
    const row = passOne(after ?? rows, index, before, gate, busy || isBlurred(rows, before, gate), read)
    if (row === before) continue
    after ??= [...rows]
    after[index] = row
    if (row.state === 'sending') busy = true
  }
  return { rows: after ?? rows, read }
}

/** Whether a row is to leave as soon as it may: for the first time, or once more. */
function waitsToLeave(row: LedgerRow, { rules }: Gate): boolean {
  switch (row.state) {
    case 'planned':
    case 'not-sent':
      return true
    case 'not-applied':
      return mayGoAgain(row)
    case 'unknown':
      return rules.actions.get(row.action)?.repeatable(row.sent) === true && mayGoAgain(row)
    default:
      return false
  }
}

/** Whether a row would change what another, of which it is not known whether it happened, is told by. */
function isBlurred(rows: readonly LedgerRow[], row: LedgerRow, { rules }: Gate): boolean {
  const fences = rules.actions.get(row.action)?.fences ?? []
  return rows.some(
    (other) =>
      other.state === 'unknown' &&
      !sameRow(other, row) &&
      rules.actions.get(other.action)?.readBack?.by.some((name) => fences.includes(name)) === true,
  )
}

function passOne(
  rows: readonly LedgerRow[],
  index: number,
  row: LedgerRow,
  gate: Gate,
  busy: boolean,
  read: Set<Topic>,
): LedgerRow {
  const { now, rules } = gate
  const stop = isOwnStop(row)
  if (gate.clockUnsure && !stop) return row
  const end = (state: 'refused' | 'cancelled' | 'expired', note: string, failed = true): LedgerRow => ({
    ...ending(row, state, note),
    failed,
    endedAt: now,
  })
  if (gate.session !== null && row.session !== gate.session) return end('cancelled', notOf(gate.session, row.session))
  if (row.mode !== gate.mode) return end('cancelled', `the mode is ${gate.mode} now`)
  const list = rows.filter((other) => other.position < row.position && sameFiring(other, row))
  const kind = rules.actions.get(row.action)
  const failure = list.find((other) => other.failed && !other.goesOn)
  // What was counted happened, whatever became of the rest.
  if (failure && kind?.counts !== true) return end('cancelled', `${failure.action} before it was ${failure.state}`)
  const rule = rules.byId.get(row.rule)
  if (!isOwn(row)) {
    if (!rule) return end('cancelled', 'the rule is gone')
    if (!rule.enabled) return end('cancelled', 'the rule was switched off')
    if (rule.thenDigest !== row.list) return end('cancelled', 'the rule was edited')
  }
  if (!kind) return end('cancelled', `there is no action ${row.action}`)
  if (!stop && now - row.at > gate.expiresAfterMs) return end('expired', row.note || 'it could not be sent in time')
  const stopped = () => end('refused', 'the wearer pressed stop', false)
  if (gate.stopped && towardNow(row, kind, gate) === 'restricts') return stopped()
  if (list.some(isOpen) || (gate.session === null && kind.service !== local)) return row
  const did = list.reduce<LedgerRow['did']>(
    (last, other) => (other.did ? { ...other.did, state: other.state } : last),
    null,
  )
  // A list sees the tallies as they were at its firing, and what it has added itself.
  const counted = rows.filter((other) => other.at < row.at || sameFiring(other, row))
  const tally = (name: string) =>
    tallyOf(name, rules.tallies.get(name)?.lastsMs ?? null, counted, row.session, row.mode, now)
  const texted = finished(row.params, did, tally, gate.zone)
  if (kind.service === local) {
    const state = gate.mode === 'dry-run' ? 'dry-run' : 'applied'
    return { ...row, params: texted, state, endedAt: now, did: kind.did(texted, row.effect, null) }
  }
  if (!gate.services.has(kind.service)) return end('refused', `the config has no token for ${kind.service}`)
  if (kind.service === serviceOf(lockTopic) && row.session === noLock) return end('refused', 'there is no active lock')
  // What acts on the lock waits until it is known whose lock it is.
  const isOfLock = kind.service === serviceOf(lockTopic)
  if (isOfLock && !stop && !areKnown(gate.facts, gate.expect)) {
    return waiting(row, [lockTopic], read)
  }
  const forbidden = gate.forbidden[row.action]
  if (forbidden !== undefined && !haltsOnly(row)) return end('refused', forbidden)
  if (((gate.closing || busy) && !stop) || (row.notBefore !== null && now < row.notBefore)) return row
  const health = gate.health[kind.service]
  const resting = health !== undefined && (health.dead || (health.notBefore !== null && now < health.notBefore))
  if (gate.mode === 'live' && resting && !stop) return row
  const still = stillTrue(row, list, rule, gate, read)
  if (still === false) return end('cancelled', 'its condition is not true any more')
  if (still === null) return row

  const number = (name: string) =>
    name.startsWith('tally.') ? tally(name.slice('tally.'.length)) : numberAt(gate.facts, name, now)
  const draw = (...key: string[]) => gate.draw(row, ...key)
  const size = sized(texted, { draw, number, due: row.due, now, zone: gate.zone })
  if ('unknownSize' in size) return end('refused', `its size goes by ${size.unknownSize}, which is unknown`)
  const { params, over } = size
  const planned = kind.plan(params, gate.facts, now, row.at)
  if ('refused' in planned) return end('refused', planned.refused)
  if ('waitsFor' in planned) return waiting(row, planned.waitsFor, read)
  if (over !== null && planned.go.toward === 'restricts') {
    return end('refused', `until ${over} nothing is left: that moment has come`)
  }
  if (gate.stopped && planned.go.toward === 'restricts') return stopped()
  if (gate.limitsFaulty && planned.go.toward === 'restricts') {
    return end('refused', 'the limits in the config are at fault', false)
  }
  const outage = [kind.service, ...(rule?.reads ?? [])].some((service) => now < (gate.heldUntil[service] ?? 0))
  if (outage && planned.go.toward === 'restricts') return end('refused', 'held back after an outage', false)
  const earlier = rows.filter((other, i) => i !== index && (i < index || other.sentAt !== null))
  // What the switch takes back needs nobody's leave.
  const allowed: Ruling =
    row.rule === switchRule
      ? { seconds: planned.go.seconds, note: '' }
      : ruling(planned.go, { ...gate, session: row.session, rows: earlier, unseen: unseenTime(earlier, gate) })
  if ('refused' in allowed) return end('refused', allowed.refused, allowed.held !== true)
  if ('waitsFor' in allowed) return waiting(row, allowed.waitsFor, read)

  const told = allowed.told === undefined ? {} : { told: allowed.told }
  const effect: Effect = { ...planned.go, seconds: allowed.seconds, ...told }
  const before = gate.mode === 'live' ? baseline(kind, params, effect, row, rows, gate) : { told: null }
  if ('waitsFor' in before) return waiting(row, before.waitsFor, read)
  const request = kind.request(params, effect, gate.facts, gate.lockId)
  const tokenRefused = gate.forbidden[bearerName(request)]
  if (tokenRefused !== undefined && !haltsOnly(row)) return end('refused', tokenRefused)
  const ready = { ...row, sent: params, effect, request, note: allowed.note }
  if (gate.mode === 'dry-run') {
    return { ...ready, state: 'dry-run', endedAt: now, did: kind.did(params, effect, null) }
  }
  return {
    ...ready,
    state: 'sending',
    sentAt: now,
    endedAt: null,
    notBefore: null,
    attempts: row.attempts + 1,
    before: before.told,
    // Only a reading since tells that an earlier sending did not arrive.
    absentAt: row.state === 'unknown' ? null : row.absentAt,
    run: gate.run,
  }
}

/** A reading tells how things stood before a sending only if it was answered so shortly before. */
const freshMs = 10_000

/**
 * What is to be known of how things stand before a row leaves, so that later readings can tell whether it happened.
 * What cannot be read although it was tried leaves without: then nobody will be able to tell.
 */
function baseline(
  kind: ActionKind,
  params: Json,
  effect: Effect,
  row: LedgerRow,
  rows: readonly LedgerRow[],
  { heard, readings, asked, polls, facts, rules, shown, now }: Gate,
): { told: Json } | { waitsFor: readonly Topic[] } {
  const { readBack: back } = kind
  if (!back) return { told: null }
  // What is sent once more, not knowing of the first time, is measured from before that.
  if (row.state === 'unknown') return { told: row.before }
  const reading = readings[back.topic]
  const since = back.after === undefined ? undefined : readings[back.after]?.asked
  // However fast the clock runs, what was heard just now is fresh.
  const recent = heard.has(back.topic) || (reading !== undefined && now - reading.answered <= freshMs)
  const fresh = reading !== undefined && recent && reading.asked >= (since ?? Number.NEGATIVE_INFINITY)
  const fenced = back.by.some((name) => {
    const fact = facts.get(name)
    return fact?.known === false && (fact.why === 'fenced' || fact.why === 'stale')
  })
  const lastAsked = asked[back.topic] ?? Number.NEGATIVE_INFINITY
  const failed = lastAsked >= Math.max(row.at, row.endedAt ?? 0) && reading?.asked !== lastAsked
  const ready = fresh && !fenced
  // What is simply done once more if its answer is lost need not wait to be told apart.
  if (!ready && (kind.repeatable(params) || (failed && !polls.has(back.topic)))) return { told: null }
  if (!ready) return { waitsFor: [back.topic] }
  // What another write may still bring about could be taken for the doing of this one.
  const hidden = notShown(rows, back.by, (name) => rules.actions.get(name), reading.asked, shown)
  return { told: hidden.length > 0 ? null : back.before(facts, params, effect) }
}

/** Which way a row would act on the facts of this moment; what that cannot tell is taken at its worst. */
function towardNow(row: LedgerRow, kind: ActionKind, gate: Gate): Effect['toward'] {
  const planned =
    kind.service === local ? { go: row.effect } : kind.plan(atMost(row.params), gate.facts, gate.now, row.at)
  return 'go' in planned ? planned.go.toward : row.effect.toward
}

/**
 * Whether the condition of a delayed row still holds; null where that is unknown, and then it waits. A list that has
 * begun to act goes on: its own doing may have changed what it rested on. So does what is sent once more because its
 * answer was lost: it hides by itself what its condition asks for.
 */
function stillTrue(
  row: LedgerRow,
  list: readonly LedgerRow[],
  rule: Rule | undefined,
  gate: Gate,
  read: Set<Topic>,
): Truth {
  const late = gate.now - row.at > gate.delayedAfterMs
  const begun = list.some(({ state }) => state === 'applied')
  if (!late || begun || row.state === 'unknown' || !rule?.when) return true
  const since = row.notBefore ?? row.at + gate.delayedAfterMs
  if ((gate.readAt(rule) ?? Number.NEGATIVE_INFINITY) < since) {
    for (const topic of gate.topicsOf(rule)) read.add(topic)
    return null
  }
  const trace = gate.verdicts.get(rule.id)?.when
  return trace ? truthButForChanges(trace) : null
}

/** The own additions of time that the last reading of the lock may not show yet. */
function unseenTime(rows: readonly LedgerRow[], { readings, rules, shown }: Gate): LedgerRow[] {
  const reading = readings[lockTopic]
  if (!reading) return []
  return notShown(rows, ['lock.timeRemainingSeconds'], (name) => rules.actions.get(name), reading.asked, shown)
}

function waiting(row: LedgerRow, topics: readonly Topic[], read: Set<Topic>): LedgerRow {
  for (const topic of topics) read.add(topic)
  return row
}
