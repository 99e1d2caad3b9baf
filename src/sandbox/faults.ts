import { Refusal } from './exchange.ts'
import { fields, flag, integer, oneOf, optional, text } from './fields.ts'

/**
 * What goes wrong with a request. `drop-*` cut the connection before or after the effect; `status` answers that
 * status; `hang` never answers; `slow` answers `holdMs` later; `late` cuts the connection and lets the request land
 * `delayMs` later on the sandbox's clock; `redirect` points elsewhere; `html` answers a page.
 */
export type FaultKind = 'drop-before' | 'drop-after' | 'status' | 'hang' | 'slow' | 'late' | 'redirect' | 'html'

export interface FaultRule {
  /** `session`, `action`, `add_time`, `apply-time`, `freeze`, `log`, `stats`, `games`, `dice`, `liveinsert`, `*`, … */
  call: string
  kind: FaultKind
  /** Default: 500, for `redirect` 302, for `html` 200. */
  status?: number
  code?: string
  /** The whole body, sent as it is. */
  body?: string
  /** Seconds. */
  retryAfter?: number
  /** For `status`, `hang`, `redirect` and `html`: the request is carried out all the same. */
  after?: boolean
  /** For `late`. */
  delayMs?: number
  /** For `hang` and `slow`, in real milliseconds: the connection is reset, or the answer given, so long after. */
  holdMs?: number
  /** Switched on in its turn, as this one strikes. */
  followedBy?: FaultRule
  /** How often; without it until removed. */
  times?: number
}

export interface Faults {
  /** Switches a rule on; answers its removal. Of several that fit, the first strikes. */
  add(rule: FaultRule): () => void
  clear(): void
  /** The rule that strikes a request with these names, once used up by it. */
  take(calls: readonly string[]): FaultRule | null
  /** Lets something happen when the sandbox's clock comes to `due`. */
  postpone(due: number, run: () => void): void
  /** Catches up with what was due by `now`, in order. */
  settle(now: number): void
}

const KINDS: readonly FaultKind[] = ['drop-before', 'drop-after', 'status', 'hang', 'slow', 'late', 'redirect', 'html']
const STATUSES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
  404: 'not_found',
  408: 'request_timeout',
  409: 'no_active_lock_session',
  429: 'rate_limited',
  500: 'internal_error',
  502: 'bad_gateway',
  503: 'service_unavailable',
  504: 'gateway_timeout',
}

export function createFaults(): Faults {
  const active: { rule: FaultRule; left: number }[] = []
  const postponed: { due: number; run: () => void }[] = []
  const remove = (entry: (typeof active)[number]): void => {
    const place = active.indexOf(entry)
    if (place >= 0) active.splice(place, 1)
  }
  const add = (rule: FaultRule): (() => void) => {
    const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
    active.push(entry)
    return () => remove(entry)
  }
  return {
    add,
    clear() {
      active.length = 0
    },
    take(calls) {
      const entry = active.find(({ rule }) => rule.call === '*' || calls.includes(rule.call))
      if (entry === undefined) return null
      entry.left -= 1
      if (entry.left <= 0) remove(entry)
      if (entry.rule.followedBy !== undefined) add(entry.rule.followedBy)
      return entry.rule
    },
    postpone(due, run) {
      postponed.push({ due, run })
      postponed.sort((one, other) => one.due - other.due)
    },
    settle(now) {
      while (postponed[0] !== undefined && postponed[0].due <= now) postponed.shift()?.run()
    },
  }
}

/** The refusal that a `status` fault answers with. */
export function faultRefusal({ status = 500, code, retryAfter }: FaultRule): Refusal {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
  const name = code ?? STATUSES[status] ?? 'error'
  return new Refusal(status, name, `A fault of the sandbox: ${status}`, headers)
}

/** A rule from outside the process; 400 where it is none. */
export function readFault(body: unknown): FaultRule {
  const given = fields(body, 'fault')
  const whole = (name: string, least: number, most: number): number | null =>
    optional(given[name], (value) => integer(value, name, least, most))
  const words = (name: string): string | null => optional(given[name], (value) => text(value, name, 1_000_000))
  const parts = {
    status: whole('status', 200, 599),
    code: words('code'),
    body: words('body'),
    retryAfter: whole('retryAfter', 0, 86_400),
    after: optional(given.after, (value) => flag(value, 'after')),
    delayMs: whole('delayMs', 0, 86_400_000),
    holdMs: whole('holdMs', 0, 600_000),
    followedBy: optional(given.followedBy, readFault),
    times: whole('times', 1, 1_000_000),
  }
  const known = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null))
  return { call: text(given.call, 'call', 100), kind: oneOf(given.kind, 'kind', KINDS), ...known }
}
