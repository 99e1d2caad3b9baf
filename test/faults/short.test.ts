// The promise in small: the real daemon against the real sandbox, with the faults that matter most.
import { describe, test } from 'vitest'
import { callOf } from './calls.ts'
import { endings } from './endings.ts'
import { killLane } from './kills.ts'
import { lags } from './lags.ts'
import { strike } from './matrix.ts'
import { meet, meetings } from './others.ts'
import { wrongIn } from './report.ts'
import { storage } from './storage.ts'
import { strokeOf } from './strokes.ts'
import { hold } from './trials.ts'

const lost = [
  ...['drop after', '500 after', 'hang after', 'body stalls after'],
  ...['drop before', '500 before', 'body stalls before', 'error in a 200 before', 'late, in time'],
]
const kills = [
  { lane: ['luck', 'add_time'], aims: ['answer', 'not-applied', 'not-sent'] },
  { lane: ['add_time', 'log'], aims: ['arrival', 'write', 'unknown'] },
] as const
const met = /^(adds time|ends the lock and|tries luck just)/
const tried =
  /in the middle of a list|3 s late|answered slowly|on one folder|newer|rubbish|read-only|does not|then put back/

describe.concurrent('exactly once', () => {
  test.for(kills)('kill -9 in a list of $lane', async ({ lane, aims }, { expect }) => {
    const { lines } = await killLane(lane, aims.length, 1, aims)
    expect(wrongIn(lines)).toEqual([])
  })

  test.for(['add_time', 'freeze', 'task.assign', 'luck', 'session.start'])(
    '%s: what arrived is read back and sent once, what did not is sent again and happens once',
    async (name, { expect }) => {
      const lines = await strike(lost.map((stroke) => ({ call: callOf(name), stroke: strokeOf(stroke) })))
      expect(wrongIn(lines)).toEqual([])
      expect(lines.map(({ stroke, state, sent, happened }) => [stroke, state, sent, happened])).toEqual(
        lost.map((stroke) => [stroke, 'applied', strokeOf(stroke).lands === 'never' ? 2 : 1, 1]),
      )
    },
  )

  test.for(meetings.filter(({ name }) => met.test(name)))(
    '$call, done: $done, while somebody $name',
    async (meeting, { expect }) => {
      expect(wrongIn([await meet(meeting)])).toEqual([])
    },
  )

  test.for([...storage, ...endings, ...lags].filter(({ name }) => tried.test(name)))(
    '$name',
    async (trial, { expect }) => {
      expect(wrongIn([await hold('trial', trial)])).toEqual([])
    },
  )
})
