import { isOwn } from '../core/acting/own.ts'
import { lastRead, type Untold, untoldOf } from '../core/acting/untold.ts'
import { type Used, usedOf } from '../core/acting/used.ts'
import type { Instant } from '../core/calendar/time.ts'
import { heldRules } from '../core/firing/feedback.ts'
import { firingsOf, withFormer } from '../core/memory/firings.ts'
import { idOf, isOpen } from '../core/memory/ledger.ts'
import type { Limits } from '../core/model/agreement.ts'
import { knownValue, numberAt } from '../core/model/fact.ts'
import { unseen } from '../core/model/health.ts'
import { inputIn, type Kept } from '../core/model/kept.ts'
import { noLock } from '../core/model/lock.ts'
import type { Passing } from '../core/model/passing.ts'
import { type Past, sumsKey } from '../core/model/past.ts'
import { type LedgerRow, type Mode, type State, states } from '../core/model/row.ts'
import { actionsOf, type RuleSet } from '../core/model/rule.ts'
import type { Standstill } from '../core/standstill.ts'
import type { Step } from '../core/step.ts'
import { sayAction } from '../views/say.ts'

/** How a service does, in numbers. */
export interface ServiceSight {
  name: string
  healthy: boolean
  /** Whether it was asked since the start. */
  asked: boolean
  /** Its token was refused. */
  dead: boolean
  /** Failures in a row. */
  failures: number
  lastGood: Instant | null
  /** Our clock minus the service's. */
  clockAheadSeconds: number | null
}

/** An input of the rules, and where it stands. */
export interface InputSight {
  name: string
  type: 'switch' | 'button'
  /** Whether the wearer may use it; the broker is in the wearer's home. */
  wearers: boolean
  /** A switch's position. */
  on: boolean
  /** Whether an enabled rule asks for it. */
  asked: boolean
}

/** One firing of a rule. */
export interface FiringSight {
  rule: string
  at: Instant
  /** The outcome of each action, as `add_time 10 min: applied`. */
  actions: string[]
}

/**
 * What is shown of a lock entry outside of the console and the commands: names from the config and the rules, but no id
 * of the lock and no names of people.
 */
export interface Sight {
  lock: string
  mode: Mode
  /** The wearer's switch. */
  stopped: boolean
  /** How long its loop has stood still; 0 while it runs. */
  stuckSeconds: number
  /** Whether it is known since the start which lock is active, or that none is. */
  read: boolean
  /** Whether a lock is active; null before the first reading. */
  active: boolean | null
  standstill: Exclude<Standstill, 'nothing new read'> | null
  remainingSeconds: number | null
  frozen: boolean | null
  taskOpen: boolean | null
  points: number | null
  pointsRequired: number | null
  services: ServiceSight[]
  /** How old the last good reading of each topic is. */
  readings: { topic: string; ageSeconds: number }[]
  limits: Used[]
  rules: { id: string; enabled: boolean; lastFired: Instant | null }[]
  /** The scheduled topics and the actions that rules name: everything that may be counted. */
  topics: readonly string[]
  actions: readonly string[]
  inputs: InputSight[]
  lastFiring: FiringSight | null
  /** How many rows of the ledger are in each state. */
  rows: Readonly<Record<State, number>>
  /** Actions that wait to be sent. */
  held: number
  /** Rules that kept triggering themselves and wait for a person. */
  heldRules: string[]
  /** Facts that rules wait for and that cannot be read. */
  untold: Untold[]
  /** Actions that may or may not have happened. */
  unsettled: { id: string; said: string }[]
  /** When the loop looks next. */
  nextLook: Instant | null
}

/** What a lock is seen from. */
export interface Standing {
  lock: string
  mode: Mode
  stopped: boolean
  kept: Kept
  passing: Passing
  last: Step | null
  /** How long its loop has stood still; 0 while it runs. */
  stuckMs: number
  configured: readonly string[]
  /** The topics that are read on a schedule. */
  topics: Iterable<string>
  limits: Limits
  rules: RuleSet
  now: Instant
  zone: string
}

/** The state of a lock entry, for monitors, a broker and people. */
export function sightOf(standing: Standing): Sight {
  const { lock, mode, stopped, kept, passing, last, stuckMs, configured, limits, rules, now, zone } = standing
  const session = kept.session ?? noLock
  const { facts, health, readings } = passing
  const flag = (name: string) => {
    const value = knownValue(facts, name)
    return typeof value === 'boolean' ? value : null
  }
  const firings = withFormer(firingsOf(kept, session, mode), rules.rules)
  const standstill = last?.standstill ?? null
  const active = passing.sessionSeen ? session !== noLock : null
  const here = kept.rows.filter((row) => row.mode === mode)
  return {
    lock,
    mode,
    stopped,
    stuckSeconds: Math.round(stuckMs / 1000),
    read: passing.sessionSeen,
    active,
    standstill: standstill === 'nothing new read' ? null : standstill,
    remainingSeconds: active ? numberAt(facts, 'lock.timeRemainingSeconds', now) : null,
    frozen: active ? flag('lock.frozen') : null,
    taskOpen: active ? flag('lock.taskAssigned') : null,
    points: active ? numberAt(facts, 'lock.taskPoints', now) : null,
    pointsRequired: active ? numberAt(facts, 'lock.taskPointsRequired', now) : null,
    services: configured.map((name) => {
      const { healthy, dead, failures, lastGood, clockAheadMs } = health[name] ?? unseen
      const clockAheadSeconds = clockAheadMs === null ? null : Math.round(clockAheadMs / 1000)
      return { name, healthy, asked: health[name] !== undefined, dead, failures, lastGood, clockAheadSeconds }
    }),
    readings: Object.entries(readings).map(([topic, { answered }]) => ({
      topic,
      ageSeconds: Math.max(0, Math.round((now - answered) / 1000)),
    })),
    limits: active ? usedOf({ limits, rows: kept.rows, past: kept.past, session, mode, now, zone }) : [],
    rules: rules.rules.map(({ id, enabled }) => ({ id, enabled, lastFired: firings.get(id)?.recent.at(-1) ?? null })),
    topics: [...standing.topics],
    actions: [...new Set(rules.rules.flatMap((rule) => actionsOf(rule).map(({ action }) => action)))],
    inputs: [...rules.inputs].map(([name, { type, by }]) => ({
      name,
      type,
      wearers: by.includes('wearer'),
      on: inputIn(kept.inputs, name)?.value === true,
      asked: rules.rules.some(({ enabled, uses }) => enabled && isAsked(name, uses, rules)),
    })),
    lastFiring: lastFiringOf(here),
    rows: countStates(here, kept.past, mode),
    held: here.filter(({ state }) => state === 'planned' || state === 'not-sent').length,
    heldRules: heldRules(kept, mode, rules),
    untold: untoldOf(lastRead(passing), rules, limits).filter((one) => one.rules.length > 0),
    unsettled: here
      .filter(({ state, failed }) => state === 'unsettled' && failed)
      .map((row) => ({ id: idOf(row), said: `${row.rule}: ${sayAction(row)}` })),
    nextLook: last?.wake.at ?? null,
  }
}

/** Whether one of the facts of an input, or a streak of it, is among these. */
function isAsked(input: string, uses: ReadonlySet<string>, { streaks }: RuleSet): boolean {
  if ([...streaks].some(([name, { of }]) => of === `input.${input}` && uses.has(`streak.${name}`))) return true
  return [...uses].some((name) => name === `input.${input}` || name.startsWith(`input.${input}.`))
}

function lastFiringOf(rows: readonly LedgerRow[]): FiringSight | null {
  const last = rows.findLast((row) => !isOwn(row))
  if (!last) return null
  const own = rows.filter(({ rule, occurrence, session }) => {
    return rule === last.rule && occurrence === last.occurrence && session === last.session
  })
  // The note of a row may quote a service, and so name the wearer.
  const actions = own.map((row) => `${sayAction(row)}: ${isOpen(row) ? 'under way' : row.state}`)
  return { rule: last.rule, at: last.at, actions }
}

/** How many rows of a mode are in each state, those among them that are in the store alone. */
function countStates(rows: readonly LedgerRow[], past: Past, mode: Mode): Record<State, number> {
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>
  for (const { state } of rows) counts[state] += 1
  for (const [key, sums] of Object.entries(past.sums)) {
    if (!key.startsWith(sumsKey(mode, ''))) continue
    for (const state of states) counts[state] += sums.states[state] ?? 0
  }
  return counts
}
