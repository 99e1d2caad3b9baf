import type { Instant } from '../../../core/calendar/time.ts'
import type { Value } from '../../../core/model/fact.ts'
import type { Json, Request } from '../../../core/model/service.ts'
import type { Simulation } from '../../simulation.ts'
import { routedPath } from '../device.ts'
import { type Account, sessionBody } from './account.ts'
import { type Lock, patchLock } from './lock.ts'
import { answer, callsOf } from './routes.ts'

/** What is of the token. */
const ofToken: ReadonlySet<string> = new Set(['lock.role', 'lock.scopes'])
const lastSeen = /^lock\.(wearer|keyholder)LastSeen(Timestamp|AgoSeconds)$/

const settled: Readonly<Record<string, readonly string[]>> = {
  freeze: ['lock.frozen'],
  unfreeze: ['lock.frozen'],
  toggle_freeze: ['lock.frozen'],
  'task.assign': ['lock.taskAssigned'],
  'task.complete': ['lock.taskAssigned'],
}

/** Chastify as one account sees it; facts are those of the lock that is active at first. */
export class SimulatedChastify implements Simulation {
  readonly #account: Account
  readonly #lock: Lock | null

  constructor(account: Account) {
    this.#account = account
    this.#lock = account.lock
  }

  answer({ as, path, method, body, lockId }: Request, at: Instant): { body: Json; settles: readonly string[] } {
    const asked = { at, method, path: as === 'device' ? routedPath({ route: 'app' }) : path, body, lockId }
    const answered = answer(this.#account, asked)
    return { body: answered.body as Json, settles: settled[callsOf(asked).at(-1) ?? ''] ?? [] }
  }

  tell(_topic: string, at: Instant): Json {
    return sessionBody(this.#account, at) as Json
  }

  twins(fact: string): readonly string[] {
    const party = lastSeen.exec(fact)?.[1]
    return party === undefined ? [fact] : [`lock.${party}LastSeenTimestamp`, `lock.${party}LastSeenAgoSeconds`]
  }

  bring(fact: string, value: Value, at: Instant): boolean {
    if (!fact.startsWith('lock.') || ofToken.has(fact) || this.#lock === null) return false
    const [, party, form] = lastSeen.exec(fact) ?? []
    if (fact === 'lock.active') this.#account.lock = value === false ? null : this.#lock
    else if (form === 'AgoSeconds') {
      patchLock(this.#lock, { [`${party}LastSeenTimestamp`]: at - Number(value) * 1000 }, at)
    } else patchLock(this.#lock, { [fact.slice('lock.'.length)]: value }, at)
    return true
  }
}
