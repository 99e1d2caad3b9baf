import { type Facts, knownValue } from '../../core/model/fact.ts'
import type { Effect, Json, Lost, ReadBack, Shown } from '../../core/model/service.ts'
import { mapIn } from '../params.ts'
import { sessionTopic } from './session.ts'

/** Seconds that two counts of the service may differ by without anybody having changed them. */
const toleranceSeconds = 3
/** A smaller change of time is not to be told from that. */
const leastTold = 10

interface Counts {
  remaining: number
  locked: number
  frozen: boolean
}

function countsIn(facts: Facts): Counts | null {
  const remaining = knownValue(facts, 'lock.timeRemainingSeconds')
  const locked = knownValue(facts, 'lock.timeLockedSeconds')
  const frozen = knownValue(facts, 'lock.frozen')
  const told = typeof remaining === 'number' && typeof locked === 'number' && typeof frozen === 'boolean'
  return told ? { remaining, locked, frozen } : null
}

/**
 * Time that was added or taken off: what the remaining time is beyond what the service's own count of locked time
 * explains.
 */
export const timeReadBack: ReadBack = {
  topic: sessionTopic,
  by: ['lock.timeRemainingSeconds', 'lock.frozen'],
  before(facts, _, { seconds }) {
    const counts = countsIn(facts)
    if (!counts || seconds < leastTold) return null
    const stands = knownValue(facts, 'lock.(standsFrozen)')
    return { ...counts, stands: typeof stands === 'boolean' ? stands : null }
  },
  shows({ before, effect }, facts) {
    const now = countsIn(facts)
    const then = mapIn(before)
    if (!now || !then) return 'untold'
    if (now.frozen !== then.get('frozen')) return 'other'
    const was = Number(then.get('remaining'))
    const counted = now.locked - Number(then.get('locked'))
    const shown = ranOf(now.frozen, then.get('stands'), counted).map((ran) => explain(was, now.remaining, ran, effect))
    return shown.every((one) => one === shown[0]) ? (shown[0] ?? 'other') : 'other'
  },
}

/**
 * By how much the remaining time may have run down by itself while the locked time went on by `counted`. Whether it
 * stands still under a freeze must have been seen before.
 */
function ranOf(frozen: boolean, stands: Json | undefined, counted: number): number[] {
  if (!frozen) return [counted]
  return typeof stands === 'boolean' ? [stands ? 0 : counted] : [0, counted]
}

function explain(was: number, is: number, ran: number, { counts, seconds }: Effect): Shown {
  const between = (low: number, high: number) =>
    is >= Math.max(0, low) - toleranceSeconds && is <= Math.max(0, high) + toleranceSeconds
  // A count at 0 waits there for what is added, so that less of it has run down since.
  const [low, high] =
    counts === 'add_time'
      ? [was - ran + seconds, was < ran ? seconds : was - ran + seconds]
      : [was - ran - seconds, was - ran - seconds]
  const [done, undone] = [between(low, high), between(was - ran, was - ran)]
  if (done === undone) return 'other'
  return done ? 'applied' : 'not-applied'
}

/** A freeze that began or ended. */
export const freezeReadBack: ReadBack = {
  topic: sessionTopic,
  by: ['lock.frozen', 'lock.timeRemainingSeconds'],
  before(facts, _, { toward }) {
    const frozen = knownValue(facts, 'lock.frozen')
    return frozen === (toward === 'relief') ? { frozen } : null
  },
  shows({ effect, sentAt }: Lost, facts, asked) {
    const frozen = knownValue(facts, 'lock.frozen')
    if (typeof frozen !== 'boolean') return 'untold'
    if (effect.toward === 'relief') return frozen ? 'not-applied' : 'applied'
    if (frozen) return 'applied'
    // One that has run out meanwhile looks like one that never was.
    return asked < sentAt + effect.seconds * 1000 ? 'not-applied' : 'untold'
  },
}

/** A task that is open where none was. */
export const taskReadBack: ReadBack = {
  topic: sessionTopic,
  by: ['lock.taskAssigned'],
  before: (facts) => (knownValue(facts, 'lock.taskAssigned') === false ? { taskAssigned: false } : null),
  shows(_, facts) {
    const assigned = knownValue(facts, 'lock.taskAssigned')
    return typeof assigned !== 'boolean' ? 'untold' : assigned ? 'applied' : 'not-applied'
  },
}
