import { setTimeout as sleep } from 'node:timers/promises'
import { live } from '../simulation/life.ts'
import { startApp } from '../src/app/app.ts'
import { startSandbox } from '../src/sandbox/index.ts'
import { type Figure, timesBetter } from './figure.ts'
import { configIn, Folder, silent } from './house.ts'
import { LeapingClock } from './leapingclock.ts'
import { quietRules } from './quietrules.ts'
import { rounds } from './rounds.ts'

const hour = 3_600_000
const pollMs = hour
const start = Date.UTC(2026, 2, 3)
/** The fault suite's clock is so many times as fast as the machine's. */
const suiteSpeed = 20

/** A day of one lock in the simulation, against the same day through real sockets and a real disk. */
export async function simulationFigures(size: { days: number; rounds: number }): Promise<Figure[]> {
  const simulated = async () => {
    const from = performance.now()
    await live({ seed: 1, days: size.days, rough: 'still', files: [quietRules], pollMs }, false)
    return (performance.now() - from) / size.days
  }
  await simulated()
  const { ours, base } = await rounds(size.rounds, simulated, socketsDay)
  const suite = ours.map(() => (24 * hour) / suiteSpeed)
  const what = 'a day of a lock in the simulation, polls 1 h apart'
  const figure = { what, unit: 'ms', ours, comparedUnit: 'times faster' }
  return [
    {
      ...figure,
      baseline: 'the same day through sockets and SQLite, its waits leapt over',
      base,
      compared: timesBetter(ours, base),
    },
    {
      ...figure,
      baseline: `the same in the suite of faults, whose clock is ${suiteSpeed} times as fast as the machine's`,
      base: suite,
      compared: timesBetter(ours, suite),
      wanted: { of: 'median', atLeast: 500 },
    },
  ]
}

async function socketsDay(): Promise<number> {
  using clock = new LeapingClock(start)
  using folder = new Folder()
  const lock = { timeRemainingSeconds: 40 * 86_400, timeLockedSeconds: 86_400 }
  const sandbox = await startSandbox({ clock, chastify: { lock, limits: { read: 1_000_000 } } })
  const poll = { everyMs: pollMs }
  const config = configIn(folder, { url: sandbox.url, rules: quietRules, poll, tokens: [sandbox.tokens.chastify] })
  const ending = new AbortController()
  const app = await startApp({ config, log: silent, clock }, ending.signal)
  const from = performance.now()
  const begun = clock.now()
  while (clock.now() < begun + 24 * hour) await sleep(5)
  const took = performance.now() - from
  ending.abort()
  await app.done
  await sandbox.close()
  return took
}
