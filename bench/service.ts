import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type Account, createAccount, sessionBody, startLock } from '../src/services/chastify/simulated/account.ts'
import { answer } from '../src/services/chastify/simulated/routes.ts'

/** What is asked of the service by its parent. */
export type Ask = 'begin' | 'tell'

/** What it has seen since it was last told to begin. */
export interface Tally {
  polls: number
  /** Locks that were read at least once. */
  locks: number
  /** The longest that a lock waited for its next reading, milliseconds; the time up to now counts. */
  longestMs: number
  posts: number
}

/**
 * Chastify, simulated, as one small server in a process of its own, for as many made-up tokens as come: the second half
 * of a token is its lock. With `--points` each reading tells of one point more.
 */
const started = Date.now()
const begun = performance.now()
let [polls, posts, points] = [0, 0, 0]
const lastRead = new Map<string, number>()
const accounts = new Map<string, Account>()
let longestMs = 0

const server = createServer((request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  const account = accountOf(token)
  const tell = (body: object): void => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ok: true, data: body }))
  }
  if (request.method === 'GET') {
    const now = performance.now()
    polls++
    longestMs = Math.max(longestMs, now - (lastRead.get(token) ?? begun))
    lastRead.set(token, now)
    points++
    if (account.lock && process.argv.includes('--points')) account.lock.plain.taskPoints = points
    return tell(sessionBody(account, Date.now()))
  }
  json(request).then((body) => {
    posts++
    const path = request.url ?? ''
    tell(answer(account, { at: Date.now(), method: 'POST', path, body, lockId: null }).body)
  })
})

function accountOf(token: string): Account {
  const known = accounts.get(token)
  if (known) return known
  const account = createAccount('keyholder', ['session:read'])
  const lock = {
    timeLockedSeconds: 86_400,
    timeRemainingSeconds: 10_000_000,
    maxTimeRemainingSeconds: null,
    taskPoints: 3,
    taskPointsRequired: 20,
    keyholderLastSeenTimestamp: null,
  }
  startLock(account, token.slice(-24).padStart(24, '0'), lock, started)
  accounts.set(token, account)
  return account
}

server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', 4096, () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', (ask: Ask) => {
  const now = performance.now()
  if (ask === 'begin') {
    ;[polls, posts, longestMs] = [0, 0, 0]
    return
  }
  const waits = [...lastRead.values()].map((last) => now - last)
  const longest = waits.reduce((most, one) => Math.max(most, one), longestMs)
  process.send?.({ polls, locks: lastRead.size, longestMs: longest, posts } satisfies Tally)
})
process.on('disconnect', () => process.exit())
