import type { Instant } from '../../../core/calendar/time.ts'

/** Whose token a request bears. */
export type By = 'owner' | 'dom' | 'public'

/** A request once it is known whose it is. */
export interface Asked {
  at: Instant
  method: string
  path: string
  query: URLSearchParams
  body: unknown
  by: By
  /** From where it comes: by this, voters without a token are told apart. */
  address: string
}
