import { describe, expect, test } from 'vitest'
import { faultsOf, rulesOf } from './support.ts'

const good = `
zone: Europe/Berlin
tests:
  - name: six hours
    start: "2026-02-28 08:00"
    rules: [away]
    facts: { lock.frozen: false }
    then:
      - { at: "10:00", facts: { lock.frozen: true } }
    expect:
      - { at: "14:00", rule: away, do: [add_time: 10m] }
    until: "23:00"
`
const rules = rulesOf(`
inputs:
  vacation: { type: switch }
  checkin: { type: button }
rules:
  - { id: away, when: lock.wearerLastSeenAgoSeconds > 6h, then: [add_time: 10m, log: Away] }
  - { id: other, when: lock.frozen is true, then: [log: Other] }
`)

test('a good file has no fault', () => {
  expect(faultsOf(good, rules)).toEqual([])
})

describe('every fault at its place', () => {
  test.each([
    ['an unknown key of the file', /^zone.*$/m, 'zones: UTC', '2:1: unknown key "zones"; did you mean zone?'],
    [
      'no time zone',
      'zone: Europe/Berlin',
      'zone: Berlin/Europe',
      '2:7: "Berlin/Europe" is not a time zone such as Europe/Berlin',
    ],
    ['an unknown key of a test', 'until:', 'untill:', '12:5: unknown key "untill"; did you mean until?'],
    ['no name', 'name: six hours', 'name: ""', '4:11: an empty text says nothing'],
    ['no start', /^ {4}start.*\n/m, '', '4:5: "start" is missing'],
    [
      'a start that is none',
      '"2026-02-28 08:00"',
      'tomorrow',
      '5:12: "tomorrow" is no date with a time; write a date with a time such as "2026-02-28 08:00"',
    ],
    [
      'an unknown rule under rules',
      'rules: [away]',
      'rules: [awya]',
      '6:13: there is no rule "awya"; did you mean away?',
    ],
    [
      'an unknown fact',
      'lock.frozen: false',
      'lock.frozn: false',
      '7:14: unknown fact "lock.frozn"; did you mean lock.frozen?',
    ],
    [
      'a fact of the wrong type',
      'lock.frozen: false',
      'lock.frozen: 10m',
      '7:27: "10m" does not fit lock.frozen; it takes true or false',
    ],
    [
      'a value of a series',
      'lock.frozen: false',
      'lock.frozen: [true, 7]',
      '7:34: 7 does not fit lock.frozen; it takes true or false',
    ],
    [
      'a fact without a value',
      'lock.frozen: false',
      'lock.frozen: ',
      '7:28: an empty value is not a value such as 10m, true or unknown, or a list of them',
    ],
    [
      'a negative length',
      'lock.frozen: false',
      'lock.timeRemainingSeconds: -5',
      '7:41: lock.timeRemainingSeconds is a length and not below 0',
    ],
    [
      'the clock',
      'lock.frozen: false',
      'time.clock: "10:00"',
      '7:14: time.clock cannot be set; the clock goes by "start"',
    ],
    [
      'a count of a rule',
      'lock.frozen: false',
      'rule.away.firedTimesToday: 1',
      '7:14: rule.away.firedTimesToday cannot be set; it follows from what the rules do',
    ],
    [
      'who froze',
      'lock.frozen: false',
      'lock.frozenBy: away',
      '7:14: lock.frozenBy cannot be set; it follows from what the rules do',
    ],
    [
      'a task',
      'lock.frozen: false',
      'task.openSeconds: 1h',
      '7:14: task.openSeconds cannot be set; write lock.taskAssigned: true; how long it is open, by whom and with what result follows from it',
    ],
    [
      'an input',
      'lock.frozen: false',
      'input.vacation: true',
      '7:14: input.vacation cannot be set; write press: NAME or set: { NAME: true } under "then"',
    ],
    [
      'the health',
      'lock.frozen: false',
      'service.chastify.healthy: false',
      '7:14: service.chastify.healthy cannot be set; write gap: 1h under "then"',
    ],
    ['no moment', '"10:00"', 'noon', '9:15: "noon" is no moment; write "10:00", "2026-02-28 10:00" or "+3h"'],
    ['a moment before the start', '"10:00"', '"2026-02-27 10:00"', '9:15: "2026-02-27 10:00" lies before the start'],
    [
      'nothing that happens',
      ', facts: { lock.frozen: true }',
      '',
      '9:9: nothing happens here; name facts, gap, restart, press, set or fails',
    ],
    [
      'an unknown key of then',
      'at: "10:00", facts',
      'at: "10:00", fact',
      '9:24: unknown key "fact"; did you mean facts?',
    ],
    [
      'an unknown button',
      'facts: { lock.frozen: true }',
      'press: chekin',
      '9:31: there is no button "chekin"; did you mean checkin?',
    ],
    [
      'a switch that is pressed',
      'facts: { lock.frozen: true }',
      'press: vacation',
      '9:31: vacation is no button; it is a switch: write set: { vacation: true }',
    ],
    [
      'a button that is set',
      'facts: { lock.frozen: true }',
      'set: { checkin: true }',
      '9:31: checkin is no switch; it is a button: write press: checkin',
    ],
    [
      'an unknown action that fails',
      'facts: { lock.frozen: true }',
      'fails: add_tmie',
      '9:31: unknown action "add_tmie"; did you mean add_time?',
    ],
    ['of without gap', 'facts: { lock.frozen: true }', 'restart: true, of: tracker', '9:39: "of" goes with "gap"'],
    [
      'a gap that is no length',
      'facts: { lock.frozen: true }',
      'gap: long',
      '9:29: "long" is not a length of time such as 45m, 1h30m or 2d',
    ],
    ['nothing expected', /^ {4}expect:\n.*\n/m, '', '4:5: "expect" is missing'],
    ['an expectation of nothing', ', do: [add_time: 10m]', '', '11:9: say what is sent ("do") or what is "refused"'],
    [
      'an unknown rule that is expected',
      'rule: away',
      'rule: awya',
      '11:30: there is no rule "awya"; did you mean away?',
    ],
    [
      'a rule that takes no part',
      'rule: away',
      'rule: other',
      '11:30: rule other takes no part in this test; name it under "rules", too',
    ],
    [
      'an unknown action',
      '[add_time: 10m]',
      '[add_tmie: 10m]',
      '11:41: unknown action "add_tmie"; did you mean add_time?',
    ],
    [
      'two actions in one',
      '[add_time: 10m]',
      '[{ add_time: 10m, log: x }]',
      '11:58: "log" stands beside "add_time"; give each action an item of its own',
    ],
    [
      'a parameter that is no length',
      '[add_time: 10m]',
      '[add_time: ten]',
      '11:51: "ten" is not a length of time such as 45m, 1h30m or 2d',
    ],
    [
      'an unknown parameter',
      '[add_time: 10m]',
      '[log: { titel: x }]',
      '11:48: unknown key "titel"; did you mean title?',
    ],
    [
      'an action that may not be',
      'rules: [away]',
      'limits: { allow: [freez] }',
      '6:23: there is no action "freez"; did you mean freeze?',
    ],
    [
      'an unknown limit',
      'rules: [away]',
      'limits: { add_tiem: { each: 1h } }',
      '6:15: unknown key "add_tiem"; did you mean add_time?',
    ],
    [
      'an end before the last moment',
      'until: "23:00"',
      'until: "2026-02-28 13:00"',
      '12:12: "2026-02-28 13:00" lies before the last moment named',
    ],
    [
      'an expectation out of order',
      'at: "14:00"',
      'at: "2026-02-27 14:00"',
      '11:15: "2026-02-27 14:00" lies before the start',
    ],
  ])('%s', (_, from, to, fault) => {
    const text = good.replace(from, () => to)
    expect(text).not.toBe(good)
    expect(faultsOf(text, rules)).toEqual([`a.test.yaml:${fault}`])
  })

  test('then goes in order', () => {
    const more = good.replace('    expect:', '      - { at: "+1h", restart: true }\n    expect:')
    expect(faultsOf(more, rules)).toEqual(['a.test.yaml:10:15: "+1h" lies before the line above it'])
  })

  test('all faults of all tests at once', () => {
    const two = `${good}\n  - { name: second, start: "2026-02-28 08:00", facts: { lock.x: 1 }, expect: [] }\n  - { name: third }\n`
    expect(faultsOf(two.replace('lock.frozen: false', 'lock.frozn: false'), rules)).toEqual([
      'a.test.yaml:7:14: unknown fact "lock.frozn"; did you mean lock.frozen?',
      expect.stringMatching(/^a\.test\.yaml:14:57: unknown fact "lock\.x"; known are /),
      'a.test.yaml:15:5: "start" is missing',
      'a.test.yaml:15:5: "expect" is missing',
    ])
  })

  test.each([
    ['no YAML', 'tests: [', /^a\.test\.yaml:1:/],
    ['no tests', 'tests: []', /:1:8: an empty list says nothing$/],
    ['an empty file', '', /^a\.test\.yaml:1:1: /],
    ['a list', '- a', /:1:1: a list is not a map of keys and values$/],
    ['tests that are none', 'tests: [1, {}]', /:1:9: 1 is not a map of keys and values$/],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text, rules)[0]).toMatch(fault)
  })
})
