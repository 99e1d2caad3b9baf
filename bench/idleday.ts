import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { startApp } from '../src/app/app.ts'
import { startSandbox } from '../src/sandbox/index.ts'
import { configIn, Folder, silent } from './house.ts'
import { LeapingClock } from './leapingclock.ts'
import { quietRules } from './quietrules.ts'

/** What an idle day costs: bytes that the disk was handed by this process, and how often it was read. */
export interface IdleDay {
  bytes: number
  reads: number
}

const pollMs = 30_000
const start = Date.UTC(2026, 2, 3)
const [mode, hours] = process.argv.slice(2)
const lastsMs = Number(hours) * 3_600_000
const made: IdleDay = mode === 'daemon' ? await daemonsDay() : rowsDay()
process.send?.(made)
process.disconnect?.()

/** The whole daemon, with a lock of which nothing changes but its times. */
async function daemonsDay(): Promise<IdleDay> {
  using clock = new LeapingClock(start)
  using folder = new Folder()
  const lock = { timeRemainingSeconds: 40 * 86_400, timeLockedSeconds: 86_400 }
  const sandbox = await startSandbox({ clock, chastify: { lock, limits: { read: 1_000_000 } } })
  const poll = { everyMs: pollMs }
  const config = configIn(folder, { url: sandbox.url, rules: quietRules, poll, tokens: [sandbox.tokens.chastify] })
  const ending = new AbortController()
  const app = await startApp({ config, log: silent, clock }, ending.signal)
  const until = async (moment: number) => {
    while (clock.now() < moment) await sleep(5)
  }
  // The first hour stores what is new on a new lock.
  await until(start + 3_600_000)
  const [before, reads] = [bytesWritten(), clock.requests]
  await until(start + 3_600_000 + lastsMs)
  const after = clock.requests
  ending.abort()
  await app.done
  const bytes = bytesWritten() - before
  await sandbox.close()
  return { bytes, reads: after - reads }
}

/** As many polls, each a row of its own in a database as SQLite makes it. */
function rowsDay(): IdleDay {
  using folder = new Folder()
  const database = new Database(join(folder.path, 'rows.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE poll (at INTEGER PRIMARY KEY, remaining INTEGER, locked INTEGER, frozen INTEGER) STRICT')
  const insert = database.prepare('INSERT INTO poll VALUES (?, ?, ?, ?)')
  const before = bytesWritten()
  let reads = 0
  for (let at = start; at < start + lastsMs; at += pollMs) {
    insert.run(at, 40 * 86_400 - reads, 86_400 + reads, 0)
    reads++
  }
  database.close()
  return { bytes: bytesWritten() - before, reads }
}

function bytesWritten(): number {
  const found = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))
  if (!found) throw new Error('this system does not tell what was written')
  return Number(found[1])
}
