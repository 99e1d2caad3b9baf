// What the log tells of a step, where it could say what is not so.
import { expect, test } from 'vitest'
import { unseen } from '../../src/core/model/health.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import type { Step } from '../../src/core/step.ts'
import { services } from '../../src/services/index.ts'
import { tell } from '../../src/views/story.ts'

const now = Date.parse('2026-03-02T10:00:00Z')

/** What is said of a service that does not answer, and is asked again at a moment. */
function said(notBefore: number | null): string[] {
  const ill = { ...unseen, healthy: false, failures: 1, trouble: 'timeout' as const, message: 'no answer', notBefore }
  const kept = emptyKept('run')
  const step: Step = {
    kept,
    changed: [],
    passing: { ...nothingSeen, health: { chastify: ill } },
    decisions: [],
    standstill: null,
    wake: { at: now, because: 'a poll' } as never,
  }
  const before = { kept, passing: nothingSeen, standstill: null }
  return tell(step, before, [], { now, zone: 'UTC', services }).map(({ text }) => text)
}

test.each([
  [now + 90_000, '1 min 30 s'],
  [now, '0 s'],
  [now - 600, '0 s'],
  [now - 90_000, '0 s'],
  [null, '0 s'],
])('a wait is never negative: %s', (notBefore, words) => {
  expect(said(notBefore)).toEqual([`chastify: no answer (timeout); next try in ${words}`])
})
