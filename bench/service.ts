import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

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
 * Chastify as one small server in a process of its own, for as many made-up tokens as come: the second half of a
 * token is its lock. Each reading tells of one point more, and of time that runs.
 */
const started = Date.now()
const begun = performance.now()
let [polls, posts, points] = [0, 0, 0]
const lastRead = new Map<string, number>()
let longestMs = 0

const server = createServer((request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  if (request.method === 'GET') {
    const now = performance.now()
    polls++
    longestMs = Math.max(longestMs, now - (lastRead.get(token) ?? begun))
    lastRead.set(token, now)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(sessionOf(token)))
    return
  }
  request.resume().on('end', () => {
    posts++
    response.setHeader('content-type', 'application/json')
    response.end('{"ok":true,"data":{}}')
  })
})

function sessionOf(token: string): object {
  const seconds = Math.floor((Date.now() - started) / 1000)
  points++
  const lockData = {
    _id: token.slice(-24).padStart(24, '0'),
    frozen: false,
    unlockable: false,
    trusted: true,
    taskAssigned: false,
    timeLockedSeconds: 86_400 + seconds,
    timeRemainingSeconds: 10_000_000 - seconds,
    maxTimeRemainingSeconds: null,
    taskPoints: process.argv.includes('--points') ? points : 3,
    taskPointsRequired: 20,
    lockTitle: 'A lock',
    wearerUsername: 'alice',
    keyholderUsername: 'bob',
    wearerLastSeenTimestamp: started - 60_000,
    keyholderLastSeenTimestamp: null,
  }
  return { ok: true, data: { role: 'keyholder', scopes: ['session:read'], lockData } }
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
