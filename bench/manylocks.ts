import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../src/app/app.ts'
import { configIn, Folder, silent } from './house.ts'
import { quietRules } from './quietrules.ts'

/** What a daemon with many locks says of itself, after a collection; processor since it was told to begin. */
export interface Many {
  residentKiB: number
  heapKiB: number
  cpuMs: number
}

const [url = '', count = '1', everyMs = '60000'] = process.argv.slice(2)
const folder = new Folder()
const tokens = Array.from({ length: Number(count) }, (_, i) => `dev_${i.toString(16).padStart(24, '0')}`)
const config = configIn(folder, { url, rules: quietRules, poll: { everyMs: Number(everyMs) }, tokens })
const ending = new AbortController()
let used = process.cpuUsage()

process.on('exit', () => folder[Symbol.dispose]())
process.on('disconnect', () => process.exit())
process.on('message', (ask: 'begin' | 'tell') => void answer(ask))

async function answer(ask: 'begin' | 'tell'): Promise<void> {
  if (ask === 'begin') {
    used = process.cpuUsage()
    process.send?.({})
    return
  }
  const { user, system } = process.cpuUsage(used)
  // What was only thrown away is no part of what a lock needs. The last resort gives its pages back at once, but for
  // those that are freed only after others were told of what is gone.
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.({ execution: 'sync', type: 'major', flavor: 'last-resort' })
    await sleep(300)
  }
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ residentKiB: rss / 1024, heapKiB: heapUsed / 1024, cpuMs: (user + system) / 1000 } satisfies Many)
}

await startApp({ config, log: silent }, ending.signal)
