import type { Limits } from './agreement.ts'
import type { Facts } from './fact.ts'
import type { RuleSet } from './rule.ts'
import type { Bearer } from './service.ts'

/** One thing that was looked at, and how it is. */
export interface Finding {
  /** The lock entry it is about; null where it is about all. */
  lock: string | null
  about: string
  severity: 'ok' | 'warn' | 'fault'
  message: string
  /** What to do; empty where nothing is to be done. */
  mend: string
}

export function finding(
  severity: Finding['severity'],
  about: string,
  message: string,
  mend = '',
  lock: string | null = null,
): Finding {
  return { lock, about, severity, message, mend }
}

/** What was read with a token, and what it is held against. */
export interface Look {
  lock: string
  /** The token, as the config calls it: `service.key`. */
  token: string
  as: Bearer
  facts: Facts
  rules: RuleSet | null
  /** The rules that are on and act at the service. */
  acting: readonly string[]
  limits: Limits
}

/** How a service is examined, beside what holds for each: that its token reads, and that the clocks agree. */
export interface Checkup {
  /** What its tokens are called, and of what. */
  token: string
  /** Where they are made: on which page. */
  made: string
  /** What this service tells of a token beyond that. */
  tells?(look: Look): Finding[]
}
