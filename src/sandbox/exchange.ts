import { Refusal } from '../services/refusal.ts'

/** A request as the services see it: its body parsed, its moment on the sandbox's own clock. */
export interface Asked {
  at: number
  method: string
  path: string
  query: URLSearchParams
  bearer: string | null
  headers: Readonly<Record<string, string | undefined>>
  ip: string
  /** `{}` where none was sent. */
  body: unknown
  /** Why the body could not be read; null if it could. */
  badBody: string | null
}

/** An answer before it is written down as HTTP. */
export interface Reply {
  status: number
  body: unknown
  headers?: Record<string, string>
}

/** One simulated service. `handle` never throws: its refusals are replies in the service's own form. */
export interface Service {
  owns(path: string): boolean
  /** Names by which a fault may mean this request, the general one first: `action`, `add_time`. */
  calls(asked: Asked): readonly string[]
  handle(asked: Asked): Reply
  fail(asked: Asked, refusal: Refusal): Reply
}

/** An effect that really happened. */
export interface Applied {
  at: number
  service: 'chastify' | 'tracker'
  call: string
  body: unknown
  /** The header `x-chastify-lock-id`. */
  lockId: string | null
  as: 'owner' | 'dom' | 'public' | 'app'
}

/** A request that arrived, whatever became of it. */
export interface Seen {
  at: number
  method: string
  path: string
  status: number | 'dropped'
  fault: string | null
}

/** What a service answers; a thrown refusal becomes its own error form. */
export function settled(run: () => Reply, fail: (refusal: Refusal) => Reply): Reply {
  try {
    return run()
  } catch (error) {
    if (error instanceof Refusal) return fail(error)
    throw error
  }
}
