import type { Facts, Instant } from './fact.ts'
import type { Health } from './health.ts'
import { isOpen, type LedgerRow, type Mode, sameFiring } from './ledger.ts'
import { type Limits, rule as ruling } from './limits.ts'
import { finished } from './plan.ts'
import type { RuleSet } from './rules/compile.ts'
import type { Effect, Request, Topic } from './service.ts'

/** How a token is named where it was refused, beside the names of actions. */
export function bearerName(request: Request): string {
  return `${request.service} as ${request.as}`
}

/** Everything that may keep a row from leaving. */
export interface Gate {
  rules: RuleSet
  facts: Facts
  limits: Limits
  session: string
  /** The id that writes are pinned to, where the last reading of the lock had one. */
  lockId: string | null
  mode: Mode
  run: string
  stopped: boolean
  /** Shutting down: nothing new leaves, what waits stays planned. */
  closing: boolean
  health: Readonly<Record<string, Health>>
  forbidden: Readonly<Record<string, string>>
  /** Until when restriction is held back for a service after an outage of it. */
  heldUntil: Readonly<Record<string, Instant>>
  /** A row not away after this many milliseconds expires. */
  expiresAfterMs: number
  now: Instant
  zone: string
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
  let after: LedgerRow[] | null = null
  let busy = rows.some((row) => row.state === 'sending' || row.state === 'unknown')
  for (let index = 0; index < rows.length; index++) {
    const before = (after ?? rows)[index]
    if (before === undefined || (before.state !== 'planned' && before.state !== 'not-sent')) continue
    const row = passOne(after ?? rows, index, before, gate, busy, read)
    if (row === before) continue
    after ??= [...rows]
    after[index] = row
    if (row.state === 'sending') busy = true
  }
  return { rows: after ?? rows, read }
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
  const end = (state: 'refused' | 'cancelled' | 'expired', note: string, failed = true): LedgerRow => ({
    ...row,
    state,
    note,
    failed,
    endedAt: now,
  })
  if (row.session !== gate.session) return end('cancelled', 'another lock is active')
  if (row.mode !== gate.mode) return end('cancelled', `the mode is ${gate.mode} now`)
  const list = rows.filter((other) => other.position < row.position && sameFiring(other, row))
  const failure = list.find((other) => other.failed)
  if (failure) return end('cancelled', `${failure.action} before it was ${failure.state}`)
  const rule = rules.byId.get(row.rule)
  if (!rule) return end('cancelled', 'the rule is gone')
  if (!rule.enabled) return end('cancelled', 'the rule was switched off')
  if (rule.thenDigest !== row.list) return end('cancelled', 'the rule was edited')
  const kind = rules.actions.get(row.action)
  if (!kind) return end('cancelled', `there is no action ${row.action}`)
  if (now - row.at > gate.expiresAfterMs) return end('expired', row.note || 'it could not be sent in time')
  if (list.some(isOpen)) return row
  if (gate.stopped && row.effect.toward === 'restricts') return end('refused', 'the wearer pressed stop', false)
  const forbidden = gate.forbidden[row.action]
  if (forbidden !== undefined) return end('refused', forbidden)
  if (gate.closing || busy || (row.notBefore !== null && now < row.notBefore)) return row
  const health = gate.health[kind.service]
  if (gate.mode === 'live' && health && (health.dead || (health.notBefore !== null && now < health.notBefore)))
    return row

  const did = list.reduce<LedgerRow['did']>(
    (last, other) => (other.did ? { ...other.did, state: other.state } : last),
    null,
  )
  const params = finished(row.params, did, gate.zone)
  const planned = kind.plan(params, gate.facts, now)
  if ('refused' in planned) return end('refused', planned.refused)
  if ('waitsFor' in planned) return waiting(row, planned.waitsFor, read)
  if (gate.stopped && planned.go.toward === 'restricts') return end('refused', 'the wearer pressed stop', false)
  const outage = [kind.service, ...rule.reads].some((service) => now < (gate.heldUntil[service] ?? 0))
  if (outage && planned.go.toward === 'restricts') return end('refused', 'held back after an outage', false)
  const earlier = rows.filter((other, i) => i !== index && (i < index || other.sentAt !== null))
  const allowed = ruling(planned.go, { ...gate, rows: earlier })
  if ('refused' in allowed) return end('refused', allowed.refused, allowed.held !== true)
  if ('waitsFor' in allowed) return waiting(row, allowed.waitsFor, read)

  const effect: Effect = { ...planned.go, seconds: allowed.seconds }
  const request = kind.request(params, effect, gate.facts, gate.lockId)
  const tokenRefused = gate.forbidden[bearerName(request)]
  if (tokenRefused !== undefined) return end('refused', tokenRefused)
  const ready = { ...row, effect, request, note: allowed.note }
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
    run: gate.run,
  }
}

function waiting(row: LedgerRow, topics: readonly Topic[], read: Set<Topic>): LedgerRow {
  for (const topic of topics) read.add(topic)
  return row
}
