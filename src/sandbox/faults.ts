import { fields, flag, integer, oneOf, optional, Refusal, text } from '../services/refusal.ts'

/** An answer that begins as it should: silent after half of its body, slow in its middle, or a little at a time. */
const BODY_KINDS = ['stall', 'pause', 'trickle'] as const

const KINDS = [
  'drop-before',
  'drop-after',
  'status',
  'hang',
  'slow',
  'late',
  'redirect',
  'html',
  ...BODY_KINDS,
] as const

/**
 * What goes wrong with a request. `drop-*` cut the connection before or after the effect; `status` answers that
 * status; `hang` never answers; `slow` answers `holdMs` later; `late` lets the request land `delayMs` later on the
 * sandbox's clock, and cuts the connection, or answers `status` at once; `redirect` points elsewhere; `html` answers a
 * page. `stall`, `pause` and `trickle` give the request's own answer, or that of `status`, in pieces.
 */
export type FaultKind = (typeof KINDS)[number]

export interface FaultRule {
  /** `session`, `action`, `add_time`, `apply-time`, `freeze`, `log`, `stats`, `games`, `dice`, `liveinsert`, `*`, … */
  call: string
  kind: FaultKind
  /** Default: 500, for `redirect` 302, for `html` 200; for `late`, `stall`, `pause` and `trickle` none. */
  status?: number
  code?: string
  /** The whole body, sent as it is. */
  body?: string
  /** Seconds. */
  retryAfter?: number
  /** For `hang`, `redirect`, `html` and whatever answers a `status`: the request is carried out all the same. */
  after?: boolean
  /** For `late`. */
  delayMs?: number
  /**
   * In real milliseconds. The connection is reset so long after (`hang`, `stall`; without it never), or the answer or
   * its second half is given (`slow`, `pause`); a `trickle` takes so long (without it ten minutes).
   */
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

/** Whether a fault is about how the body of an answer comes. */
export function inPieces({ kind }: FaultRule): boolean {
  return BODY_KINDS.some((each) => each === kind)
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
