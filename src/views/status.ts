import { askedAt } from '../core/acting/gates.ts'
import { lastRead, type Untold, untoldOf } from '../core/acting/untold.ts'
import { type Used, usedOf } from '../core/acting/used.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { heldRules } from '../core/firing/feedback.ts'
import type { GoingLive } from '../core/golive.ts'
import { firingsOf } from '../core/memory/firings.ts'
import { idOf, isOpen, keyText } from '../core/memory/ledger.ts'
import { wordOf } from '../core/memory/word.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { Decision } from '../core/model/decision.ts'
import type { Expect } from '../core/model/expect.ts'
import { knownValue, numberAt } from '../core/model/fact.ts'
import { type Fired, neverFired } from '../core/model/fired.ts'
import { type Health, unseen } from '../core/model/health.ts'
import type { Kept } from '../core/model/kept.ts'
import { noLock } from '../core/model/lock.ts'
import type { Passing, Waiting } from '../core/model/passing.ts'
import type { LedgerRow, Mode, Person } from '../core/model/row.ts'
import type { Rule, RuleSet } from '../core/model/rule.ts'
import { silences } from '../core/model/silence.ts'
import type { Standstill } from '../core/standstill.ts'
import type { Step } from '../core/step.ts'
import { sayAction, sayState } from './say.ts'

/** What one credential used of a minute's allowance of a class of requests, and sent in about a day. */
export interface SpentRequests {
  service: string
  holder: string
  kind: string
  lastMinute: number
  perMinute: number
  lastDay: number
}

/** How a service does. */
export interface ServiceStatus {
  name: string
  configured: boolean
  healthy: boolean
  message: string
  /** Its token was refused: it is not asked again before another one is there. */
  dead: boolean
  /** The last good answer; null where there was none since the start. */
  lastGood: string | null
  nextTry: string | null
  /** Until when restriction is held back after an outage of it. */
  heldUntil: string | null
  /** Our clock minus the service's, in seconds, as far as that is sure. */
  clockAheadSeconds: number | null
  readings: { topic: string; ageSeconds: number }[]
}

/** A ledger row that is still open. */
export interface RowStatus {
  id: string
  at: string
  rule: string
  action: string
  state: string
  said: string
}

/** One of which it is not known whether it happened, with whose word counts for it. */
export interface UnsettledStatus extends RowStatus {
  /** Who may say that it happened, and who that it did not. */
  yes: readonly Person[]
  no: readonly Person[]
}

/** How a rule stands. */
export interface RuleStatus {
  id: string
  enabled: boolean
  firedTimes: number
  lastFired: string | null
  /** Why it does not fire, by the name of the silence; null while it fires, or was not decided on yet. */
  silence: string | null
  /** The same for who does not know the names. */
  said: string | null
}

/** How one lock entry stands. */
export interface LockStatus {
  lock: string
  mode: Mode
  stopped: boolean
  session: string | null
  /** How long its loop has stood still; 0 while it runs. */
  stuckSeconds: number
  /** Whether the wearer accepted this lock; null if nobody is asked. */
  accepted: boolean | null
  standstill: string | null
  /** What ends a standstill; null without one. */
  mend: string | null
  /** The latest moment that a wrong clock had stored before it was corrected; null if this process saw none. */
  putRightFrom: string | null
  title: string | null
  wearer: string | null
  remainingSeconds: number | null
  frozen: boolean | null
  /** How long ago something was stored; null before that. */
  storedSecondsAgo: number | null
  services: ServiceStatus[]
  requests: SpentRequests[]
  limits: Used[]
  rules: RuleStatus[]
  /** Actions under way or held, and those of which it is not known whether they happened. */
  open: RowStatus[]
  unsettled: UnsettledStatus[]
  /** Rules that kept triggering themselves and wait for a person. */
  held: string[]
  /** What readings do not tell although they were made, and the rules that wait for it. */
  untold: Untold[]
  /** In a dry run, what going live now would do. */
  goingLive: GoingLive | null
  /** When it is looked at next, and why. */
  next: { at: string; because: string } | null
}

/** What a status is made from. */
export interface Standing {
  lock: string
  mode: Mode
  /** Whether a new lock waits for its wearer's yes. */
  asks: boolean
  /** Whose lock it has to be. */
  expects: Expect | null
  stopped: boolean
  kept: Kept
  running: {
    passing: Passing
    last: Step | null
    stuckMs: number
    requests: readonly SpentRequests[]
    /** Why nothing can be stored, and how to fix it. */
    unstored: string | null
  } | null
  goingLive: GoingLive | null
  /** Whether the config names a service at all. */
  configured: Readonly<Record<string, boolean>>
  limits: Limits
  rules: RuleSet | null
  now: Instant
  zone: string
}

/** What is known of a lock entry, from its memory and, where it runs, from its last step. */
export function showStatus(standing: Standing): LockStatus {
  const { lock, mode, asks, stopped, kept, running, goingLive, limits, rules, now, zone } = standing
  const session = kept.session
  const firings = firingsOf(kept, session ?? noLock, mode)
  const facts = running?.passing.facts ?? new Map()
  const text = (name: string) => {
    const value = knownValue(facts, name)
    return typeof value === 'string' ? value : null
  }
  const frozen = knownValue(facts, 'lock.frozen')
  const standstill = running?.last?.standstill ?? null
  const stands = standstill === 'nothing new read' ? null : standstill
  const waits = running?.passing.waiting ?? new Map<string, Waiting>()
  const said = (rows: readonly LedgerRow[]) => rows.map((row) => rowStatus(row, now, zone, waits.get(keyText(row))))
  return {
    lock,
    mode,
    stopped,
    session,
    stuckSeconds: Math.round((running?.stuckMs ?? 0) / 1000),
    accepted: asks && session !== null ? kept.sessions[session]?.accepted === true : null,
    standstill: stands,
    mend:
      stands === null ? null : mendOf(stands, standing, text('lock.wearerUsername'), text('lock.keyholderUsername')),
    putRightFrom: running?.passing.putRight ? sayInstant(running.passing.putRight.from, zone) : null,
    title: text('lock.lockTitle'),
    wearer: text('lock.wearerUsername'),
    remainingSeconds: numberAt(facts, 'lock.timeRemainingSeconds', now),
    frozen: typeof frozen === 'boolean' ? frozen : null,
    storedSecondsAgo: kept.storedAt === null ? null : secondsSince(kept.storedAt, now),
    services: Object.entries(standing.configured).map(([name, configured]) =>
      serviceStatus(name, configured, running?.passing ?? null, now, zone),
    ),
    requests: [...(running?.requests ?? [])],
    limits: session === null ? [] : usedOf({ limits, rows: kept.rows, past: kept.past, session, mode, now, zone }),
    rules: (rules?.rules ?? []).map((rule) => {
      const decision = running?.passing.decisions.find((one) => one.rule === rule.id)
      return ruleStatus(rule, firings.get(rule.id) ?? neverFired, decision, now, zone)
    }),
    open: said(kept.rows.filter(isOpen)),
    // A log line or a notification counts as sent: nobody need settle it.
    unsettled: kept.rows
      .filter(({ state, failed }) => state === 'unsettled' && failed)
      .map((row) => ({ ...rowStatus(row, now, zone), yes: wordOf(row, true), no: wordOf(row, false) })),
    held: rules ? heldRules(kept, mode, rules) : [],
    untold: running ? untoldOf(lastRead(running.passing), rules, limits) : [],
    goingLive,
    next: running?.last ? { at: sayInstant(running.last.wake.at, zone), because: running.last.wake.because } : null,
  }
}

/** How the command is told whose word it takes, where it is not the wearer's. */
export function asOf(whose: readonly Person[]): string {
  return whose.includes('wearer') ? '' : ' --as keyholder'
}

function secondsSince(moment: Instant, now: Instant): number {
  return Math.max(0, Math.round((now - moment) / 1000))
}

function rowStatus(row: LedgerRow, now: Instant, zone: string, waits?: Waiting): RowStatus {
  const again = row.notBefore !== null && row.notBefore > now ? `; again at ${sayInstant(row.notBefore, zone)}` : ''
  return {
    id: idOf(row),
    at: sayInstant(row.sentAt ?? row.at, zone),
    rule: row.rule,
    action: row.action,
    state: row.state,
    said: `${sayAction(row)}: ${sayState(row)}${isOpen(row) ? again || sayWaiting(waits) : ''}`,
  }
}

/** What a row waits for that wants to leave. */
function sayWaiting(waits: Waiting | undefined): string {
  if (!waits) return ''
  return waits.reads.length > 0
    ? `; it waits for a reading of ${waits.reads.join(' and ')}`
    : `; it waits until ${askedAt(waits.gate)}`
}

function ruleStatus(
  { id, enabled }: Rule,
  fired: Fired,
  decision: Decision | undefined,
  now: Instant,
  zone: string,
): RuleStatus {
  const last = fired.recent.at(-1)
  const silent = decision && !decision.fires ? decision : null
  const more = silent && sayMore(silent, now, zone)
  return {
    id,
    enabled,
    firedTimes: fired.times,
    lastFired: last === undefined ? null : sayInstant(last, zone),
    silence: silent && `${silent.why}${more}`,
    said: silent && `${silences[silent.why].briefly ?? silent.why}${more}`,
  }
}

/** What is told of a silence behind its name: what it is about, and when it ends. */
function sayMore({ why, detail, until }: Extract<Decision, { fires: false }>, now: Instant, zone: string): string {
  const end = silences[why].ends && until !== null && until > now ? ` until ${sayInstant(until, zone)}` : ''
  return `${detail === '' ? '' : ` ${detail}`}${end}`
}

function serviceStatus(
  name: string,
  configured: boolean,
  passing: Passing | null,
  now: Instant,
  zone: string,
): ServiceStatus {
  const health: Health = passing?.health[name] ?? unseen
  const moment = (at: Instant | null | undefined) => (at == null ? null : sayInstant(at, zone))
  const later = (at: Instant | null | undefined) => (at == null || at <= now ? null : moment(at))
  return {
    name,
    configured,
    healthy: health.healthy,
    message: configured ? health.message : 'not configured',
    dead: health.dead,
    lastGood: moment(health.lastGood),
    nextTry: health.dead ? null : later(health.notBefore),
    heldUntil: later(passing?.heldUntil[name]),
    clockAheadSeconds: health.clockAheadMs === null ? null : Math.round(health.clockAheadMs / 1000),
    readings: Object.entries(passing?.readings ?? {})
      .filter(([topic]) => topic.startsWith(`${name}.`))
      .map(([topic, { asked }]) => ({ topic, ageSeconds: secondsSince(asked, now) })),
  }
}

/** What a person can do about a standstill. */
function mendOf(
  standstill: Exclude<Standstill, 'nothing new read'>,
  { expects, lock, running }: Standing,
  wearer: string | null,
  keyholder: string | null,
): string {
  switch (standstill) {
    case 'no reading yet':
      return 'it goes on with the first reading of the lock'
    case 'clock doubtful': {
      const off = Object.entries(running?.passing.health ?? {}).map(([name, { clockAheadMs }]) => ({
        name,
        seconds: Math.round((clockAheadMs ?? 0) / 1000),
      }))
      const worst = off.sort((one, other) => Math.abs(other.seconds) - Math.abs(one.seconds))[0]
      const by = worst ? `${sayAhead(worst.seconds)} that of ${worst.name}` : 'off'
      return `this machine's clock is ${by}; set it, best by NTP`
    }
    case 'clock went back':
      return 'the system clock is earlier than our last record, and no service tells the time; correct the clock'
    case 'clock was set':
      return 'it goes on once a service confirms the time, or after five minutes where none tells it'
    case 'not the expected wearer':
      return `the lock is ${wearer === null ? "somebody's who is not told" : `${wearer}'s`}, expect.wearer is ${expects?.wearer ?? 'nobody'}`
    case 'not the expected keyholder':
      return `${keyholder === null ? 'the lock has no keyholder' : `the keyholder is ${keyholder}`}, expect.keyholder is ${expects?.keyholder ?? 'nobody'}`
    case 'not accepted':
      return `the wearer says yes to this lock by "lockwarden accept --lock ${lock}"`
    case 'another entry acts on this lock':
      return 'two entries of the config have this lock, and the first acts; take one of them out'
    case 'database gone':
    case 'nothing can be stored':
      return `nothing is sent: ${running?.unstored ?? 'it is tried again'}`
  }
}

/** That nobody looks after a lock at present. */
export function sayStuck(seconds: number): string {
  return `its loop has stood still for ${sayDuration(seconds)}`
}

/** What ends that. */
export const stuckMend = 'the log tells why; else start it again'

/** A clock compared with another, such as `5 min ahead of`. */
export function sayAhead(seconds: number): string {
  return `${sayDuration(Math.abs(seconds))} ${seconds < 0 ? 'behind' : 'ahead of'}`
}

/** A difference of clocks that does no harm yet, in seconds. */
export const oddClockSeconds = 30

/** What no reading tells, and who waits for it. */
export function sayUntold({ fact, words, rules }: Untold): string {
  if (rules.length === 0) return `${fact}: ${words}; no rule needs it`
  return `${fact}: ${words}; ${rules.length === 1 ? 'rule' : 'rules'} ${rules.join(', ')} ${rules.length === 1 ? 'waits' : 'wait'} for it`
}
