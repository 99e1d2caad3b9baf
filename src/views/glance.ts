import type { LockStatus } from './status.ts'

/** The part of a lock's status that open pages get repeatedly: little, with only one value that runs with the clock. */
export interface Glance {
  lock: string
  mode: LockStatus['mode']
  stopped: boolean
  session: string | null
  accepted: boolean | null
  standstill: string | null
  /** Its loop stands still. */
  stuck: boolean
  remainingSeconds: number | null
  frozen: boolean | null
  /** Services that do not answer. */
  ill: string[]
  /** Ids of what is under way, and of what nobody knows whether it happened. */
  open: string[]
  unsettled: string[]
  /** Ids of rules that kept setting themselves off. */
  held: string[]
  /** How often each rule fired, by its id. */
  fired: Record<string, number>
}

/** A lock's status in its smallest form. */
export function glanceOf(status: LockStatus): Glance {
  const { lock, mode, stopped, session, accepted, standstill, remainingSeconds, frozen } = status
  return {
    lock,
    mode,
    stopped,
    session,
    accepted,
    standstill,
    stuck: status.stuckSeconds > 0,
    remainingSeconds,
    frozen,
    ill: status.services.filter(({ configured, healthy }) => configured && !healthy).map(({ name }) => name),
    open: status.open.map(({ id, state }) => `${id} ${state}`),
    unsettled: status.unsettled.map(({ id }) => id),
    held: status.held,
    fired: Object.fromEntries(status.rules.filter(({ firedTimes }) => firedTimes > 0).map((r) => [r.id, r.firedTimes])),
  }
}
