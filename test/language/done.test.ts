import { describe, expect, test } from 'vitest'
import { withDerived } from '../../src/core/facts/gather.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { Bench, moment } from '../core/bench.ts'
import { differences, rulesOf } from '../replay/support.ts'

const rules = rulesOf(
  `rules:
  - { id: add, when: lock.taskPoints rises, then: [add_time: 40m] }
  - { id: more, when: lock.taskPoints rises, limit: 1 per day, then: [add_time: 5m, remove_time: 3m, task.assign: Write] }
  - id: told
    at: ["12:00", "13:00"]
    then:
      - log:
          title: Sums
          description: >-
            {{ done.addedTodaySeconds | duration }}, {{ done.addedThisLockSeconds | duration }},
            {{ rule.more.addedTodaySeconds | duration }}, {{ done.removedTodaySeconds | duration }}, {{ done.tasksToday }}
`,
)

const facts =
  'facts: { lock.taskPoints: 0, lock.frozen: false, lock.timeRemainingSeconds: 2d, lock.taskAssigned: false }'
const points = (...at: string[]) =>
  `then: [${at.map((one, i) => `{ at: "${one}", facts: { lock.taskPoints: ${i + 1} } }`).join(', ')}]`
const log = (at: string, text: string) => `  - { at: "${at}", rule: told, do: [log: { description: "${text}" }] }`

describe('sums of what was done', () => {
  test('what was granted, of all rules and of one, by day and by lock', async () => {
    const story = `${facts}
limits: { add_time: { each: 30m } }
${points('09:00', '09:30', '2026-03-01 09:00')}
expect:
  - { at: "09:00", rule: add, do: [add_time: 30m] }
  - { at: "09:00", rule: more, do: [add_time: 5m, remove_time: 3m, task.assign] }
  - { at: "09:30", rule: add, do: [add_time: 30m] }
${log('12:00', '1 h 5 min, 1 h 5 min, 5 min, 3 min, 1')}
${log('13:00', '1 h 5 min, 1 h 5 min, 5 min, 3 min, 1')}
  - { at: "2026-03-01 09:00", rule: add, do: [add_time: 30m] }
  - { at: "2026-03-01 09:00", rule: more, do: [add_time: 5m, remove_time: 3m] }
${log('2026-03-01 12:00', '35 min, 1 h 40 min, 5 min, 3 min, 0')}
${log('2026-03-01 13:00', '35 min, 1 h 40 min, 5 min, 3 min, 0')}
until: "2026-03-01 14:00"`
    expect(await differences(story, rules)).toEqual([])
  })

  test('not what was refused or rejected', async () => {
    const story = `${facts}
then: [{ at: "08:30", fails: add_time }, { at: "09:00", facts: { lock.taskPoints: 1 } }]
expect:
  - { at: "09:00", rule: add, do: [add_time: 40m] }
  - { at: "09:00", rule: more, do: [add_time: 5m] }
${log('12:00', '0 s, 0 s, 0 s, 0 s, 0')}
until: "12:30"`
    expect(await differences(story, rules)).toEqual([])
  })

  test('a rule that waits for one sees it turn, and midnight take it back', async () => {
    const b = new Bench(
      rulesOf(`rules:
  - { id: add, when: lock.taskPoints rises, then: [add_time: 40m] }
  - { id: enough, when: done.addedTodaySeconds >= 1h, then: [log: Enough] }
`),
    )
    await b.until('10:01')
    for (const taskPoints of [6, 7]) {
      b.world.set({ taskPoints })
      await b.until(`10:0${taskPoints - 3}`)
    }
    await b.until('10:10')
    expect(b.sent.filter((one) => one.startsWith('log'))).toEqual(['log Enough'])
    const at = (now: number) =>
      withDerived(new Map(), {
        order: b.order,
        passing: nothingSeen,
        rules: b.rules,
        kept: b.kept,
        firings: new Map(),
        session: b.kept.session ?? '',
        now,
      }).get('done.addedTodaySeconds')
    expect(at(moment('10:10'))).toMatchObject({ value: 4800, turnsAt: moment('2026-03-03 00:00') })
    expect(at(moment('2026-03-03 00:00'))).toMatchObject({ value: 0 })
  })
})
