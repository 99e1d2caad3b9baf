import { expect, test } from 'vitest'
import { areKnown, type Expect, notExpected } from '../../src/core/model/expect.ts'
import { type Fact, fixed, type Unknown, unknown } from '../../src/core/model/fact.ts'
import { Bench, rulesOf } from './bench.ts'

const both = { wearer: 'alice', keyholder: 'carol' }
const factsOf = (wearer: string | Unknown | null, keyholder: string | Unknown | null) => {
  const fact = (value: string | null): Fact =>
    value === 'null' || value === 'stale' || value === 'unreadable' ? unknown(value, 0) : fixed(value, 0)
  return new Map([
    ['lock.wearerUsername', fact(wearer)],
    ['lock.keyholderUsername', fact(keyholder)],
  ])
}

test.each<[Expect | null, Parameters<typeof factsOf>, string | null, boolean]>([
  [null, ['bob', 'null'], null, true],
  [both, ['alice', 'carol'], null, true],
  [both, ['bob', 'carol'], 'wearer', true],
  [both, ['alice', 'dave'], 'keyholder', true],
  [both, ['alice', 'null'], 'keyholder', false],
  [both, ['alice', 'stale'], null, false],
  [both, ['stale', 'dave'], 'keyholder', false],
  [{ wearer: 'alice' }, ['alice', 'dave'], null, true],
  [{ keyholder: 'carol' }, ['bob', 'carol'], null, true],
  [{ keyholder: 'carol' }, ['bob', 'unreadable'], 'keyholder', false],
])('%j of %j', (expected, people, other, known) => {
  expect(notExpected(factsOf(...people), expected)).toBe(other)
  expect(areKnown(factsOf(...people), expected)).toBe(known)
})

test('a lock that comes under another keyholder is not acted on any more', async () => {
  const rules = rulesOf('rules:\n  - { id: r, when: lock.taskPoints rises, then: [{ add_time: 10m }] }\n')
  const b = new Bench(rules, { start: '10:00', order: { expect: { keyholder: 'carol' } } })
  b.world.set({ keyholderUsername: 'carol' } as never)
  await b.until('10:10')
  b.world.set({ taskPoints: 1 })
  await b.until('10:20')
  expect(b.sent).toEqual(['add_time 600'])
  b.world.set({ keyholderUsername: 'dave' } as never)
  await b.until('10:30')
  b.world.set({ taskPoints: 2 })
  await b.until('10:40')
  expect(b.sent).toHaveLength(1)
  expect(b.last?.standstill).toBe('not the expected keyholder')
})
