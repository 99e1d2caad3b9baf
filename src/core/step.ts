import type { Instant } from './fact.ts'
import { type Decision, decide, type Firings, firingsOf } from './firing.ts'
import { passGates } from './gate.ts'
import { gather } from './gather.ts'
import { clockDoubtful, clockToleranceMs } from './health.ts'
import { judge } from './judge.ts'
import { type Kept, memoryKey, type RuleMemory } from './kept.ts'
import { isOpen, type LedgerRow, sameRow } from './ledger.ts'
import { isGood, listen } from './listen.ts'
import type { News, Order } from './order.ts'
import type { Passing } from './passing.ts'
import { plan } from './plan.ts'
import type { RuleSet } from './rules/compile.ts'
import type { Topic } from './service.ts'
import { noLock, witnessed } from './session.ts'
import { orphaned, settle } from './settle.ts'
import { plannedNext, proofOfLifeMs, type Wake, wake } from './wake.ts'

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
