import type { Instant } from '../calendar/time.ts'
import type { Trouble } from './service.ts'

/** The health of a service, according to its answers. It is kept in the process only; a restart asks again. */
export interface Health {
  healthy: boolean
  /** Failures in a row. */
  failures: number
  trouble: Trouble | null
  message: string
  /** The token was refused: nothing more is sent with it until a restart or another token. */
  dead: boolean
  /** Not asked again before this. */
  notBefore: Instant | null
  lastGood: Instant | null
  /** Our clock minus the service's, in milliseconds, as of its last answer. */
  clockAheadMs: number | null
}

export const unseen: Health = {
  healthy: false,
  failures: 0,
  trouble: null,
  message: 'not asked yet',
  dead: false,
  notBefore: null,
  lastGood: null,
  clockAheadMs: null,
}
