import type { Json, Request } from '../../core/model/service.ts'

/** A write to Chastify. All of ours are of its action class: lock actions, device commands, custom logs, notifications. */
export function post(path: string, body: Json, lockId: string | null, as: 'owner' | 'device' = 'owner'): Request {
  return { service: 'chastify', as, method: 'POST', path, body, lockId, budget: 'action' }
}
