import { describe, expect, test } from 'vitest'
import { differences, rule, rulesOf } from './support.ts'

const facts = 'facts: { lock.frozen: false, lock.timeRemainingSeconds: 2d, lock.wearerLastSeenAgoSeconds: 0s }'

describe('what is sent is held against what is expected', () => {
  test.each([
    ['as it is', '{ at: "14:00", rule: r, do: [add_time: 10m, log] }', []],
    ['with a part of the text', '{ at: "14:00", rule: r, do: [add_time, log: { description: added 10 }] }', []],
    ['a short form stands for the title', '{ at: "14:00", rule: r, do: [add_time: 600, log: Awa] }', []],
    ['in two lines', '{ at: "14:00", rule: r, do: [add_time] }, { at: "14:00", rule: r, do: [log] }', []],
    ['within two readings', '{ at: "13:55", rule: r, do: [add_time, log] }', []],
    [
      'another length',
      '{ at: "14:00", rule: r, do: [add_time: 11m, log] }',
      ['missing r add_time 11m: fired', 'surplus r add_time: fired'],
    ],
    [
      'another text',
      '{ at: "14:00", rule: r, do: [add_time, log: Here] }',
      ['missing r log Here: fired', 'surplus r log: fired'],
    ],
    [
      'another order',
      '{ at: "14:00", rule: r, do: [log, add_time] }',
      ['missing r add_time: fired', 'surplus r add_time: fired'],
    ],
    ['one too few', '{ at: "14:00", rule: r, do: [add_time] }', ['surplus r log: fired']],
    ['silence', '', ['surplus r add_time: fired', 'surplus r log: fired']],
    [
      'too early',
      '{ at: "13:00", rule: r, do: [add_time, log] }',
      [
        'missing r add_time: condition false',
        'missing r log: condition false',
        'surplus r add_time: fired',
        'surplus r log: fired',
      ],
    ],
    [
      'too near for what it may be',
      '{ at: "13:58", rule: r, within: 1m, do: [add_time, log] }',
      ['missing r add_time: fired', 'missing r log: fired', 'surplus r add_time: fired', 'surplus r log: fired'],
    ],
    ['far, as it may be', '{ at: "13:00", rule: r, within: 2h, do: [add_time, log] }', []],
    [
      'a second time',
      '{ at: "14:00", rule: r, do: [add_time, log] }, { at: "20:00", rule: r, do: [log] }',
      ['missing r log: had its turn in this episode'],
    ],
  ])('%s', async (_, expected, found) => {
    expect(await differences(`${facts}\nexpect: [${expected}]\nuntil: "23:00"`)).toEqual(found)
  })

  test.each([
    ['add_time: { between: [5m, 20m] }', 'add_time: { between: [5m, 20m] }', true],
    ['add_time: { between: [5m, 20m] }', 'add_time: { between: [21m, 22m] }', false],
    ['apply_time: -10m', 'apply_time: -10m', true],
    ['apply_time: -10m', 'apply_time: 10m', false],
    ['freeze: { length: 2h }', 'freeze: 2h', true],
    ['freeze: 2h', 'freeze: { length: 2h }', true],
    ['toggle_freeze: 2h', 'toggle_freeze: 2h', true],
    [
      'task.assign: { text: Write one page, points: 3, duration: 45m, if_open: replace }',
      'task.assign: { text: one, points: 3, duration: 45m, verification: false, if_open: replace }',
      true,
    ],
    ['task.assign: Write', 'task.assign: { points: 3 }', false],
    ['task.assign: Write', 'task.assign: { duration: 45m }', false],
    ['task.complete: { successful: false }', 'task.complete: { successful: false }', true],
    ['task.complete: { successful: false }', 'task.complete: true', false],
    ['unfreeze', 'unfreeze', true],
    ['notify: { message: Hello you, target: wearer }', 'notify: Hello', true],
    ['notify: { message: Hello you, target: wearer }', 'notify: { target: both }', false],
    ['notify: { message: "{{ lock.timeRemainingSeconds | duration }} left" }', 'notify: 2 d', true],
    ['tracker.game: dice', 'tracker.game: { game: dice, as: owner }', true],
    ['tracker.game: dice', 'tracker.game: luck', false],
    ['settings.patch: { params: { a: { b: 1, c: 2 } } }', 'settings.patch: { params: { a: { b: 1 } } }', true],
    ['settings.patch: { params: { a: { b: 1 } } }', 'settings.patch: { params: { a: { b: 2 } } }', false],
    ['pillory: 15m', 'pillory: 15m', true],
  ])('%s against %s', async (does, expected, fits) => {
    const rules = rule(`when: lock.unlockable is true\nthen: [ ${does} ]`)
    const found = await differences(
      `facts: { lock.unlockable: true, lock.frozen: false, lock.taskAssigned: false, lock.timeRemainingSeconds: 2d, tracker.locked: true }
expect: [{ at: "08:00", rule: r, do: [ ${expected} ] }]`,
      rules,
    )
    expect(found.length === 0).toBe(fits)
  })

  test('tallies may be expected, and need not be', async () => {
    const rules = rulesOf(
      'tallies: { strikes: {} }\nrules:\n  - { id: r, when: lock.frozen is true, then: [tally.add: strikes, log: "{{ tally.strikes }}"] }',
    )
    const keys = (does: string) => `facts: { lock.frozen: true }\nexpect: [{ at: "08:00", rule: r, do: [${does}] }]`
    expect(await differences(keys('log: "1"'), rules)).toEqual([])
    expect(await differences(keys('tally.add: strikes, log'), rules)).toEqual([])
    expect(await differences(keys('tally.add: others, log'), rules)).toEqual(['missing r tally.add others: fired'])
  })
})

test('a device is told what the rules say without a word about limits, and its stops need not be expected', async () => {
  const buzz = rule('when: lock.frozen becomes true\nthen: [device: { command: shock.start, params: { level: 1 } }]')
  const story = `${facts}
until: "12:00"
then: [{ at: "09:00", facts: { lock.frozen: true } }]
expect: [{ at: "09:00", rule: r, do: [device: { command: shock.start, params: { level: 1 } }] }]`
  expect(await differences(story, buzz)).toEqual([])
  expect(await differences(story.replace('level: 1 } }] }]', 'level: 2 } }] }]'), buzz)).toHaveLength(2)
  const quiet = story.replaceAll('09:00', '23:00').replace('12:00', '2026-03-01 00:00')
  expect(await differences(quiet, buzz)).toHaveLength(1)
})

describe('what is refused', () => {
  test.each([
    ['by the limits', 'limits: { allow: [log] }', 'refused: add_time is not among limits.allow', []],
    ['and the rest cancelled', 'limits: { allow: [log] }', 'refused: add_time before it was refused', []],
    ['by no such words', 'limits: { allow: [log] }', 'refused: quota', ['missing r refused: quota: fired']],
    [
      'not at all',
      '',
      'refused: limits',
      ['missing r refused: limits: fired', 'surplus r add_time: fired', 'surplus r log: fired'],
    ],
  ])('%s', async (_, limits, expected, found) => {
    const keys = `${limits}\n${facts}\nexpect: [{ at: "14:00", rule: r, ${expected} }]\nuntil: "23:00"`
    expect(await differences(keys)).toEqual(found)
  })

  test('a limit is over the defaults, and everything the rules use is allowed unless it says', async () => {
    const rules = rule('when: lock.frozen is false\nthen: [add_time: 2h, pillory: 5m]')
    const keys = (limits: string, does: string) =>
      `${limits}\nfacts: { lock.frozen: false, lock.timeRemainingSeconds: 2d }\nexpect: [{ at: "08:00", rule: r, do: [${does}] }]`
    expect(await differences(keys('', 'add_time: 1h, pillory: 5m'), rules)).toEqual([])
    expect(await differences(keys('limits: { add_time: { each: 3h } }', 'add_time: 2h, pillory'), rules)).toEqual([])
  })

  test('what fails from a moment on', async () => {
    const keys = (then: string, expected: string) =>
      `${facts}\nthen: [${then}]\nexpect: [{ at: "14:05", rule: r, ${expected} }]\nuntil: "16:00"`
    expect(await differences(keys('{ at: "13:00", fails: add_time }', 'do: [add_time]'))).toEqual([])
    expect(
      await differences(keys('{ at: "13:00", fails: [add_time] }', 'do: [add_time], refused: before it was rejected')),
    ).toEqual([])
    expect(await differences(keys('{ at: "15:00", fails: add_time }', 'do: [add_time, log]'))).toEqual([])
  })
})

describe('what happens', () => {
  test('facts change, and a length counts from the start', async () => {
    const then = 'then: [{ at: "10:00", facts: { lock.frozen: true } }, { at: "+7h", facts: { lock.frozen: false } }]'
    expect(
      await differences(`${facts}\n${then}\nexpect: [{ at: "15:00", rule: r, within: 1s, do: [add_time, log] }]`),
    ).toEqual([])
  })

  test('a time of day is the next one', async () => {
    const then =
      'then: [{ at: "23:00", facts: { lock.wearerLastSeenAgoSeconds: 0s } }, { at: "01:00", facts: { lock.wearerLastSeenAgoSeconds: 0s } }]'
    const keys = `${facts}\n${then}\nexpect: [{ at: "14:05", rule: r, do: [add_time, log] }, { at: "07:05", rule: r, do: [add_time, log] }]\nuntil: "12:00"`
    expect(await differences(keys)).toEqual([])
  })

  test('unknown is unknown, and what is not named is not sent', async () => {
    const unknown = facts.replace('lock.frozen: false', 'lock.frozen: unknown')
    expect(await differences(`${unknown}\nexpect: []\nuntil: "23:00"`)).toEqual([])
    const missing = facts.replace('lock.frozen: false, ', '')
    expect(await differences(`${missing}\nexpect: [{ at: "14:05", rule: r, do: [log] }]`)).toEqual([
      'missing r log: condition unknown',
    ])
  })

  test('a gap: nothing is read, a `for` stands still, and what restricts is held back afterwards', async () => {
    const rules = rule('when: lock.unlockable is true\nfor: 4h\nthen: [log: now, pillory: 5m]')
    const keys = (then: string, expected: string) =>
      `facts: { lock.unlockable: true }\nthen: [${then}]\nexpect: [${expected}]\nuntil: "20:00"`
    expect(
      await differences(
        keys('{ at: "20:00", restart: true }', '{ at: "12:00", rule: r, within: 5m, do: [log, pillory] }'),
        rules,
      ),
    ).toEqual([])
    const late =
      '{ at: "14:00", rule: r, within: 20m, do: [log] }, { at: "14:00", rule: r, within: 20m, refused: after an outage }'
    expect(await differences(keys('{ at: "11:00", gap: 2h }', late.replaceAll('14:00', '14:05')), rules)).toEqual([])
  })

  test('a gap of one service leaves the other', async () => {
    const rules = rule('when: service.tracker.healthy is false\nthen: [log: quiet]')
    const keys =
      'then: [{ at: "10:00", gap: 1h, of: tracker }]\nexpect: [{ at: "10:00", rule: r, within: 1m, do: [log] }]\nuntil: "12:00"'
    expect(await differences(keys, rules)).toEqual([])
  })

  test('a restart forgets nothing that is kept', async () => {
    const rules = rule('when: lock.unlockable is true\nfor: 3h\nthen: [log: now]')
    const keys = `facts: { lock.unlockable: true }\nthen: [{ at: "09:13", restart: true }, { at: "10:00", restart: true }, { at: "13:00", restart: true }]
expect: [{ at: "11:00", rule: r, within: 5m, do: [log] }]\nuntil: "16:00"`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('buttons are pressed and switches set', async () => {
    const rules = rulesOf(`inputs: { vacation: { type: switch }, checkin: { type: button } }
rules:
  - { id: r, when: input.checkin rises, only_if: input.vacation is false, then: [log: hello] }`)
    const keys = `then: [{ at: "08:30", press: checkin }, { at: "09:00", set: { vacation: true } }, { at: "09:30", press: checkin }]
expect: [{ at: "08:30", rule: r, within: 1m, do: [log: hello] }]\nuntil: "12:00"`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('a series gives one value a reading, and the last stays', async () => {
    const rules = rule('when: lock.taskPoints rises by 3\nthen: [log: "{{ lock.taskPoints }}"]')
    const keys = `every: 10m\nfacts: { lock.taskPoints: [0, 2, 5, unknown, 8] }
expect: [{ at: "08:20", rule: r, within: 1m, do: [log: "5"] }, { at: "08:40", rule: r, within: 1m, do: [log: "8"] }]\nuntil: "12:00"`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('every: how often it is read', async () => {
    const rules = rule('when: lock.taskPoints > 0\nthen: [log: points]')
    const keys = (every: string) =>
      `${every}\nfacts: { lock.taskPoints: 0 }\nthen: [{ at: "14:10", facts: { lock.taskPoints: 1 } }]
expect: [{ at: "15:00", rule: r, within: 1m, do: [log] }]\nuntil: "20:00"`
    expect(await differences(keys('every: 1h'), rules)).toEqual([])
    expect(await differences(keys(''), rules)).not.toEqual([])
  })

  test('a switched-off rule takes part when it is named', async () => {
    const rules = rulesOf(`rules:
  - { id: r, enabled: false, when: lock.frozen is true, then: [log: off] }
  - { id: on, when: lock.frozen is true, then: [log: on] }`)
    const keys = (named: string, expected: string) => `${named}\nfacts: { lock.frozen: true }\nexpect: [${expected}]`
    expect(await differences(keys('', '{ at: "08:00", rule: on, do: [log] }'), rules)).toEqual([])
    expect(await differences(keys('rules: [r]', '{ at: "08:00", rule: r, do: [log] }'), rules)).toEqual([])
    expect(
      await differences(
        keys('rules: [r, on]', '{ at: "08:00", rule: r, do: [log] }, { at: "08:00", rule: on, do: [log] }'),
        rules,
      ),
    ).toEqual([])
  })

  test('draws go by the seed', async () => {
    const rules = rule('when: lock.frozen is true\nchance: 50%\nthen: [log: lucky]')
    const found = new Set<number>()
    for (let seed = 0; seed < 12; seed++) {
      found.add((await differences(`seed: ${seed}\nfacts: { lock.frozen: true }\nexpect: []`, rules)).length)
    }
    expect([...found].sort()).toEqual([0, 1])
  })

  test('moments of `at` come to the second', async () => {
    const rules = rule('at: ["09:07", "sun 10:00"]\nthen: [log: now]')
    const at = (moment: string) => `\n  - { at: "${moment}", rule: r, within: 1s, do: [log] }`
    expect(await differences(`expect:${at('09:07')}${at('12:00')}`, rules)).toEqual(['missing r log: not its moment'])
    const three = ['09:07', '2026-03-01 09:07', '10:00']
    expect(await differences(`expect:${three.map(at).join('')}`, rules)).toEqual([])
  })

  test('without an active lock nothing is done to it', async () => {
    expect(await differences(`${facts.replace('{', '{ lock.active: false,')}\nexpect: []\nuntil: "23:00"`)).toEqual([])
  })
})

describe('the little world', () => {
  const told = '{{ lock.timeRemainingSeconds }} {{ lock.frozen }} {{ lock.taskAssigned }}'

  test.each([
    ['add_time: 10m', '79200 false false'],
    ['remove_time: 10m', '78000 false false'],
    ['apply_time: -10m', '78000 false false'],
    ['freeze: 2h', '85800 false false'],
    ['freeze: 30m', '80400 false false'],
    ['freeze: 4h', '86400 true false'],
    ['toggle_freeze: 4h', '86400 true false'],
    ['task.assign: { text: x, points: 3 }', '78600 false true'],
    ['tracker.game: dice', '78600 false false'],
  ])('two hours after %s', async (does, after) => {
    const rules = rulesOf(`rules:
  - { id: act, at: "09:00", then: [ ${does} ] }
  - { id: say, at: "11:10", then: [ log: "${told}" ] }`)
    const keys = `facts: { lock.timeRemainingSeconds: 25h, lock.frozen: false, lock.taskAssigned: false, tracker.locked: true }
expect: [{ at: "09:00", rule: act, do: [ ${does.split(':')[0]} ] }, { at: "11:10", rule: say, do: [ log: ${after} ] }]`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('counts run by themselves, stand still while frozen, and a freeze ends by itself', async () => {
    const rules = rulesOf(`rules:
  - { id: act, at: "09:00", then: [ freeze: 1h ] }
  - { id: say, at: ["08:30", "09:30", "11:00"], then: [ log: "{{ lock.timeRemainingSeconds | duration }}, {{ lock.timeLockedSeconds | duration }}, {{ lock.frozen }}, {{ tracker.lockedSeconds | duration }}" ] }`)
    const keys = `facts: { lock.timeRemainingSeconds: 10h, lock.timeLockedSeconds: 0s, lock.frozen: false, tracker.lockedSeconds: 1h, tracker.locked: true }
expect:
  - { at: "08:30", rule: say, do: [ log: "9 h 30 min, 30 min, false, 1 h 30 min" ] }
  - { at: "09:00", rule: act, do: [ freeze ] }
  - { at: "09:30", rule: say, do: [ log: "9 h, 1 h, true, 2 h 30 min" ] }
  - { at: "11:00", rule: say, do: [ log: "8 h, 2 h, false, 4 h" ] }`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('an age and its moment are told together', async () => {
    const rules = rulesOf(`rules:
  - { id: r, at: "09:00", then: [ log: "{{ lock.wearerLastSeenAgoSeconds | duration }} {{ tracker.lastFull | time }}" ] }`)
    const keys = `facts: { lock.wearerLastSeenTimestamp: "2026-02-28 07:00", tracker.lastFullAgoSeconds: 1d }
expect: [{ at: "09:00", rule: r, do: [ log: "2 h 2026-02-27 08:00:00" ] }]`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('a task that was completed is closed, with its points', async () => {
    const rules = rulesOf(`rules:
  - { id: give, at: "09:00", then: [ task.assign: { text: x, points: 3 } ] }
  - { id: take, at: "10:00", when: lock.taskAssigned is true, then: [ task.complete ] }
  - { id: say, at: "11:00", then: [ log: "{{ lock.taskAssigned }} {{ lock.taskPoints }} {{ task.lastResult }}" ] }`)
    const keys = `facts: { lock.taskAssigned: false, lock.taskPoints: 1 }
expect:
  - { at: "09:00", rule: give, do: [ task.assign ] }
  - { at: "10:00", rule: take, do: [ task.complete: true ] }
  - { at: "11:00", rule: say, do: [ log: false 4 points ] }`
    expect(await differences(keys, rules)).toEqual([])
  })

  test('a count never runs below nothing', async () => {
    const rules = rule('at: "20:00"\nthen: [ log: "{{ lock.timeRemainingSeconds }} left" ]')
    const keys = 'facts: { lock.timeRemainingSeconds: 1h }\nexpect: [{ at: "20:00", rule: r, do: [ log: 0 left ] }]'
    expect(await differences(keys, rules)).toEqual([])
  })
})
