import type { Mode } from '../src/core/model/row.ts'
import type { Poll } from '../src/core/model/service.ts'
import { Draws } from './chance.ts'

/** What a household is set up with. */
export interface Setup {
  zone: string
  mode: Mode
  newLock: 'ask' | 'auto'
  expect: { wearer: string } | null
  polls: { chastify: Poll; tracker: Poll }
}

const hour = 3_600_000
const minute = 60_000

/** The setup of a seed. Polls are far apart, so that a day is not thousands of steps. */
export function setupOf(seed: number): Setup {
  const draws = new Draws(seed, 'setup')
  return {
    zone: draws.pick(['Europe/Berlin', 'America/New_York', 'UTC']),
    mode: 'live',
    newLock: draws.happens(0.2) ? 'ask' : 'auto',
    expect: draws.happens(0.2) ? { wearer: 'alice' } : null,
    polls: {
      chastify: {
        everyMs: draws.pick([30, 60, 120, 120, 180, 240, 240]) * minute,
        ...(draws.happens(0.2) ? { calmMs: 4 * hour } : {}),
      },
      tracker: { everyMs: draws.pick([3, 6, 12]) * hour },
    },
  }
}
