import { expect, test } from 'vitest'
import type { Line, Look, Recorded, RecordedLine } from '../../src/core/reading/recorded.ts'
import { showCourse } from '../../src/views/timeline.ts'

const minute = 60_000

function look(minutes: number, trouble: Look['trouble'] = null): Look {
  return { asked: minutes * minute, answered: minutes * minute, intervalMs: minute, trouble }
}

function recorded(looks: Look[], lines: Record<string, RecordedLine[]>): Recorded {
  const known = new Map(Object.entries(lines))
  return {
    looks: new Map([['chastify.session', looks]]),
    lines: new Map([['chastify.session', known]]),
    presses: [],
    begun: [],
  }
}

function running(minutes: number, seconds: number): RecordedLine {
  const at = minutes * minute
  return { at, line: { known: true, value: seconds, since: at, pace: -1, runs: -1 } }
}

const fixed = (minutes: number, value: boolean): RecordedLine => {
  const line: Line = { known: true, value, since: minutes * minute, pace: 0, runs: 0 }
  return { at: minutes * minute, line }
}

const remaining = 'lock.timeRemainingSeconds'
const every = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => look(from + i))

test('a line runs down, and jumps where somebody changed it', () => {
  const past = recorded(every(0, 10), { [remaining]: [running(0, 3600), running(5, 6000)] })
  expect(showCourse(past, 'chastify.session', 0, 10 * minute)).toEqual({
    remaining: [
      [
        [0, 3600],
        [5 * minute, 3300],
        [5 * minute, 6000],
        [10 * minute, 5700],
      ],
    ],
    frozen: [],
    gaps: [],
  })
})

test('what has run down stays at its end', () => {
  const past = recorded(every(0, 10), { [remaining]: [running(0, 120)] })
  expect(showCourse(past, 'chastify.session', 0, 10 * minute).remaining).toEqual([
    [
      [0, 120],
      [2 * minute, 0],
      [10 * minute, 0],
    ],
  ])
})

test('a time without good readings is a gap, in which nothing is drawn', () => {
  const failed = [look(4, 'unreachable'), look(5, 'unreachable')]
  const past = recorded([...every(0, 3), ...failed, ...every(9, 12)], { [remaining]: [running(0, 3600)] })
  const { gaps, remaining: lines } = showCourse(past, 'chastify.session', 0, 12 * minute)
  expect(gaps).toEqual([{ from: 3 * minute, to: 9 * minute }])
  expect(lines.map((line) => [line[0]?.[0], line.at(-1)?.[0]])).toEqual([
    [0, 3 * minute],
    [9 * minute, 12 * minute],
  ])
})

test('only the time that was asked for is told, frozen stretches included', () => {
  const past = recorded(every(0, 10), {
    [remaining]: [running(0, 3600)],
    'lock.frozen': [fixed(0, false), fixed(2, true), fixed(8, false)],
  })
  const course = showCourse(past, 'chastify.session', 4 * minute, 6 * minute)
  expect(course.frozen).toEqual([{ from: 4 * minute, to: 6 * minute }])
  expect(course.remaining).toEqual([
    [
      [4 * minute, 3360],
      [6 * minute, 3240],
    ],
  ])
})
