import * as z from 'zod'
import { goingLive } from '../core/golive.ts'
import { faultLine } from '../document/fault.ts'
import { configuredServices } from '../services/credentials.ts'
import { type LockStatus, showStatus } from '../views/status.ts'
import { showWires } from '../views/wires.ts'
import { type ChosenLock, chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { count, counted, instant, mode, moment, person, seconds, texts } from './shapes.ts'
import { standstill } from './standstill.ts'

const service = z.object({
  name: z.string(),
  configured: z.boolean(),
  healthy: z.boolean(),
  message: z.string(),
  dead: z.boolean().describe('Its token was refused: it is not asked again before another one is there'),
  lastGood: moment.nullable().describe('The last good answer; null where there was none since the start'),
  nextTry: moment.nullable(),
  heldUntil: moment.nullable().describe('Until when restriction is held back after an outage of it'),
  clockAheadSeconds: seconds.nullable().describe("Our clock minus the service's, as far as that is sure"),
  readings: z.array(z.object({ topic: z.string(), ageSeconds: seconds })),
})

const spent = z
  .object({
    service: z.string(),
    holder: z.string(),
    kind: z.string(),
    lastMinute: count,
    perMinute: count,
    lastDay: count,
  })
  .describe("What one credential used of a minute's allowance of a class of requests, and sent in about a day")

/** How much of one limit is used up. */
export const used = z
  .object({
    limit: z.enum([...counted.options, 'actions']),
    per: z.enum(['hour', 'day', 'week', 'lock']),
    unit: z.enum(['seconds', 'times']),
    used: z.number(),
    of: z.number(),
  })
  .meta({ id: 'Used', description: 'How much of one limit is used up' })

const budget = z.object({
  budget: z.string(),
  action: z.string(),
  unit: z.enum(['seconds', 'times']),
  used: z.number(),
  of: z.number(),
  said: z.string().describe('As it is written: 2h per day'),
  until: moment.nullable().describe('When something of it is free again; null for as long as the lock'),
})

const row = z.object({
  id: z.string().describe('The short name to settle it by'),
  at: moment,
  rule: z.string(),
  action: z.string(),
  state: z.string(),
  said: z.string().describe('In words'),
})

/** An action of which nobody knows whether it happened. */
export const unsettledRow = row.extend({
  yes: z.array(person).readonly().describe('Who may say that it happened'),
  no: z.array(person).readonly().describe('Who may say that it did not'),
})

const rule = z.object({
  id: z.string(),
  enabled: z.boolean(),
  firedTimes: count,
  lastFired: moment.nullable(),
  silence: z.string().nullable().describe('Why it does not fire, by name'),
  said: z.string().nullable().describe('The same in words'),
})

const lockStatus = z.object({
  lock: z.string(),
  mode,
  stopped: z.boolean(),
  session: z.string().nullable(),
  stuckSeconds: seconds.describe('How long its loop stands still already; 0 while it goes round'),
  accepted: z.boolean().nullable().describe("The wearer's yes to this lock; null where nobody is asked"),
  standstill: z.string().nullable().describe('Why nothing at all is decided'),
  mend: z.string().nullable().describe('What ends a standstill'),
  putRightFrom: moment.nullable().describe('Up to when a wrong clock had stored moments, which were put right'),
  title: z.string().nullable(),
  wearer: z.string().nullable(),
  remainingSeconds: seconds.nullable(),
  frozen: z.boolean().nullable(),
  storedSecondsAgo: seconds.nullable(),
  services: z.array(service),
  requests: z.array(spent),
  limits: z.array(used),
  budgets: z.array(budget).describe('What is used up of the budgets of the rules'),
  rules: z.array(rule),
  open: z.array(row).describe('Actions under way or held'),
  unsettled: z.array(unsettledRow).describe('Actions of which it is not known whether they happened'),
  held: z.array(z.string()).describe('Rules that kept setting themselves off and wait for a person'),
  untold: z
    .array(z.object({ fact: z.string(), words: z.string(), rules: texts }))
    .describe('What readings do not tell although they were made, and the rules that wait for it'),
  goingLive: z
    .object({ fires: texts, standstill })
    .nullable()
    .describe('In a dry run, what going live now would come to'),
  next: z.object({ at: moment, because: z.string() }).nullable().describe('When it is looked at next, and why'),
})

const wire = z.object({
  name: z.string(),
  up: z.boolean().nullable(),
  lastGood: moment.nullable(),
  lastBad: moment.nullable(),
  words: z.string(),
  failures: count,
  failed: count,
  said: z.string(),
})

const out = z.object({
  faults: z.array(z.string()).describe('What is wrong with the rule files or the config'),
  limitsFaulty: z.boolean().describe('The config cannot be read: nothing restrictive is sent'),
  restartNeeded: z.boolean().describe('The config has changed in what only a restart takes up'),
  backups: z
    .object({ folder: z.string(), kept: count, newest: instant.nullable(), trouble: z.string().nullable() })
    .nullable(),
  newer: z.string().nullable().describe('A newer release, where the config has anybody look'),
  wires: z.array(wire).describe('How channels, broker and doors do'),
  locks: z.array(lockStatus),
})

type Answer = z.output<typeof out>
type Later = 'backups' | 'newer' | 'wires'
/** A status as older builds tell it, too: what came later they leave out. */
export type StatusTold = Omit<Answer, Later> & Partial<Pick<Answer, Later>>

/** How each lock, its services and rules stand. */
export const status = query({
  in: ofLock,
  out,
  answer: async ({ lock }, daemon: DaemonView) => {
    const { inForce, clock, config } = daemon
    return {
      faults: inForce.faults.map(faultLine),
      limitsFaulty: inForce.limitsFaulty,
      restartNeeded: inForce.restartNeeded,
      backups: daemon.backups?.() ?? null,
      newer: daemon.newer(),
      wires: showWires(daemon.wires.all, clock.now(), config.zone),
      locks: await Promise.all(chosenIn(daemon, lock).map((one) => standingOf(one, daemon))),
    }
  },
})

/** How a lock stands; unless it `rehearses`, without what going live would come to. */
export async function standingOf(
  { name, lock, rules, limits, loop }: ChosenLock,
  daemon: DaemonView,
  rehearses = true,
): Promise<LockStatus> {
  const { config, clock, mode, ports } = daemon
  const { kept, passing, last } = loop
  const around = ports.get(name)
  const rehearsed = rehearses && mode === 'dry-run' && passing.sessionSeen ? around?.order() : undefined
  const now = clock.now()
  return showStatus({
    lock: name,
    mode,
    asks: lock.newLock === 'ask',
    expects: lock.expect,
    stopped: daemon.stopped(name),
    kept,
    running: {
      passing,
      last,
      stuckMs: loop.stuckMs,
      requests: around?.spent() ?? [],
      unstored: loop.unstored?.words ?? null,
    },
    goingLive: rehearsed ? await goingLive(now, rules, kept, passing, rehearsed) : null,
    configured: configuredServices(config.services, lock.credentials),
    limits,
    rules,
    now,
    zone: config.zone,
  })
}
