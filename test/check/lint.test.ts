// Each lint with what it is for, and with a near miss that it has to leave alone.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { limitsOf, type WrittenLimits } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { lint, type Surroundings } from '../../src/core/language/lint.ts'
import type { Lack } from '../../src/core/model/lack.ts'
import { noRules } from '../../src/core/model/rule.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { checkWith } from './support.ts'

const now = Date.UTC(2026, 0, 15, 12)
const nothingKnown: Surroundings = { limits: null, lacks: null, tested: null, now, zone: 'UTC' }

const lackOf = (as: 'owner' | 'dom', token: string): Lack => ({ service: 'tracker', as, token })

function lintsOf(text: string, around: Partial<Surroundings> = {}): string[] {
  const { rules, faults } = compileRules([{ file: 'f', text }], { services, zone: 'UTC' })
  if (!rules) throw new Error(faults.map(faultLine).join('\n'))
  return lint(rules, { ...nothingKnown, ...around }).map((fault) => {
    expect(fault.severity).toBe('lint')
    return faultLine(fault).slice('f:'.length)
  })
}

/** A rule whose condition begins at 3:11, whose first action stands at 4:12. */
function rule(when: string, then = 'unfreeze', more = ''): string {
  return `rules:\n  - id: one\n    when: ${when}\n    then: [${then}]\n${more === '' ? '' : `    ${more}\n`}`
}

const allowing = (written: WrittenLimits) => ({ limits: limitsOf([written], 'UTC') })
const standard = allowing({})

test.each([
  ['"0 9 29 2 *"', '5:9: lint: "0 9 29 2 *": this comes only on 29 February, in leap years'],
  ['["09:00", "0 9 * 2 mon#5"]', '5:9: lint: "0 9 * 2 mon#5": this comes only on 29 February, in leap years'],
  ['"0 9 29 * *"', null],
  ['"0 9 28,29 2 *"', null],
])('at: %s', (at, expected) => {
  expect(lintsOf(rule('lock.frozen is true', 'unfreeze', `at: ${at}`))).toEqual(expected === null ? [] : [expected])
})

describe('moments that the rule’s own conditions never let be', () => {
  const timed = (at: string, when: string, more = '') =>
    `rules:\n  - id: one\n    at: ${at}\n${when === '' ? '' : `    when: ${when}\n`}    then: [unfreeze]\n${more}`

  test.each([
    ['"10:00"', 'time.clock between 20:00 and 22:00'],
    ['"10:00"', '[lock.frozen is true, time.clock between 20:00 and 22:00]'],
    ['"22:00"', 'time.clock between 20:00 and 22:00'],
    ['mon-fri 10:00', 'time.weekday in sat, sun'],
    ['sat 10:00', 'time.clock between 09:00 and 17:00 on mon-fri'],
    ['mon-fri 10:00', '{ not: time.clock between 09:00 and 17:00 on mon-fri }'],
    ['24 dec 18:00', 'time.month in 1, 2'],
    ['first mon 09:00', 'time.day > 7'],
    ['every 90m 09:00-18:00', 'time.clock between 20:00 and 22:00'],
    ['random 09:00-18:00', 'time.clock between 20:00 and 22:00'],
    ['random 22:00-02:00', 'time.clock between 03:00 and 05:00'],
    ['"0 9 1 * *"', 'time.day is 2'],
  ])('at %s when %s', (at, when) => {
    const lints = lintsOf(timed(at, when))
    expect(lints).toHaveLength(1)
    expect(lints[0]).toMatch(/^3:9: lint: nothing comes of /)
  })

  test('in only_if, too, and each of several moments by itself', () => {
    const only = 'time.clock between 20:00 and 22:00'
    expect(lintsOf(timed('["10:00", "21:00"]', '', `    only_if: ${only}\n`))).toEqual([
      `3:9: lint: nothing comes of "10:00": at no such moment can "${only}" in only_if be true`,
    ])
  })

  test.each([
    ['"20:00"', 'time.clock between 20:00 and 22:00'],
    // It may be looked at so late.
    ['"19:57"', 'time.clock between 20:00 and 22:00'],
    ['"10:00"', '{ any: [lock.frozen is true, time.clock between 20:00 and 22:00] }'],
    ['"23:00"', 'time.clock between 22:00 and 06:00 on sun-thu'],
    ['sat 01:00', 'time.clock between 22:00 and 06:00 on fri'],
    ['random 09:00-20:01', 'time.clock between 20:00 and 22:00'],
    ['random 22:00-02:00', 'time.clock between 01:00 and 05:00'],
    ['random every 6h-18h', 'time.clock between 20:00 and 22:00'],
    ['every 90m 09:00-21:00', 'time.clock between 20:00 and 22:00'],
    ['"10:00"', 'time.date is 2031-01-01'],
    ['"0 */2 * * *"', 'time.clock between 20:00 and 22:00'],
  ])('but not at %s when %s', (at, when) => {
    expect(lintsOf(timed(at, when))).toEqual([])
  })
})

describe('when and only_if that are never true together', () => {
  test.each([
    ['lock.wearerLastSeenAgoSeconds > 5d', 'lock.wearerLastSeenAgoSeconds < 1d'],
    ['[lock.frozen is true, lock.active is true]', 'lock.frozen is false'],
    ['time.clock between 09:00 and 17:00', 'time.clock between 20:00 and 22:00'],
  ])('%s, only_if %s', (when, only) => {
    const lints = lintsOf(rule(when, 'log: x', `only_if: [${only}, lock.wearerLastSeenAgoSeconds is known]`))
    expect(lints).toEqual(['5:5: lint: this is never true together with "when": the rule never fires'])
  })

  test.each([
    ['lock.wearerLastSeenAgoSeconds > 5d', 'lock.wearerLastSeenAgoSeconds < 6d'],
    ['lock.taskAssigned becomes false', 'lock.taskAssigned is true'],
    ['lock.wearerLastSeenAgoSeconds > 5d', 'lock.keyholderLastSeenAgoSeconds < 1d'],
  ])('but not %s, only_if %s', (when, only) => {
    const known = '[lock.wearerLastSeenAgoSeconds is known, lock.keyholderLastSeenAgoSeconds is known'
    expect(lintsOf(rule(when, 'log: x', `only_if: ${known}, ${only}]`))).toEqual([])
  })
})

describe('an age where a count of the day is meant, or of what may never have been', () => {
  const file = (when: string, more = '') =>
    `inputs: { checkin: { type: button }, vacation: { type: switch } }\n${rule(when, 'unfreeze', more).replace('rules:\n', `rules:\n  - { id: ask, at: "09:00", then: [unfreeze] }\n`)}`

  test.each([
    ['input.checkin.agoSeconds < 1d', '', 'pressedToday is true'],
    ['input.checkin.agoSeconds <= 24h', '', 'pressedToday is true'],
    ['input.checkin.agoSeconds > 20h', 'at: "20:00"', 'pressedToday is false'],
    ['rule.ask.lastFiredAgoSeconds > 10m', '', 'firedTimesThisLock >= 1'],
    ['[rule.ask.lastFiredAgoSeconds >= 10m, rule.one.firedTimesToday < 9]', '', 'firedTimesThisLock >= 1'],
  ])('%s %s', (when, more, hint) => {
    const lints = lintsOf(file(when, more))
    expect(lints).toHaveLength(1)
    expect(lints[0]).toMatch(/^5:1\d: lint: /)
    expect(lints[0]).toContain(hint)
  })

  test.each([
    ['input.checkin.agoSeconds < 12h', ''],
    ['input.checkin.agoSeconds < 2d', ''],
    ['input.checkin.agoSeconds > 1d', ''],
    ['input.checkin.agoSeconds > 2h', 'at: "20:00"'],
    ['input.vacation.agoSeconds < 1d', ''],
    ['input.checkin.pressedToday is true', ''],
    ['rule.ask.lastFiredAgoSeconds < 10m', ''],
    ['[rule.ask.lastFiredAgoSeconds > 10m, rule.ask.firedTimesToday >= 1]', ''],
    ['[rule.ask.lastFiredAgoSeconds > 10m, rule.ask.lastFiredAgoSeconds is known]', ''],
    ['{ any: [rule.ask.lastFiredAgoSeconds > 7d, rule.ask.firedTimesThisLock is 0] }', ''],
  ])('but not %s %s', (when, more) => {
    expect(lintsOf(file(when, more))).toEqual([])
  })
})

describe('a condition that can never be true', () => {
  test.each([
    ['lock.timeRemainingSeconds between 2h and 1h', '3:11'],
    ['lock.timeRemainingSeconds < 0', '3:11'],
    ['time.clock >= 24:00', '3:11'],
    ['time.clock is 24:00', '3:11'],
    ['time.clock between 09:00 and 09:00', '3:11'],
    ['time.weekday < mon', '3:11'],
    ['[lock.timeRemainingSeconds < 1h, lock.timeRemainingSeconds > 2h]', '3:44'],
    ['[lock.timeRemainingSeconds < 1h, lock.timeRemainingSeconds >= 1h]', '3:44'],
    ['[lock.taskPoints < 1, lock.taskPoints > 1]', '3:33'],
    ['[lock.frozen is true, lock.frozen is false]', '3:33'],
    ['[lock.frozen is true, lock.active is true, { all: [lock.frozen is not true] }]', '3:62'],
    ['[lock.role is wearer, lock.role is keyholder]', '3:33'],
    ['{ all: [lock.role is wearer, "lock.role not in wearer, keyholder"] }', '3:40'],
    ['[time.date > 2026-02-01, time.date < 2026-01-01]', '3:36'],
    ['[time.weekday in sat, time.weekday between mon and fri]', '3:33'],
    ['[lock.wearerLastSeenTimestamp < 2026-01-01, lock.wearerLastSeenTimestamp > 2026-02-01]', '3:55'],
  ])('%s', (when, place) => {
    const lints = lintsOf(rule(when))
    expect(lints).toHaveLength(1)
    expect(lints[0]).toMatch(new RegExp(`^${place}: lint: .*never`))
  })

  test('as a whole, where no two of its leaves say so', () => {
    const when =
      '{ all: [ { any: [lock.frozen is true, lock.taskAssigned is true] }, lock.frozen is false, lock.taskAssigned is false ] }'
    expect(lintsOf(rule(when))).toEqual(['3:11: lint: this can never be true as a whole: the rule never fires'])
  })

  test.each([
    'lock.timeRemainingSeconds between 1h and 2h',
    'lock.timeRemainingSeconds between 1h and 1h',
    'lock.timeRemainingSeconds <= 0',
    'time.clock between 22:00 and 06:00',
    'time.clock between 20:00 and 24:00',
    'time.weekday between fri and mon',
    'time.week between sun 18:00 and mon 06:00',
    '[lock.timeRemainingSeconds > 1h, lock.timeRemainingSeconds < 2h]',
    '[lock.timeRemainingSeconds >= 1h, lock.timeRemainingSeconds <= 1h]',
    '[lock.taskPoints > 1, lock.taskPoints < 2]',
    '{ any: [lock.frozen is true, lock.unlockable is true] }',
    '[lock.frozen is true, { not: lock.unlockable is true }]',
    '[lock.lockTitle contains a, lock.lockTitle contains b, lock.lockTitle not contains c]',
    '[lock.scopes contains read, lock.scopes contains write]',
    '[lock.frozen becomes true, lock.frozen is true]',
    '[lock.timeRemainingSeconds > tracker.lockedSeconds, lock.timeRemainingSeconds < 1h]',
    '[lock.wearerLastSeenAgoSeconds is known, lock.wearerLastSeenAgoSeconds > 1h]',
    '{ any: [lock.wearerLastSeenAgoSeconds is unknown, lock.wearerLastSeenAgoSeconds > 1h] }',
    '[time.clock between 22:00 and 06:00, time.clock < 01:00]',
    '[time.date >= 2026-01-01, time.date <= 2026-01-01]',
  ])('not %s', (when) => {
    expect(lintsOf(rule(when, 'log: x'))).toEqual([])
  })
})

describe('a condition that is always true', () => {
  test.each([
    ['lock.timeRemainingSeconds >= 0', '3:11'],
    ['time.clock < 24:00', '3:11'],
    ['time.weekday between mon and sun', '3:11'],
    ['{ any: [lock.timeRemainingSeconds < 2h, lock.timeRemainingSeconds > 1h] }', '3:51'],
    ['{ any: [lock.frozen is true, lock.frozen is false] }', '3:40'],
    ['{ any: [lock.frozen is known, lock.frozen is unknown] }', '3:41'],
  ])('%s', (when, place) => {
    const lints = lintsOf(rule(when))
    expect(lints).toHaveLength(1)
    expect(lints[0]).toMatch(new RegExp(`^${place}: lint: .*always true`))
  })

  test.each([
    '{ any: [lock.timeRemainingSeconds < 1h, lock.timeRemainingSeconds > 1h] }',
    '{ any: [lock.frozen is true, lock.unlockable is true] }',
    'time.weekday between mon and sat',
    'lock.active is known',
  ])('not %s', (when) => {
    expect(lintsOf(rule(when))).toEqual([])
  })
})

test('what stands in a group twice', () => {
  expect(lintsOf(rule('[lock.frozen is true, lock.active is true, lock.frozen is yes]'))).toEqual([
    '3:54: lint: "lock.frozen is yes" stands here twice; keep one of them',
  ])
  expect(
    lintsOf(
      rule('{ any: [ [lock.frozen is true, lock.active is true], [lock.frozen is true, lock.role is wearer] ] }'),
    ),
  ).toEqual([])
})

describe('only_if', () => {
  const asked = (onlyIf: string) => lintsOf(rule('lock.frozen is true', 'unfreeze', `only_if: ${onlyIf}`))

  test.each([
    ['lock.wearerLastSeenAgoSeconds > 1h', 'unknown if they hide it'],
    ['lock.keyholderUsername is not bob', 'unknown without one'],
    ['lock.frozenBy is not other', 'unknown while it is not frozen'],
  ])('%s drops every firing where the fact is not known', (onlyIf, why) => {
    const [only, ...more] = asked(onlyIf)
    expect(more).toEqual([])
    expect(only).toMatch(new RegExp(`^5:14: lint: \\S+ is ${why}, and then every firing is dropped; say "`))
  })

  test.each([
    'lock.frozenBy is other',
    'lock.taskPoints > 5',
    '{ any: [lock.wearerLastSeenAgoSeconds > 1h, lock.wearerLastSeenAgoSeconds is unknown] }',
    '[lock.wearerLastSeenAgoSeconds is known, lock.wearerLastSeenAgoSeconds > 1h]',
    'time.clock between 22:00 and 06:00',
  ])('%s says what is meant', (onlyIf) => {
    expect(asked(onlyIf)).toEqual([])
  })

  test('of a whole file is told once', () => {
    const text = `only_if: lock.wearerLastSeenAgoSeconds > 1h\n${rule('lock.frozen is true')}  - { id: two, when: lock.active is true, then: [unfreeze] }\n`
    expect(lintsOf(text)).toEqual([expect.stringMatching(/^1:10: lint: /)])
  })

  test('in "when", the unknown starts and ends nothing, and that is what is wanted', () => {
    expect(lintsOf(rule('lock.wearerLastSeenAgoSeconds > 1h', 'log: x'))).toEqual([])
  })

  test('is looked at for what can never be true, too', () => {
    expect(asked('[lock.active is true, lock.active is false]')).toEqual([
      expect.stringMatching(/^5:36: lint: .* is never true together with /),
    ])
  })
})

describe('a rule that needs a tracker', () => {
  const without = { lacks: [lackOf('owner', 'tracker.token')] }

  test.each([
    'tracker.locked is true',
    '[lock.frozen is true, tracker.locked is true]',
    '{ not: tracker.locked is true }',
    '{ any: [tracker.locked is true, tracker.lockedSeconds > 1h] }',
    'tracker.locked changes',
    'lock.timeRemainingSeconds > tracker.lockedSeconds',
  ])('%s', (when) => {
    expect(lintsOf(rule(when), without)).toEqual([
      expect.stringMatching(/^3:\d+: lint: 1 rule can never fire, since the config names no tracker: one$/),
    ])
    expect(lintsOf(rule(when), { lacks: [] })).toEqual([])
    expect(lintsOf(rule(when))).toEqual([])
  })

  test.each([
    '{ any: [tracker.locked is true, lock.frozen is true] }',
    'tracker.locked is unknown',
    'lock.frozen is true',
  ])('not %s', (when) => {
    expect(lintsOf(rule(when), without)).toEqual([])
  })

  test('several are told in one line, those that are off are not', () => {
    const text = ['a', 'b', 'c'].map(
      (id) => `  - { id: ${id}, enabled: ${id !== 'b'}, when: tracker.locked is true, then: [unfreeze] }\n`,
    )
    expect(lintsOf(`rules:\n${text.join('')}`, without)).toEqual([
      '2:35: lint: 2 rules can never fire, since the config names no tracker: a, c',
    ])
  })

  test('in only_if', () => {
    const text = rule('lock.frozen is true', 'unfreeze', 'only_if: tracker.locked is true')
    expect(lintsOf(text, without)).toEqual([expect.stringMatching(/^5:14: lint: 1 rule can never fire/)])
  })
})

describe('what the limits make of an action', () => {
  test.each([
    ['pillory: 15m', '4:12: lint: pillory is always refused: pillory is not among limits.allow'],
    ['add_time: 2h', '4:12: lint: add_time is clamped to 1 h: limits.add_time.each; it asks for 2 h'],
    ['apply_time: 2h', '4:12: lint: apply_time is clamped to 1 h: limits.add_time.each'],
    ['remove_time: 3h', '4:12: lint: remove_time is clamped to 2 h'],
    ['add_time: { between: [10m, 2h] }', '4:12: lint: add_time is clamped to 1 h'],
    ['freeze: 11h', '4:12: lint: freeze is clamped to 10 h'],
    ['{ draw: [ { then: [] }, { then: [pillory: 15m] } ] }', '4:45: lint: pillory is always refused'],
    [
      'tracker.game: { game: link, as: public, type: add }',
      '4:12: lint: tracker.game is always refused: tracker.game.link',
    ],
  ])('%s', (then, line) => {
    const lints = lintsOf(rule('lock.frozen is true', then), standard)
    expect(lints[0] ?? '').toContain(line)
    expect(lints).toHaveLength(1)
  })

  test.each([
    'add_time: 1h',
    'remove_time: 2h',
    'freeze: 10h',
    'freeze: { until: "07:00" }',
    'log: hi',
    'unfreeze',
    'tracker.game: dice',
  ])('not %s', (then) => {
    expect(lintsOf(rule('lock.frozen is true', then), standard)).toEqual([])
    expect(lintsOf(rule('lock.frozen is true', then))).toEqual([])
  })

  test('the tightest of them is told, and what leaves nothing refuses', () => {
    const then = (written: WrittenLimits, action: string) =>
      lintsOf(rule('lock.frozen is true', action), allowing(written))
    expect(then({ add_time: { each: 2 * 3600, per_day: 1800 } }, 'add_time: 1h')[0]).toContain(
      'limits.add_time.per_day',
    )
    expect(then({ freeze: { each: 30 } }, 'freeze: 1h')[0]).toContain(
      'freeze is always refused: limits.freeze.each is 30 s',
    )
    expect(then({ game: { times_per_day: 0 } }, 'tracker.game: dice')[0]).toContain(
      'always refused: limits.game.times_per_day is 0',
    )
    expect(then({ add_time: null }, 'add_time: 9h')).toEqual([])
  })

  test('nothing is said of a rule that is off, but that none is on', () => {
    expect(lintsOf(rule('lock.frozen is true', 'pillory: 5m', 'enabled: false'), standard)).toEqual([
      expect.stringContaining('no rule is switched on, so nothing will be done; take "enabled: false" out of one'),
    ])
  })

  test('after the agreed end, once', () => {
    const text = rule('lock.frozen is true', 'add_time: 10m, unfreeze, freeze: 1h')
    expect(lintsOf(text, allowing({ ends: '2026-01-15 11:00' }))).toEqual([
      expect.stringMatching(/^4:12: lint: limits\.ends was 2026-01-15 11:00.*: this and 1 more are refused$/),
    ])
    expect(lintsOf(text, allowing({ ends: '2026-01-15 13:00' }))).toEqual([])
    expect(lintsOf(rule('lock.frozen is true'), allowing({ ends: '2026-01-15 11:00' }))).toEqual([])
  })
})

describe('rules that set themselves off', () => {
  const set = (...rules: [id: string, keys: string][]) =>
    `tallies:\n  x: {}\nrules:\n${rules.map(([id, keys]) => `  - { id: ${id}, ${keys} }\n`).join('')}`
  const loops = (text: string) => lintsOf(text).filter((line) => line.includes('set itself off'))

  test.each([
    ['when: lock.timeRemainingSeconds rises by 10m, then: [add_time: 20m]', 'add_time', 'rises by 10m'],
    ['when: lock.timeRemainingSeconds falls, then: [apply_time: -20m]', 'apply_time', 'falls'],
    ['when: lock.frozen becomes true, then: [freeze: 1h]', 'freeze', 'becomes true'],
    ['when: lock.taskAssigned becomes false, then: [task.complete]', 'task.complete', 'becomes false'],
    ['when: tally.x rises, then: [tally.add: x]', 'tally.add', 'tally.x rises'],
    ['when: tracker.lastGameSeconds changes, then: [tracker.game: dice]', 'tracker.game', 'changes'],
    ['when: lock.timeRemainingSeconds > 1h, repeat: 10m, then: [add_time: 20m]', 'add_time', '> 1h'],
  ])('%s', (keys, action, leaf) => {
    const told = loops(set(['one', keys]))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`this rule may set itself off: ${action} may bring about "`)
    expect(told[0]).toContain(`${leaf}" of one`)
  })

  test('by way of others, with the way spelt out', () => {
    const told = loops(
      set(
        ['up', 'when: lock.timeRemainingSeconds < 1h, then: [add_time: 2h]'],
        ['down', 'when: lock.timeRemainingSeconds > 2h, then: [remove_time: 90m]'],
      ),
    )
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(
      'by way of others: add_time may bring about "lock.timeRemainingSeconds > 2h" of down, then ' +
        'remove_time may bring about "lock.timeRemainingSeconds < 1h" of up',
    )
  })

  test.each([
    ['when: lock.timeRemainingSeconds falls by 10m, then: [add_time: 20m]'],
    ['when: lock.timeRemainingSeconds < 1h, repeat: 10m, then: [add_time: 20m]'],
    ['when: lock.timeRemainingSeconds > 1h, then: [add_time: 20m]'],
    ['when: lock.frozen becomes false, then: [freeze: 1h]'],
    ['when: lock.timeRemainingSeconds rises, enabled: false, then: [add_time: 20m]'],
    ['when: lock.taskPoints rises by 5, then: [remove_time: 1h]'],
  ])('but not: %s', (keys) => {
    expect(loops(set(['one', keys]))).toEqual([])
  })

  test('nor over bounds that what is added does not reach, nor where a moment sets a rule off', () => {
    const far = set(
      ['up', 'when: lock.timeRemainingSeconds < 1h, then: [add_time: 30m]'],
      ['down', 'when: lock.timeRemainingSeconds > 2d, then: [remove_time: 1h]'],
    )
    const daily = set(
      ['night', 'when: lock.frozen is false, at: "22:00", then: [freeze: 1h]'],
      ['thaw', 'when: lock.frozen is true, for: 30m, then: [unfreeze]'],
    )
    expect([loops(far), loops(daily)]).toEqual([[], []])
  })
})

describe('two rules for one cause', () => {
  const two = (second: string, more = '') =>
    `${rule('[lock.frozen is true, lock.active is true]', 'add_time: 10m')}  - id: two\n    when: ${second}\n    then: [add_time: 20m]\n${more}`

  test('with the same restriction', () => {
    const expected = ['5:9: lint: two does add_time for the very cause for which one does it; one stands at f:2']
    expect(lintsOf(two('[lock.frozen is true, lock.active is true]'))).toEqual(expected)
    expect(lintsOf(two('{ all: [lock.active is yes, lock.frozen is true] }'))).toEqual(expected)
  })

  test.each([
    ['another cause', two('[lock.frozen is true, lock.trusted is false]')],
    ['another length of it', two('[lock.frozen is true, lock.active is true]', '    for: 1h\n')],
    ['another only_if', two('[lock.frozen is true, lock.active is true]', '    only_if: lock.trusted is true\n')],
    ['a chance', two('[lock.frozen is true, lock.active is true]', '    chance: 50%\n')],
    ['one switched off', two('[lock.frozen is true, lock.active is true]', '    enabled: false\n')],
    ['another action', two('[lock.frozen is true, lock.active is true]').replace('add_time: 20m', 'freeze: 1h')],
    ['relief', two('[lock.frozen is true, lock.active is true]').replaceAll('add_time', 'remove_time')],
    [
      'moments of their own',
      'rules:\n  - { id: a, at: "09:00", then: [add_time: 1m] }\n  - { id: b, at: "10:00", then: [add_time: 1m] }\n',
    ],
  ])('but not with %s', (_, text) => {
    expect(lintsOf(text)).toEqual([])
  })

  test('the same moment is the same cause', () => {
    const text =
      'rules:\n  - { id: a, at: "09:00", then: [add_time: 1m] }\n  - { id: b, at: "09:00", then: [add_time: 2m] }\n'
    expect(lintsOf(text)).toEqual([expect.stringMatching(/^3:11: lint: b does add_time/)])
  })
})

test('rules that no test names, in one line, where there are tests at all', () => {
  const text =
    'rules:\n  - { id: a, when: lock.frozen is true, then: [log: a] }\n  - { id: b, when: lock.frozen is true, then: [log: b] }\n'
  expect(lintsOf(text)).toEqual([])
  expect(lintsOf(text, { tested: new Set(['a', 'b']) })).toEqual([])
  expect(lintsOf(text, { tested: new Set(['a']) })).toEqual(['3:11: lint: 1 rule has no test: b'])
  expect(lintsOf(text, { tested: new Set() })).toEqual(['2:11: lint: 2 rules have no test: a, b'])
})

describe('the command', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'lockwarden-check-'))

  test('lints alone are no fault, and the same id beside is a test of it', async () => {
    const home = folder()
    writeFileSync(join(home, 'a.yaml'), rule('lock.frozen is yes'))
    expect(await checkWith(['a.yaml'], home)).toMatchObject({
      code: 0,
      out: ['a.yaml:3:26: lint: "yes" is read as true; write true or false', '1 rule, no fault'],
    })
    writeFileSync(join(home, 'b.test.yaml'), 'tests: [{ name: x, rules: [other] }]\n')
    expect((await checkWith(['a.yaml'], home)).out).toContain('a.yaml:2:9: lint: 1 rule has no test: one')
    writeFileSync(join(home, 'b.test.yaml'), 'tests: [{ name: x, rules: [one] }]\n')
    expect((await checkWith(['.'], home)).out).toHaveLength(2)
  })

  test('several files are one set of rules', async () => {
    const home = folder()
    writeFileSync(join(home, 'a.yaml'), 'inputs: { away: { type: switch } }\nrules: []\n')
    writeFileSync(join(home, 'b.yaml'), rule('input.away is true'))
    expect((await checkWith(['a.yaml', 'b.yaml'], home)).code).toBe(0)
    expect((await checkWith(['b.yaml'], home)).out[0]).toMatch(/^b\.yaml:3:11: unknown fact "input\.away"/)
  })

  test('--json has each fault in fields', async () => {
    const home = folder()
    writeFileSync(join(home, 'a.yaml'), rule('lock.frozne is true'))
    const said = await checkWith(['a.yaml', '--json'], home)
    expect(said.code).toBe(1)
    expect(JSON.parse(said.out.join('\n'))).toEqual({
      ok: false,
      rules: 0,
      tests: 0,
      timezone: 'UTC',
      faults: [
        {
          file: 'a.yaml',
          line: 3,
          column: 11,
          severity: 'fault',
          message: 'unknown fact "lock.frozne"',
          hint: 'did you mean lock.frozen?',
        },
      ],
      limits: {},
      worst: {},
    })
  })
})

test('an action at the tracker for which there is no token', () => {
  const { rules } = compileRules(
    [
      {
        file: 'a.yaml',
        text: 'rules:\n  - { id: one, when: lock.frozen is true, then: [tracker.game: dice] }\n  - { id: two, when: lock.taskAssigned is true, then: [tracker.game: { game: dice, as: dom }] }\n',
      },
    ],
    { services, zone: 'UTC' },
  )
  const said = (hasTracker: boolean, hasDom: boolean) => {
    const lacks = [
      ...(hasTracker ? [] : [lackOf('owner', 'tracker.token')]),
      ...(hasDom ? [] : [lackOf('dom', 'tracker.dom_token')]),
    ]
    return lint(rules ?? noRules, { limits: null, lacks, tested: null, now: 0, zone: 'UTC' }).map(faultLine)
  }
  expect(said(true, true)).toEqual([])
  expect(said(true, false)).toEqual([
    expect.stringMatching(
      /^a\.yaml:3:\d+: lint: tracker\.game is never sent, since the config lacks tracker\.dom_token; set/,
    ),
  ])
  expect(said(false, false)).toEqual([
    expect.stringMatching(
      /^a\.yaml:2:\d+: lint: tracker\.game is never sent, since the config lacks tracker\.token; set/,
    ),
    expect.stringMatching(/^a\.yaml:3:\d+: lint: tracker\.game is never sent/),
  ])
})

describe('a rule that misses its purpose', () => {
  const twoRules = (second: string, enabled = true) =>
    `${rule('lock.frozen is true', second, enabled ? '' : 'enabled: false')}  - { id: two, when: WHEN, then: [{ log: x }] }\n`
  test.each([
    [
      rule('lock.active becomes false', 'notify: over'),
      '4:12: lint: notify needs a lock, and where "lock.active becomes false" there is none; tell reaches people without one',
    ],
    [
      rule('[lock.active is false, tracker.locked is true]', 'log: over'),
      '4:12: lint: log needs a lock, and where "lock.active is false" there is none; tell reaches people without one',
    ],
    [rule('lock.active becomes false', 'tell: over'), null],
    [rule('lock.active becomes true', 'notify: begun'), null],
    [rule('{ any: [lock.active is false, lock.frozen is true] }', 'notify: over'), null],
    [
      rule('lock.wearerLastSeenAgoSeconds < 10m', 'add_time: 10m'),
      '4:12: lint: the wearer escapes add_time by staying offline: it needs "lock.wearerLastSeenAgoSeconds < 10m"',
    ],
    [
      rule('lock.wearerLastSeenAgoSeconds > 6h', 'remove_time: 10m'),
      '4:12: lint: remove_time rewards the wearer for staying offline: it needs "lock.wearerLastSeenAgoSeconds > 6h"',
    ],
    [rule('lock.wearerLastSeenAgoSeconds > 6h', 'add_time: 10m'), null],
    [rule('lock.wearerLastSeenAgoSeconds < 10m', 'remove_time: 10m'), null],
    [rule('lock.wearerLastSeenAgoSeconds < 10m', 'log: hello'), null],
    [
      `tallies: { late: {} }\n${rule('tally.late >= 3', 'unfreeze')}`,
      '4:11: lint: "tally.late >= 3" is never true: no rule that is on adds to late',
    ],
    [`tallies: { late: {} }\n${rule('tally.late < 3', 'unfreeze')}`, null],
    [`tallies: { late: {} }\n${twoRules('tally.add: late').replace('WHEN', 'tally.late >= 3')}`, null],
    [
      twoRules('log: x', false).replace('WHEN', 'rule.one.firedTimesToday >= 1'),
      '6:22: lint: "rule.one.firedTimesToday >= 1" waits for one, which is switched off',
    ],
    [twoRules('log: x', false).replace('WHEN', 'rule.one.firedTimesToday is 0'), null],
    [twoRules('log: x').replace('WHEN', 'rule.one.firedTimesToday >= 1'), null],
  ])('%s', (text, expected) => {
    expect(lintsOf(text)).toEqual(expected === null ? [] : [expected])
  })
})
