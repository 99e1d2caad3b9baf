// What people mean who write something else: each slip is answered with what to write.
import { describe, expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'

const told = (text: string) =>
  compileRules([{ file: 'f', text }], { services, zone: 'Europe/Berlin' }).faults.map(faultLine)
const rule = (keys: string) => `rules:\n  - id: a\n${keys.replace(/^/gm, '    ')}\n`
const when = (condition: string) => rule(`when: ${condition}\nthen: [unfreeze]`)
const at = (moment: string) => rule(`at: ${moment}\nthen: [unfreeze]`)
const withKey = (key: string) => rule(`when: lock.frozen is true\nthen: [unfreeze]\n${key}`)
const doing = (list: string) => rule(`when: lock.frozen is true\nthen: ${list}`)

describe('a character that only looks like another', () => {
  test.each([
    [
      'a space after a key',
      rule('when:\u00a0lock.frozen is true\nthen: [unfreeze]'),
      'f:3:10: this is a space of another kind (U+00A0); write a plain space',
    ],
    ['a zero-width space', when('lock.fro\u200bzen is true'), 'f:3:19: there is an invisible character (U+200B) here'],
    [
      "a list's dash",
      'rules:\n  \u2013 id: a\n    when: lock.frozen is true\n',
      'f:2:3: this is a dash of another kind (U+2013); a list has a plain "-"',
    ],
    [
      'the dash of a list of one',
      doing('\n  \u2013 unfreeze'),
      'its first character is a dash of another kind; write a plain "- "',
    ],
    ['a dash between days', at('"mon\u2013fri 09:00"'), '"mon\u2013fri 09:00" is no moment; write "mon-fri 09:00"'],
    [
      'a colon',
      rule('when\uff1a lock.frozen is true\nthen: [unfreeze]'),
      'f:3:9: this is a colon of another kind (U+FF1A); write a plain ":" and a space',
    ],
    [
      'UTF-16',
      Buffer.from(`\ufeff${when('lock.frozen is true')}`, 'utf16le').toString('utf8'),
      'f:1:1: this file is UTF-16; save it as UTF-8',
    ],
    [
      'Latin-1',
      Buffer.from(when('lock.lockTitle is Gr\u00f6\u00dfe'), 'latin1').toString('utf8'),
      'f:3:31: this character is not stored as UTF-8; save the file as UTF-8, not as Latin-1',
    ],
  ])('%s', (_, text, words) => {
    expect(told(text)[0]).toContain(words)
  })

  test('is a character like any other within a text', () => {
    expect(told(doing('\n  - log: "Five \u2013 no,\u00a0six\uff1a all"'))).toEqual([])
    expect(
      told(doing('\n  - log:\n      title: x\n      description: |\n        \u2013 one\n        \u2013 two')),
    ).toEqual([])
  })
})

describe('a moment', () => {
  test.each([
    ['sunday 18:00', null],
    ['Sunday,monday 18:00', null],
    ['9pm', '21:00'],
    ['"12 am"', '00:00'],
    ['9h30', '09:30'],
    ['so 18:00', 'sun 18:00'],
    ['sonntags um 18 Uhr', null],
    ['mondays at 9', 'mon 09:00'],
    ['weekdays 9:30 pm', 'mon-fri 21:30'],
    ['every day at 9', '09:00'],
    ['daily 09:00', '09:00'],
    ['random sat,sun 14:00-18:00', 'sat,sun random 14:00-18:00'],
  ])('%s', (written, is) => {
    const bare = written.replaceAll('"', '')
    if (is !== null) expect(told(at(written))).toEqual([`f:3:9: "${bare}" is no moment; write "${is}"`])
    else if (written.includes('Uhr')) expect(told(at(written))[0]).toContain('is no moment')
    else expect(told(at(written))).toEqual([])
  })
})

describe('a value', () => {
  test.each([
    ['time.weekday is Sunday', null],
    ['time.weekday is so', 'write sun'],
    ['time.week is so 18:00', 'write sun 18:00'],
    ['time.clock > 9pm', 'write 21:00'],
    ['time.clock > 9h30', 'write 09:30'],
    ['time.date is 24.12.2026', 'write 2026-12-24'],
    ['lock.timeRemainingSeconds > 1,5h', 'write 1.5h'],
    ['lock.timeRemainingSeconds > 30 minutes', 'write 30m'],
    ['lock.timeRemainingSeconds > "6h"', 'lock.timeRemainingSeconds takes no quotes around 6h; write 6h without them'],
    ['lock.frozen is ja', 'write true'],
    ['lock.frozen is nein', 'write false'],
    ['lock.frozen is true && lock.active is true', 'write one condition a line'],
    ['lock.frozen is true || lock.active is true', 'write any: [ …, … ]'],
  ])('%s', (condition, hint) => {
    if (hint === null) expect(told(when(condition))).toEqual([])
    else expect(told(when(condition))).toEqual([expect.stringContaining(hint)])
  })
})

describe('a name', () => {
  test.each([
    ['every day at 9', '"every day at 9" is a moment, not a condition; write at: "09:00" instead of "when"'],
    ['time remaining > 5d', 'did you mean lock.timeRemainingSeconds?'],
    ['the wearer was last seen > 5d', 'did you mean lock.wearerLastSeenAgoSeconds?'],
    ['lock.wearerLastSeen > 6h', 'did you mean lock.wearerLastSeenAgoSeconds?'],
    ['lock.timeRemaining > 6h', 'did you mean lock.timeRemainingSeconds?'],
    ['input.checkin rises', 'declare it: "inputs: { checkin: { type: button } }"'],
    ['input.checkin.agoSeconds > 1h', 'declare it: "inputs: { checkin: { type: button } }"'],
    ['input.vacation is true', 'declare it: "inputs: { vacation: { type: switch } }"'],
    ['rule.other.firedTimesToday > 1', 'there is no rule other'],
  ])('of a fact: %s', (condition, hint) => {
    expect(told(when(condition))).toEqual([expect.stringContaining(hint)])
  })

  test.each([
    ['[set_time: 1h]', 'nothing sets the time; add_time and remove_time change it'],
    ['[message: hello]', 'did you mean notify?'],
    ['[wait: 10m]', 'a list does not wait; what comes later is a rule of its own, with "after:"'],
    ['\n  - when: lock.frozen is true\n    then: [unfreeze]', 'write { if: condition, then: [ … ], else: [ … ] }'],
    ['[hygienic_unlock: 30m]', 'did you mean hygienic_unlock.start?'],
    ['[log: Hello, you]', 'the comma before it parts it from "Hello"; put "Hello, you" in quotes'],
    ['[log: Hello, unfreze]', 'did you mean unfreeze?'],
    ['[add_time: "1,5h"]', 'write 1.5h'],
  ])('of an action: %s', (list, hint) => {
    expect(told(doing(list))).toEqual([expect.stringContaining(hint)])
  })

  test.each([
    ['limit: 3 times a week', 'write "3 per week"'],
    ['limit: twice a day', 'write "2 per day"'],
    ['chance: 25', 'write 25% for a chance'],
    ['for: 1,5h', 'write 1.5h'],
    ['else: [freeze: 1h]', 'write "then: [ { if: condition, then: [ … ], else: [ … ] } ]"'],
    ['If: lock.frozen is true', 'did you mean when?'],
    ['enabled: no', 'lint: "no" is read as false; write true or false'],
    ['resend: on', 'lint: "on" is read as true; write true or false'],
  ])('of a key, or its value: %s', (key, hint) => {
    expect(told(withKey(key))).toEqual([expect.stringContaining(hint)])
  })

  test('of a rule, and of the list of rules', () => {
    const one = when('lock.frozen is true')
    expect(told(one.replace('id: a', 'id: My Rule!'))).toEqual([expect.stringContaining('hyphens; write my-rule')])
    expect(told(one.replace('rules:', 'Rules:'))[0]).toContain('did you mean rules?')
  })

  test('a word for no switches a rule off', () => {
    const { rules } = compileRules([{ file: 'f', text: withKey('enabled: off') }], { services, zone: 'UTC' })
    expect(rules?.rules[0]?.enabled).toBe(false)
  })
})
