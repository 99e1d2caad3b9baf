// What `check` says of the worst that rules and limits come to.
import { expect, test } from 'vitest'
import { say } from '../check/support.ts'
import { folderWith } from '../config/files.ts'

const config = `version: 1
timezone: Europe/Berlin
locks:
  main:
    chastify: { token: a-token }
  other:
    chastify: { token: another }
    limits: { add_time: { per_lock: 20m } }
limits: { allow: [add_time] }
`
const rules = `rules:
  - id: one
    at: "09:00"
    limit: 5 per lock
    then: [{ add_time: 10m }]
`
const files = { 'config.yaml': config, 'rules/a.yaml': rules }

test('both worst cases, for each lock by its own limits', async () => {
  const { code, out } = await say(['check'], await folderWith(files))
  expect(code).toBe(0)
  const told = out.flatMap((line, i) => (line.includes('worst case') ? [[line, ...out.slice(i + 1, i + 4)]] : []))
  expect(told).toEqual([
    [
      'main: worst case under these rules',
      '  on a calendar day: at most 10 min added',
      '  in a week from Monday: at most 50 min added',
      '  on this lock in all: at most 50 min added',
    ],
    [
      'main: worst case under any rules these limits allow',
      '  on a calendar day: at most 3 h added',
      '  in a week from Monday: at most 21 h added',
      '  on this lock in all: at most 3 d added',
    ],
    [
      'other: worst case under these rules',
      '  on a calendar day: at most 10 min added',
      '  in a week from Monday: at most 20 min added',
      '  on this lock in all: at most 20 min added',
    ],
    [
      'other: worst case under any rules these limits allow',
      '  on a calendar day: at most 20 min added',
      '  in a week from Monday: at most 20 min added',
      '  on this lock in all: at most 20 min added',
    ],
  ])
})

test('as JSON, null where nothing bounds it', async () => {
  const { out } = await say(['check', '--json'], await folderWith({ ...files, 'rules/a.yaml': 'rules: []\n' }))
  const { worst } = JSON.parse(out.join('\n')) as { worst: Record<string, unknown> }
  expect(worst.main).toMatchObject({
    underTheseRules: { day: {}, week: {}, lock: {} },
    underAnyRules: { day: { add_time: { seconds: 10_800 } }, lock: { add_time: { times: null, seconds: 259_200 } } },
  })
})

test('nothing is promised of what is at fault', async () => {
  const faulty = await folderWith({ ...files, 'rules/a.yaml': rules.replace('10m', 'lots') })
  expect((await say(['check'], faulty)).out.join('\n')).not.toContain('worst case')
  expect(JSON.parse((await say(['check', '--json'], faulty)).out.join('\n'))).toMatchObject({ ok: false, worst: {} })
})
