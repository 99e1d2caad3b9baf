// A rule in one sentence: what keyholders read before they save.
import { describe, expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { services } from '../../src/services/index.ts'
import { sayRule } from '../../src/views/sentence.ts'
import { compiled, ruleFiles } from '../rules/examples.ts'

const zone = 'Europe/Berlin'

function sentence(body: string, head = ''): string {
  const indented = body.trim().replace(/^/gm, '    ').trim()
  const text = `${head}rules:\n  - id: it\n    ${indented}\n`
  const { rules, faults } = compileRules([{ file: 'it.yaml', text }], { services, zone })
  const rule = rules?.rules[0]
  if (!rules || !rule) throw new Error(faults.map(({ message, hint }) => `${message}; ${hint}`).join('\n'))
  return sayRule(rule, { ...rules, zone })
}

const inputs =
  'inputs: { vacation: { type: switch }, checkin: { type: button } }\ntallies: { strikes: {} }\nstreaks: { checkin: { of: input.checkin } }\n'
const then = 'then: [ unfreeze ]'
const ends = ': unfreeze the lock.'

describe('a rule', () => {
  test('as in the book', () => {
    const rule = `when:
  - lock.timeRemainingSeconds < 1h
  - lock.taskAssigned is false
limit: 1 per lock
then:
  - task.assign: { text: Write one page, points: 5, duration: 45m }
  - log: { title: Last hour, description: "{{ lock.timeRemainingSeconds | duration }} left" }`
    expect(sentence(rule)).toBe(
      'When less than 1 h is left and no task is open, once per lock: assign a task “Write one page” (5 points, 45 min), then write “Last hour” to the log.',
    )
  })

  test('that is switched off says so', () => {
    expect(sentence(`when: lock.frozen is true\nenabled: false\n${then}`)).toBe(
      `(Switched off) When the lock is frozen${ends}`,
    )
  })
})

describe('conditions', () => {
  test.each([
    ['lock.frozen is true', 'the lock is frozen'],
    ['lock.frozen is not true', 'the lock is not frozen'],
    ['{ not: lock.frozen is true }', 'the lock is not frozen'],
    ['{ not: lock.timeRemainingSeconds < 1h }', 'it is not so that less than 1 h is left'],
    ['lock.frozen becomes true', 'the lock freezes'],
    ['lock.taskAssigned becomes false', 'a task closes'],
    ['lock.frozen changes', 'whether the lock is frozen changes'],
    ['lock.timeRemainingSeconds between 1h and 2h', 'between 1 h and 2 h is left'],
    ['lock.timeLockedSeconds >= 7d', 'the lock has lasted at least 7 d'],
    ['lock.timeRemainingSeconds is 0', '0 s is left'],
    ['lock.taskPoints >= lock.taskPointsRequired', 'the number of points is at least the number of points needed'],
    ['lock.taskPoints rises by 5', 'the number of points rises by 5 or more'],
    ['lock.taskPoints rises', 'the number of points rises'],
    ['lock.timeRemainingSeconds falls by 10m', 'the remaining time falls by 10 min or more'],
    ['lock.wearerLastSeenAgoSeconds > 6h', 'the wearer was last seen more than 6 h ago'],
    ['lock.keyholderUsername in bob, carol', 'the name of the keyholder is “bob” or “carol”'],
    ['lock.keyholderUsername not in bob, carol', 'the name of the keyholder is neither “bob” nor “carol”'],
    ['lock.lockTitle contains weekend', 'the title of the lock contains “weekend”'],
    ['lock.keyholderUsername is unknown', 'the name of the keyholder is not known'],
    ['time.clock between 22:00 and 06:00', 'it is between 22:00 and 06:00'],
    ['time.weekday in sat, sun', 'it is Saturday or Sunday'],
    ['time.week between fri 18:00 and sun 22:00', 'it is between fri 18:00 and sun 22:00'],
    ['time.clock >= 22:00', 'it is 22:00 or later'],
    ['input.vacation is false', '“vacation” is off'],
    ['input.vacation becomes true', '“vacation” is switched on'],
    ['input.checkin rises', '“checkin” is pressed'],
    ['time.clock between 09:00 and 17:00 on mon-fri', 'it is between 09:00 and 17:00 on Monday to Friday'],
    [
      'time.clock between 22:00 and 06:00 on sun-thu',
      'it is between 22:00 and 06:00 of a night that begins on Sunday to Thursday',
    ],
    ['time.month in 12, 1', 'the month is 12 or 1'],
    ['time.day <= 7', 'the day of the month is at most 7'],
    ['streak.checkin >= 7', 'the streak checkin is at least 7 days long'],
    ['input.checkin.pressedToday is false', '“checkin” was not pressed today'],
    ['input.checkin.timesToday >= 3', '“checkin” was pressed at least 3 times today'],
    ['input.checkin.timesThisWeek is 1', '“checkin” was pressed once this week'],
    ['input.checkin.timesThisLock > 9', '“checkin” was pressed more than 9 times on this lock'],
    ['input.checkin.agoSeconds > 2h', '“checkin” was last used more than 2 h ago'],
    ['tally.strikes >= 3', 'the tally strikes is at least 3'],
    ['rule.it.firedTimesToday is 1', 'the rule it fired once today'],
    ['rule.it.lastFiredAgoSeconds > 1d', 'the rule it last fired more than 1 d ago'],
    ['service.tracker.healthy is false', 'tracker does not answer'],
    ['tracker.lastPenaltyAt rises', 'the link game brings a new penalty'],
    ['{ any: [ lock.frozen is true, lock.unlockable is true ] }', 'the lock is frozen or the lock can be opened'],
    [
      '[ lock.active is true, { any: [ lock.frozen is true, lock.unlockable is true ] } ]',
      'there is a lock and (the lock is frozen or the lock can be opened)',
    ],
    ['{ all: [ lock.frozen is true ] }', 'the lock is frozen'],
  ])('%s', (when, said) => {
    expect(sentence(`when: ${when}\n${then}`, inputs)).toBe(`When ${said}${ends}`)
  })
})

describe('moments and gates', () => {
  test.each([
    ['at: "09:00"', 'Every day at 09:00'],
    ['at: mon-fri 09:00', 'On Monday to Friday at 09:00'],
    ['at: sat,sun 10:00', 'On Saturday and Sunday at 10:00'],
    ['at: random 09:00-22:00', 'At a random moment between 09:00 and 22:00 each day'],
    ['at: sat random 09:00-22:00', 'At a random moment between 09:00 and 22:00 on Saturday'],
    ['at: first mon 09:00', 'On the first Monday of each month at 09:00'],
    ['at: last Friday 18:00', 'On the last Friday of each month at 18:00'],
    ['at: 24 dec 18:00', 'On 24 December of each year at 18:00'],
    ['at: every 90m 09:00-21:00', 'Every 1 h 30 min between 09:00 and 21:00'],
    ['at: sat every 1h 22:00-02:00', 'Every 1 h between 22:00 and 02:00 on Saturday'],
    ['at: random 22:00-02:00', 'At a random moment between 22:00 and 02:00 each day'],
    ['at: random 3x 09:00-22:00', 'At 3 random moments between 09:00 and 22:00 each day'],
    [
      'at: random 2 days per week 14:00-20:00',
      'At a random moment between 14:00 and 20:00 on 2 random days of each week',
    ],
    ['at: random every 6h-18h', 'At random moments, 6 h to 18 h apart'],
    ['at: ["09:00", "21:00"]', 'Every day at 09:00 and every day at 21:00'],
    ['at: "0 9 1 * *"', 'At the moments of “0 9 1 * *”'],
    ['at: "09:00"\nwhen: lock.frozen is true', 'Every day at 09:00, if the lock is frozen'],
    ['when: lock.frozen is true\nfor: 12h\nrepeat: 1h', 'When the lock is frozen, for 12 h on end and again every 1 h'],
    [
      'when: lock.frozen is true\nfor: 6h\npause: mon-fri 09:00-17:00',
      'When the lock is frozen, for 6 h on end, not counting the time between 09:00 and 17:00 on Monday to Friday',
    ],
    ['when: lock.frozen is true\ncooldown: 6h', 'When the lock is frozen, at least 6 h apart'],
    [
      'when: lock.frozen is true\nlimit: [2 per day, 3 per 12h]',
      'When the lock is frozen, at most twice per day, at most 3 times within 12 h',
    ],
    ['when: lock.frozen is true\nchance: 25%', 'When the lock is frozen, with a chance of 25 %'],
    [
      'when: lock.frozen is true\nonly_if: input.vacation is false',
      'When the lock is frozen, but only if “vacation” is off',
    ],
  ])('%s', (keys, said) => {
    expect(sentence(`${keys}\n${then}`, inputs)).toBe(`${said}${ends}`)
  })
})

describe('actions', () => {
  test.each([
    ['add_time: 1h30m', 'add 1 h 30 min'],
    ['remove_time: { between: [5m, 20m] }', 'take 5 min to 20 min off'],
    ['add_time: { steps: [10m, 20m, 40m], by: tally.strikes }', 'add 10 min, 20 min or 40 min (by the tally strikes)'],
    ['apply_time: -10m', 'take 10 min off'],
    ['freeze: 1h', 'freeze the lock for 1 h'],
    ['freeze: { until: "07:00" }', 'freeze the lock until 07:00'],
    ['toggle_freeze: 1h', 'unfreeze the lock if it is frozen, and else freeze it for 1 h'],
    ['pillory: 15m', 'put the wearer on the pillory for 15 min'],
    ['hygienic_unlock.start: 30m', 'start a hygienic opening of 30 min'],
    ['task.assign: Write', 'assign a task “Write”'],
    ['task.assign: { text: Write, points: 1, verification: true }', 'assign a task “Write” (1 point, to be verified)'],
    ['task.complete: { successful: false }', 'close the task as failed'],
    ['log: "{{ did }} at last"', 'write “… at last” to the log'],
    ['notify: { message: Hello, target: wearer }', 'tell the wearer “Hello”'],
    ['notify: { title: Good night, message: "{{ did }}" }', 'tell wearer and keyholder “Good night”'],
    ['device: vibration.start', 'tell the device vibration.start'],
    ['tracker.game: dice', 'roll the dice on the Tracker'],
    ['tracker.game: { game: luck, as: dom }', 'try luck on the Tracker as the keyholder'],
    ['tracker.session.start', 'start a session on the Tracker'],
    ['tally.add: strikes', 'add 1 to the tally strikes'],
    ['tally.reset: strikes', 'set the tally strikes to 0'],
    [
      'draw: [ { weight: 3, then: [ add_time: 5m ] }, { then: [] } ]',
      'draw one of: add 5 min (3 of 4); do nothing (1 of 4)',
    ],
  ])('%s', (action, said) => {
    expect(sentence(`when: lock.active is true\nthen:\n  - ${action}`, inputs)).toBe(`When there is a lock: ${said}.`)
  })

  test('every example is a sentence without a name of the language', () => {
    const { rules } = compiled(ruleFiles)
    expect(rules?.rules.length).toBeGreaterThan(30)
    for (const rule of rules?.rules ?? []) {
      const said = sayRule(rule, { catalogue: new Map(), actions: new Map(), ...rules, zone })
      expect(said).toMatch(/^(\(Switched off\) )?[A-Z].*\.$/)
      expect(said).not.toMatch(/\b(?:lock|task|tracker|input|tally)\.[a-z]|[a-z]_[a-z]|undefined|\[object/)
    }
  })
})
