import type { Chance } from './chance.ts'
import { createAccount, startLock } from './chastify/simulated/account.ts'
import { SimulatedChastify } from './chastify/simulated/simulation.ts'
import type { Simulation } from './simulation.ts'
import { createPage } from './tracker/simulated/page.ts'
import { SimulatedTracker } from './tracker/simulated/simulation.ts'

/** Every service, simulated from the beginning of time: a lock without a ceiling, and a page on which nothing runs. */
export function simulatedServices(lockId: string, chance: Chance): ReadonlyMap<string, Simulation> {
  const account = createAccount('wearer', [])
  startLock(account, lockId, { maxTimeRemainingSeconds: null }, 0)
  return new Map<string, Simulation>([
    ['chastify', new SimulatedChastify(account)],
    ['tracker', new SimulatedTracker(createPage(0, 0, ''), chance)],
  ])
}
