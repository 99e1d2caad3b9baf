import { expect, test } from 'vitest'
import { toldWithin } from '../../src/core/language/told.ts'
import type { Json } from '../../src/core/model/service.ts'

const agreed = { intensity: 40, pattern: ['pulse', 'wave'] }

test.each<[Json, unknown]>([
  [null, { told: null, note: '' }],
  [{}, { told: {}, note: '' }],
  [{ intensity: 40 }, { told: { intensity: 40 }, note: '' }],
  [
    { intensity: 41 },
    { told: { intensity: 40 }, note: 'intensity clamped from 41: limits.device.params.intensity is 40' },
  ],
  [
    { intensity: 0, pattern: 'wave' },
    { told: { intensity: 0, pattern: 'wave' }, note: '' },
  ],
  [{ pattern: 'shock' }, { refused: 'pattern is none of pulse, wave, as limits.device.params.pattern asks' }],
  [{ intensity: -1 }, { refused: expect.stringContaining('no number from 0 up') }],
  [{ intensity: '40' }, { refused: expect.stringContaining('no number from 0 up') }],
  [{ intensity: { of: 99 } }, { refused: expect.stringContaining('no number from 0 up') }],
  [{ seconds: 5 }, { refused: 'seconds is not among limits.device.params' }],
  [{ constructor: 5 }, { refused: 'constructor is not among limits.device.params' }],
  [[99], { refused: expect.stringContaining('no map') }],
  [99, { refused: expect.stringContaining('no map') }],
])('%j', (told, expected) => {
  expect(toldWithin(told, agreed)).toEqual(expected)
})

test('where nothing was named nothing may be said, and unlimited takes everything', () => {
  expect(toldWithin({ intensity: 1 }, {})).toHaveProperty('refused')
  expect(toldWithin([{ deep: 99 }], null)).toEqual({ told: [{ deep: 99 }], note: '' })
})
