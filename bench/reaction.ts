import type Database from 'better-sqlite3'
import { limitsOf } from '../src/core/acting/limits.ts'
import { compileRules } from '../src/core/language/compile.ts'
import type { Change } from '../src/core/model/kept.ts'
import type { Journal, Send } from '../src/core/model/ports.ts'
import type { Request } from '../src/core/model/service.ts'
import { type LoopPorts, startLoop } from '../src/daemon/loop.ts'
import { connect } from '../src/services/connect.ts'
import { services } from '../src/services/index.ts'
import { Secret } from '../src/services/secret.ts'
import { openDatabase } from '../src/store/database.ts'
import { openJournal } from '../src/store/journal.ts'
import { serviceApart } from './child.ts'
import type { Figure } from './figure.ts'
import { HandClock } from './handclock.ts'
import { Folder } from './house.ts'

const pollMs = 30_000
/** The first requests of a client make connections and warm code up. */
const warmUp = 20

const rules = `rules:
  - { id: turns, when: lock.taskPoints rises, then: [log: { title: Points, description: "{{ lock.taskPoints }}" }] }
  - { id: a, when: lock.timeRemainingSeconds < 1h, then: [log: a] }
  - { id: b, when: [lock.wearerLastSeenAgoSeconds > 40d, lock.frozen is false], then: [log: b] }
  - { id: c, when: lock.timeLockedSeconds > 900d, then: [log: c] }
  - { id: d, when: [lock.frozen is true, "time.clock between 22:00 and 06:00"], then: [log: d] }
  - { id: e, when: lock.taskAssigned is true, for: 2h, then: [log: e] }
  - { id: f, when: lock.lockTitle is Nothing, then: [log: f] }
  - { id: g, when: lock.unlockable is true, then: [log: g] }
  - { id: h, when: { any: [lock.role is wearer, lock.trusted is false] }, then: [log: h] }
  - { id: i, when: rule.turns.firedTimesToday > 100000, then: [log: i] }
`

/**
 * From the reading that makes one of ten rules true to the answer to what it sends, its row on disk before; against
 * the commit of as many bytes and the same request, by the same client to the same server.
 */
export async function reactionFigures({ rounds }: { rounds: number }): Promise<Figure[]> {
  const { service, url } = await serviceApart('--points')
  await using _ = service
  using folder = new Folder()
  const clock = new HandClock()
  const client = connect(
    services,
    { chastify: { baseUrl: url, token: new Secret('a'.repeat(30)) }, tracker: null },
    clock,
  )
  const seen = { read: 0, posted: 0, request: null as Request | null, bytes: 0, commits: 0 }
  let posted: (() => void) | null = null
  const send: Send = async (request, signal) => {
    const answer = await client(request, signal)
    if (!answer.ok) throw new Error(`the bench's service refused: ${answer.message}`)
    if (request.method === 'GET') seen.read = performance.now()
    else {
      seen.posted = performance.now()
      seen.request = request
      posted?.()
    }
    // The service's clock is not set forward along with ours.
    return { ...answer, serverTime: null }
  }
  using database = disposable(openDatabase(folder.folder('ours')))
  using other = disposable(openDatabase(folder.folder('base')))
  const stored = openJournal(database.of)
  const journal: Journal = {
    ...stored,
    commit(lock, from, change) {
      seen.commits++
      if (change.added.length > 0) seen.bytes = bytesOf(change)
      return stored.commit(lock, from, change)
    },
  }
  const compiled = compileRules([{ file: 'rules.yaml', text: rules }], { services, zone: 'UTC' }).rules
  if (!compiled) throw new Error('the rules of the bench are faulty')
  const ending = new AbortController()
  const order = {
    lock: 'main',
    mode: 'live',
    zone: 'UTC',
    limits: limitsOf([{ actions: null }], 'UTC'),
    services,
    polls: new Map([['chastify.session', { everyMs: pollMs }]] as const),
    expect: null,
    newLock: 'auto',
    stopped: false,
    run: 'run',
  } as const
  const unstored: LoopPorts['unstored'] = (is) => {
    throw new Error(is?.words)
  }
  const ports = { clock, journal, send, rules: () => compiled, order: () => order, observe: () => undefined, unstored }
  const loop = await startLoop('main', ports, ending.signal)
  const settled = async () => {
    while (loop.kept.rows.some(({ state }) => state === 'sending' || state === 'planned')) await rest(5)
    await rest(5)
  }
  await rest(100)
  other.of.exec('CREATE TABLE base (at INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT')
  const insert = other.of.prepare('INSERT INTO base (body) VALUES (?)')

  const figures = { ours: [] as number[], base: [] as number[] }
  for (let round = 0; round < warmUp + rounds; round++) {
    const commits = seen.commits
    const arrived = new Promise<void>((resolve) => {
      posted = resolve
    })
    clock.forward(2 * pollMs)
    await arrived
    const ours = seen.posted - seen.read
    await settled()
    if (seen.commits === commits) throw new Error('what was sent was not stored')
    if (!seen.request) throw new Error('nothing was sent')
    const body = 'x'.repeat(seen.bytes)
    const from = performance.now()
    insert.run(body)
    const answer = await client(seen.request)
    const base = performance.now() - from
    if (!answer.ok) throw new Error(answer.message)
    if (round < warmUp) continue
    figures.ours.push(ours)
    figures.base.push(base)
  }
  ending.abort()
  await loop.done
  return [
    {
      what: 'reading received → request sent and answered, row durable, 10 rules of which one turns',
      unit: 'ms',
      ...figures,
      baseline: 'one durable SQLite commit of as many bytes plus the same POST by the same warm client',
      compared: figures.ours.map((one, i) => one - (figures.base[i] ?? 0)),
      comparedUnit: 'ms more',
      wanted: { of: 'median', atMost: 1 },
    },
  ]
}

function bytesOf(change: Change): number {
  return JSON.stringify([change.head, change.memory, change.added, change.moved]).length
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function disposable(database: Database.Database): Disposable & { of: Database.Database } {
  return { of: database, [Symbol.dispose]: () => void database.close() }
}
