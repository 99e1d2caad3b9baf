import type { Instant } from './fact.ts'
import { type Decision, decide, type Firings, firingsOf } from './firing.ts'
import { bearerName, passGates } from './gate.ts'
import { gather, staleAfterMs } from './gather.ts'
import { clockDoubtful, clockToleranceMs, heard, isTokenTrouble, unseen } from './health.ts'
import { judge } from './judge.ts'
import { type Kept, memoryKey, type RuleMemory } from './kept.ts'
import { isOpen, type LedgerRow, type Mode, type RowKey, sameRow } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { Passing } from './passing.ts'
import { plan } from './plan.ts'
import type { RuleSet } from './rules/compile.ts'
import type { Answer, Service, Topic } from './service.ts'
import { identify, noLock, witnessed } from './session.ts'
import { orphaned, settle } from './settle.ts'
import { type Poll, plannedNext, proofOfLifeMs, serviceOf, type Wake, wake } from './wake.ts'

/** Something the step has not heard of yet. */
export type News =
  | { reading: Answer & { topic: Topic } }
  | { outcome: Answer; of: RowKey }
  /** The wearer's yes to rules acting on the lock of the moment. */
  | { accepted: true }

/** What the config and the surroundings say at this moment. */
export interface Order {
  lock: string
  mode: Mode
  /** IANA zone of clock times and calendar periods. */
  zone: string
  limits: Limits
  services: readonly Service[]
  /** Topics read on a schedule. */
  polls: ReadonlyMap<Topic, Poll>
  /** Only a lock of this wearer is acted on. */
  expect: { wearer: string } | null
  newLock: 'ask' | 'auto'
  /** The wearer's switch. */
  stopped: boolean
  /** Shutting down: nothing new leaves. */
  closing: boolean
  /** This process. */
  run: string
  underway: ReadonlySet<Topic>
}

/** Why nothing at all is decided, where that is so. */
export type Standstill =
  | 'no reading yet'
  | 'nothing new read'
  | 'clock doubtful'
  | 'clock went back'
  | 'not the expected wearer'
  | 'not accepted'

export interface Step {
  /** The same object as before when nothing happened; then nothing is written. */
  kept: Kept
  /** Rows that are new or changed; one in `sending` is to be sent once committed. */
  changed: readonly LedgerRow[]
  passing: Passing
  decisions: readonly Decision[]
  standstill: Standstill | null
  wake: Wake
}

/**
 * The whole program as one step: what was heard goes in; what is remembered, what is to be sent and when to look
 * again come out. Pure: equal arguments give an equal result. Rejects only on a fault in the program itself.
 */
export async function step(
  now: Instant,
  rules: RuleSet,
  before: Kept,
  seen: Passing,
  news: readonly News[],
  order: Order,
): Promise<Step> {
  const listened = listen(seen, before, news, order)
  let passing = listened.passing
  let kept = settleRows(listened.kept, rules, news, order, now)
  kept = accept(kept, news)
  kept = cancelOthers(kept, now)

  const session = kept.session ?? noLock
  const firings = firingsOf(kept.rows, session, order.mode)
  const since = kept.sessions[session]?.since ?? now
  const facts = gather(passing, rules, kept.rows, firings, since, now, order.zone)
  passing = { ...passing, facts }

  let decisions: readonly Decision[] = []
  const standstill = stands(kept, passing, news, order, now)
  if (standstill === null) {
    const traces = await judge(rules, facts, now)
    passing = { ...passing, traces }
    const decided = decideAll(kept, passing, firings, rules, session, order, now)
    kept = decided.kept
    decisions = decided.decisions
    passing = { ...passing, decisions }
  }

  const passed = passing.sessionSeen
    ? passGates(kept.rows, {
        ...order,
        rules,
        facts,
        session,
        lockId: passing.latestLock?.id ?? null,
        closing: order.closing || (standstill !== null && standstill !== 'nothing new read'),
        health: passing.health,
        forbidden: passing.forbidden,
        heldUntil: passing.heldUntil,
        expiresAfterMs: expiryMs(order, now),
        now,
      })
    : { rows: kept.rows, read: new Set<Topic>() }
  if (passed.rows !== kept.rows) kept = { ...kept, rows: passed.rows }
  kept = signOfLife(before, kept, passing, now)
  const old = new Set(before.rows)
  return {
    kept,
    changed: kept.rows === before.rows ? [] : kept.rows.filter((row) => !old.has(row)),
    passing,
    decisions,
    standstill,
    wake: wake({
      passing,
      rows: kept.rows,
      rules,
      polls: order.polls,
      wanted: passed.read,
      underway: order.underway,
      storedAt: kept.storedAt,
      seed: kept.seed,
      now,
      zone: order.zone,
    }),
  }
}

/** Takes in readings and outcomes: what the services said, how they do, and which lock it is about. */
function listen(seen: Passing, before: Kept, news: readonly News[], order: Order): { passing: Passing; kept: Kept } {
  let passing = seen
  let kept = before
  for (const item of news) {
    if ('accepted' in item) continue
    if ('outcome' in item) {
      passing = hearOutcome(
        passing,
        item.outcome,
        before.rows.find((row) => sameRow(row, item.of)),
        kept.seed,
      )
      continue
    }
    passing = afterOutage(passing, item.reading, order)
    passing = withHealth(passing, serviceOf(item.reading.topic), item.reading, kept.seed)
    const heardOf = read(passing, kept, item.reading, order)
    passing = heardOf.passing
    kept = heardOf.kept
  }
  return { passing, kept }
}

/** Shorter than this, and than a stale reading, no silence of a service is called an outage. */
const leastOutageMs = 600_000

/**
 * After a service was away, restriction that rests on it is held back for as long as it was, at most the agreed
 * time: nobody is to pay for what nobody could see. Never before the first good reading.
 */
function afterOutage(passing: Passing, reading: Answer & { topic: Topic }, order: Order): Passing {
  const service = serviceOf(reading.topic)
  const lastGood = passing.health[service]?.lastGood ?? null
  if (!isGood(reading) || lastGood === null) return passing
  const intervalMs = passing.readings[reading.topic]?.intervalMs ?? 0
  const lastedMs = reading.asked - lastGood
  if (lastedMs <= Math.max(leastOutageMs, staleAfterMs(intervalMs))) return passing
  const { after_outage: most } = order.limits
  const heldMs = most === null ? lastedMs : Math.min(lastedMs, most * 1000)
  return { ...passing, heldUntil: { ...passing.heldUntil, [service]: reading.answered + heldMs } }
}

function withHealth(passing: Passing, service: string, answer: Answer, seed: string): Passing {
  const health = heard(passing.health[service] ?? unseen, answer, seed)
  return { ...passing, health: { ...passing.health, [service]: health } }
}

/**
 * What the answer to a write tells of the service. A refused permission closes that action; a refused token other
 * than the owner's closes what needs that token, and leaves the service's reading alone.
 */
function hearOutcome(passing: Passing, answer: Answer, row: LedgerRow | undefined, seed: string): Passing {
  const request = row?.request
  if (!row || !request) return passing
  const closed = (what: string, why: string) => ({ ...passing, forbidden: { ...passing.forbidden, [what]: why } })
  if (!answer.ok && isTokenTrouble(answer.trouble) && request.as !== 'owner') {
    return closed(bearerName(request), answer.message)
  }
  const after = withHealth(passing, request.service, answer, seed)
  if (answer.ok || answer.trouble !== 'forbidden') return after
  return { ...after, forbidden: { ...after.forbidden, [row.action]: answer.message } }
}

function read(
  seen: Passing,
  before: Kept,
  reading: Answer & { topic: Topic },
  order: Order,
): { passing: Passing; kept: Kept } {
  const { topic, asked, answered } = reading
  let passing: Passing = { ...seen, asked: { ...seen.asked, [topic]: asked } }
  const kind = order.services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
  if (!kind) return { passing, kept: before }
  const poll = order.polls.get(topic)
  const intervalMs = poll ? plannedNext(poll, asked, order.zone) - asked : 0
  const remember = (facts: Passing['facts']): Passing => ({
    ...passing,
    readings: { ...passing.readings, [topic]: { facts, asked, answered, intervalMs } },
  })
  if (!reading.ok) {
    if (reading.trouble !== 'no-lock' || !kind.withoutLock) return { passing, kept: before }
    passing = { ...remember(kind.withoutLock(asked)), sessionSeen: true, latestLock: null }
    return { passing, kept: identify(before, null, asked, seen.latestLock) }
  }
  const understood = kind.understand(reading.body, asked, answered, order.zone)
  if (typeof understood === 'string') {
    const failed: Answer = {
      ...reading,
      ok: false,
      sent: 'yes',
      trouble: 'unreadable',
      message: understood,
      retryAfterMs: null,
    }
    return { passing: withHealth(passing, serviceOf(topic), failed, before.seed), kept: before }
  }
  passing = remember(understood.facts)
  let kept = withExtras(before, understood.extras)
  if (understood.lock) {
    kept = identify(kept, understood.lock, asked, seen.latestLock)
    passing = { ...passing, sessionSeen: true, latestLock: { ...understood.lock, asked } }
  }
  return { passing, kept }
}

function withExtras(kept: Kept, extras: Kept['extras']): Kept {
  const fresh = Object.keys(extras).filter((name) => kept.extras[name] !== extras[name])
  return fresh.length === 0 ? kept : { ...kept, extras: { ...kept.extras, ...extras } }
}

/** Moves rows by what came of their requests; what another process was sending is nobody's any more. */
function settleRows(kept: Kept, rules: RuleSet, news: readonly News[], order: Order, now: Instant): Kept {
  return mapRows(kept, (row) => {
    if (row.state !== 'sending') return row
    const outcome = news.find((item) => 'outcome' in item && sameRow(item.of, row))
    if (outcome && 'outcome' in outcome) return settle(row, outcome.outcome, rules.actions.get(row.action))
    return row.run === order.run ? row : orphaned(row, now)
  })
}

function accept(kept: Kept, news: readonly News[]): Kept {
  const session = kept.session === null ? undefined : kept.sessions[kept.session]
  if (!session || session.accepted || !news.some((item) => 'accepted' in item)) return kept
  return { ...kept, sessions: { ...kept.sessions, [session.key]: { ...session, accepted: true } } }
}

/** What was planned for a lock that is not the active one any more is not to be done to the next. */
function cancelOthers(kept: Kept, now: Instant): Kept {
  if (kept.session === null) return kept
  return mapRows(kept, (row) => {
    const waits = row.state === 'planned' || row.state === 'not-sent'
    if (!waits || row.session === kept.session) return row
    return { ...row, state: 'cancelled', note: 'another lock is active', failed: true, endedAt: now }
  })
}

function mapRows(kept: Kept, change: (row: LedgerRow) => LedgerRow): Kept {
  let touched = false
  const rows = kept.rows.map((row) => {
    if (!isOpen(row)) return row
    const after = change(row)
    if (after !== row) touched = true
    return after
  })
  return touched ? { ...kept, rows } : kept
}

/** Whether anything may be decided now; if not, why. */
function stands(kept: Kept, passing: Passing, news: readonly News[], order: Order, now: Instant): Standstill | null {
  if (!passing.sessionSeen || kept.session === null) return 'no reading yet'
  if (Object.values(passing.health).some(clockDoubtful)) return 'clock doubtful'
  if (kept.storedAt !== null && now < kept.storedAt - clockToleranceMs) return 'clock went back'
  if (order.expect !== null && kept.session !== noLock) {
    const wearer = passing.facts.get('lock.wearerUsername')
    if (!wearer?.known || wearer.value !== order.expect.wearer) return 'not the expected wearer'
  }
  const waitsForYes = order.newLock === 'ask' && order.mode === 'live' && kept.session !== noLock
  if (waitsForYes && kept.sessions[kept.session]?.accepted !== true) return 'not accepted'
  const fresh = news.some((item) => 'accepted' in item || ('reading' in item && isGood(item.reading)))
  return fresh ? null : 'nothing new read'
}

function isGood(answer: Answer): boolean {
  return answer.ok || answer.trouble === 'no-lock'
}

/** Decides for every rule, in order, and plans the rows of those that fire. */
function decideAll(
  kept: Kept,
  passing: Passing,
  firings: Firings,
  rules: RuleSet,
  session: string,
  order: Order,
  now: Instant,
): { kept: Kept; decisions: Decision[] } {
  const decisions: Decision[] = []
  const changed: Record<string, RuleMemory> = {}
  const planned: LedgerRow[] = []
  const room = order.limits.actions.per_step
  for (const rule of rules.rules) {
    const key = memoryKey(order.mode, session, rule.id)
    const memory = kept.memory[key]
    const truth = passing.traces.get(rule.id)?.truth ?? null
    const made = decide(rule, truth, memory, firings.get(rule.id) ?? [], now, order.zone)
    if (made.decision.fires && room !== null && planned.length + rule.then.length > room) {
      decisions.push({ rule: rule.id, fires: false, why: 'step full', until: null, detail: '' })
      if (made.memory) changed[key] = { ...made.memory, fired: false }
      continue
    }
    decisions.push(made.decision)
    if (made.memory && made.memory !== memory) changed[key] = made.memory
    if (!made.decision.fires) continue
    const firing = { lock: order.lock, session, mode: order.mode, occurrence: made.decision.occurrence }
    planned.push(...plan(rule, rules, firing, passing.facts, now, order.zone))
  }
  if (Object.keys(changed).length === 0 && planned.length === 0) return { kept, decisions }
  return {
    kept: {
      ...kept,
      memory: { ...kept.memory, ...changed },
      rows: planned.length > 0 ? [...kept.rows, ...planned] : kept.rows,
    },
    decisions,
  }
}

/** A row not away within five minutes, or three polls where those are longer, comes too late to be meant. */
function expiryMs(order: Order, now: Instant): number {
  const intervals = [...order.polls.values()].map((poll) => plannedNext(poll, now, order.zone) - now)
  return Math.max(300_000, 3 * Math.max(0, ...intervals.filter(Number.isFinite)))
}

/** Stamps what is about to be stored, and has something stored each hour, so that a gap is known as one. */
function signOfLife(before: Kept, after: Kept, passing: Passing, now: Instant): Kept {
  const due = after.storedAt === null || now - after.storedAt >= proofOfLifeMs
  if (after === before && !(due && passing.sessionSeen)) return after
  const session = after.session === null ? undefined : after.sessions[after.session]
  const latest = passing.latestLock
  if (!session || !latest) return { ...after, storedAt: now }
  const stamped = witnessed(session, latest, latest.asked)
  return { ...after, storedAt: now, sessions: { ...after.sessions, [session.key]: stamped } }
}
