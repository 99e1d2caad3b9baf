import { describe, expect, test } from 'vitest'
import { catalogueOf } from '../../src/core/language/catalogue.ts'
import { isLeafFault, type LeafFault, parseLeaf, readLeaf } from '../../src/core/language/leaf.ts'
import type { Scalar } from '../../src/core/model/fact.ts'
import type { Leaf } from '../../src/core/model/rule.ts'
import { services } from '../../src/services/index.ts'

const catalogue = catalogueOf(services, { 'lock.mood': 'text' }, ['last-hour'])
const zone = 'Europe/Berlin'
const short = (text: string): Leaf | LeafFault => parseLeaf(text, catalogue, zone)
const long = (fact: string, operator: string, value?: unknown): Leaf | LeafFault =>
  readLeaf({ fact, operator, value }, catalogue, zone)

/** What a leaf compares, without its type and text. */
function compared(leaf: Leaf | LeafFault): [fact: string, operator: string, than: Scalar | readonly Scalar[] | null] {
  if (isLeafFault(leaf)) throw new Error(`${leaf.message} at ${leaf.offset ?? leaf.key}`)
  if ('factName' in leaf.than) throw new Error(`compares with the fact ${leaf.than.factName}`)
  return [leaf.fact, leaf.operator, leaf.than.value]
}

const left = 'lock.timeRemainingSeconds'
const seen = 'lock.wearerLastSeenTimestamp'
const day = 86_400

describe('short leaves', () => {
  test.each([
    ['lock.frozen is true', 'lock.frozen', 'equal', true],
    ['lock.frozen is false', 'lock.frozen', 'equal', false],
    ['lock.frozen is yes', 'lock.frozen', 'equal', true],
    ['lock.frozen is no', 'lock.frozen', 'equal', false],
    ['lock.frozen is on', 'lock.frozen', 'equal', true],
    ['lock.frozen is off', 'lock.frozen', 'equal', false],
    ['lock.frozen is not true', 'lock.frozen', 'notEqual', true],
    ['lock.frozen is known', 'lock.frozen', 'isKnown', null],
    ['lock.frozen is unknown', 'lock.frozen', 'isUnknown', null],
    ['  lock.frozen   is   true  ', 'lock.frozen', 'equal', true],
    ['lock.frozen in true, false', 'lock.frozen', 'in', [true, false]],
    // Lengths of time.
    [`${left} < 1h`, left, 'lessThan', 3600],
    [`${left}<1h`, left, 'lessThan', 3600],
    [`${left} <= 1h30m`, left, 'lessThanInclusive', 5400],
    [`${left}<=90`, left, 'lessThanInclusive', 90],
    [`${left} > 2d`, left, 'greaterThan', 2 * day],
    [`${left} >= 1h 30m`, left, 'greaterThanInclusive', 5400],
    [`${left} is 0`, left, 'equal', 0],
    [`${left} between 1h and 2h`, left, 'between', [3600, 7200]],
    [`${left} in 1h, 2h`, left, 'in', [3600, 7200]],
    [`${left} not in [1h, 2h]`, left, 'notIn', [3600, 7200]],
    // Numbers.
    ['lock.taskPoints > 5', 'lock.taskPoints', 'greaterThan', 5],
    ['lock.taskPoints > -5', 'lock.taskPoints', 'greaterThan', -5],
    ['lock.taskPoints >= 2.5', 'lock.taskPoints', 'greaterThanInclusive', 2.5],
    ['rule.last-hour.firedTimesToday < 2', 'rule.last-hour.firedTimesToday', 'lessThan', 2],
    // Clock, weekday, week, dates.
    ['time.clock is 22:30', 'time.clock', 'equal', 81_000],
    ['time.clock >= 7:05', 'time.clock', 'greaterThanInclusive', 25_500],
    ['time.clock between 22:00 and 06:00', 'time.clock', 'between', [79_200, 21_600]],
    ['time.clock between 20:00 and 24:00', 'time.clock', 'between', [72_000, day]],
    ['time.clock between 09:00 and 17:00 on Mon, fri', 'time.week', 'within', [32_400, 61_200, 378_000, 406_800]],
    ['time.clock between 22:00 and 06:00 on sun', 'time.week', 'within', [597_600, 604_800, 0, 21_600]],
    ['time.weekday is sat', 'time.weekday', 'equal', 6],
    ['time.weekday is Saturday', 'time.weekday', 'equal', 6],
    ['time.weekday in mon, wed, SUN', 'time.weekday', 'in', [1, 3, 7]],
    ['time.weekday between fri and mon', 'time.weekday', 'between', [5, 1]],
    ['time.week >= fri 18:00', 'time.week', 'greaterThanInclusive', 4 * day + 64_800],
    ['time.week is mon', 'time.week', 'equal', 0],
    ['time.week between fri 18:00 and sun 22:00', 'time.week', 'between', [4 * day + 64_800, 6 * day + 79_200]],
    ['time.date is 2026-12-24', 'time.date', 'equal', '2026-12-24'],
    ['time.date in 2026-12-24, 2026-12-25', 'time.date', 'in', ['2026-12-24', '2026-12-25']],
    [`${seen} > 2026-01-15`, seen, 'greaterThan', Date.UTC(2026, 0, 14, 23)],
    [`${seen} > 2026-07-15 09:00`, seen, 'greaterThan', Date.UTC(2026, 6, 15, 7)],
    [`${seen} > "2026-07-15 09:00"`, seen, 'greaterThan', Date.UTC(2026, 6, 15, 7)],
    [`${seen} between 2026-01-01 and 2026-01-02 12:00`, seen, 'between', [1767222000000, 1767351600000]],
    // Texts.
    ['lock.lockTitle is wearer', 'lock.lockTitle', 'equal', 'wearer'],
    ['lock.lockTitle is "wearer"', 'lock.lockTitle', 'equal', 'wearer'],
    ["lock.lockTitle is 'wearer'", 'lock.lockTitle', 'equal', 'wearer'],
    ['lock.lockTitle is "lock.frozen"', 'lock.lockTitle', 'equal', 'lock.frozen'],
    ['lock.lockTitle is ""', 'lock.lockTitle', 'equal', ''],
    ['lock.lockTitle is Two Words', 'lock.lockTitle', 'equal', 'Two Words'],
    ['lock.lockTitle is a.b', 'lock.lockTitle', 'equal', 'a.b'],
    ['lock.lockTitle is true', 'lock.lockTitle', 'equal', 'true'],
    ['lock.lockTitle is 5', 'lock.lockTitle', 'equal', '5'],
    ['lock.lockTitle in wearer, "keyholder"', 'lock.lockTitle', 'in', ['wearer', 'keyholder']],
    ['lock.lockTitle not in [wearer]', 'lock.lockTitle', 'notIn', ['wearer']],
    ['lock.lockTitle contains chastity', 'lock.lockTitle', 'contains', 'chastity'],
    ['lock.lockTitle not contains "a, b"', 'lock.lockTitle', 'doesNotContain', 'a, b'],
    ['lock.scopes contains write', 'lock.scopes', 'contains', 'write'],
    ['lock.scopes is unknown', 'lock.scopes', 'isUnknown', null],
    ['lock.mood is good', 'lock.mood', 'equal', 'good'],
  ] as const)('%s', (text, fact, operator, than) => {
    expect(compared(short(text))).toEqual([fact, operator, than])
    expect(short(text)).toMatchObject({ text: text.trim(), type: catalogue.get(fact)?.type })
  })

  test.each([
    [`${left} < lock.maxTimeRemainingSeconds`, 'lessThan', 'lock.maxTimeRemainingSeconds'],
    ['lock.frozen is not lock.active', 'notEqual', 'lock.active'],
    ['lock.wearerUsername is lock.keyholderUsername', 'equal', 'lock.keyholderUsername'],
    [`${seen} > tracker.lastFull`, 'greaterThan', 'tracker.lastFull'],
    ['lock.timeRemainingSeconds<rule.last-hour.lastFiredAgoSeconds', 'lessThan', 'rule.last-hour.lastFiredAgoSeconds'],
  ])('a fact on the right: %s', (text, operator, factName) => {
    expect(short(text)).toMatchObject({ operator, than: { factName }, text })
  })
})

describe('long leaves', () => {
  test.each([
    ['lock.frozen', 'equal', true, 'equal', true, 'lock.frozen is true'],
    ['lock.frozen', 'equal', 'off', 'equal', false, 'lock.frozen is off'],
    ['lock.frozen', 'is not', true, 'notEqual', true, 'lock.frozen is not true'],
    ['lock.frozen', 'isUnknown', undefined, 'isUnknown', null, 'lock.frozen is unknown'],
    [left, 'lessThan', '1h30m', 'lessThan', 5400, `${left} < 1h30m`],
    [left, 'lessThan', 90, 'lessThan', 90, `${left} < 90`],
    [left, '>=', '2d', 'greaterThanInclusive', 2 * day, `${left} >= 2d`],
    ['lock.taskPoints', 'greaterThan', 0, 'greaterThan', 0, 'lock.taskPoints > 0'],
    ['time.clock', 'lessThan', '22:30', 'lessThan', 81_000, 'time.clock < 22:30'],
    ['time.weekday', 'in', ['sat', 'sun'], 'in', [6, 7], 'time.weekday in sat, sun'],
    ['lock.lockTitle', 'notIn', ['wearer'], 'notIn', ['wearer'], 'lock.lockTitle not in wearer'],
    ['lock.lockTitle', 'in', ['a, b', 'c'], 'in', ['a, b', 'c'], 'lock.lockTitle in a, b, c'],
    ['lock.scopes', 'doesNotContain', 'write', 'doesNotContain', 'write', 'lock.scopes not contains write'],
    ['lock.lockTitle', 'equal', 5, 'equal', '5', 'lock.lockTitle is 5'],
  ] as const)('%s %s %j', (fact, operator, value, engines, than, text) => {
    const leaf = long(fact, operator, value)
    expect(compared(leaf)).toEqual([fact, engines, than])
    expect(leaf).toMatchObject({ text })
  })

  test.each(['lock.taskPointsRequired', { fact: 'lock.taskPointsRequired' }])('a fact on the right: %j', (value) => {
    expect(long('lock.taskPoints', 'lessThan', value)).toMatchObject({
      than: { factName: 'lock.taskPointsRequired' },
      text: 'lock.taskPoints < lock.taskPointsRequired',
    })
  })

  test('a range reads as its short form', () => {
    expect(compared(long('time.clock', 'between', ['22:00', '06:00']))).toEqual([
      'time.clock',
      'between',
      [79_200, 21_600],
    ])
    expect(long('time.clock', 'between', ['22:00', '06:00'])).toMatchObject({
      text: 'time.clock between 22:00 and 06:00',
    })
  })
})

describe('wrong short leaves', () => {
  test.each([
    // The fact.
    ['lock.frozn is true', 0, 'unknown fact "lock.frozn"', 'did you mean lock.frozen?'],
    ['  lock.frozn is true', 2, 'unknown fact "lock.frozn"', 'did you mean lock.frozen?'],
    ['Lock.Frozen is true', 0, 'unknown fact "Lock.Frozen"', 'did you mean lock.frozen?'],
    ['frozen is true', 0, 'unknown fact "frozen"', 'did you mean lock.frozen?'],
    ['rule.last-hours.firedTimesToday > 1', 0, 'unknown fact', 'did you mean rule.last-hour.firedTimesToday?'],
    ['tracker.lockd is true', 0, 'unknown fact', 'did you mean tracker.locked?'],
    ['', 0, 'begins with a fact', 'known are'],
    ['  ', 2, 'begins with a fact', 'known are'],
    ['< 5', 0, 'begins with a fact', 'known are'],
    ['constructor is true', 0, 'unknown fact "constructor"', 'known are'],
    // The operator.
    ['lock.frozen', 0, 'does not say what to compare with', 'write "lock.frozen is true"'],
    ['lock.lockTitle', 0, 'does not say what to compare with', '"lock.lockTitle is …"'],
    ['lock.frozen = true', 12, 'unknown operator "="', 'write "is"'],
    ['lock.frozen=true', 11, 'unknown operator "="', 'write "is"'],
    ['lock.frozen == true', 12, 'unknown operator "=="', 'write "is"'],
    ['lock.frozen === true', 12, 'unknown operator "==="', 'write "is"'],
    ['lock.frozen != true', 12, 'unknown operator "!="', 'write "is not"'],
    ['lock.frozen!=true', 11, 'unknown operator "!="', 'write "is not"'],
    ['lock.frozen equals true', 12, 'unknown operator "equals"', 'write "is"'],
    ['lock.frozen isnt true', 12, 'unknown operator "isnt"', 'write "is not"'],
    ['lock.frozen IS true', 12, 'unknown operator "IS"', 'did you mean is?'],
    ['lock.frozen ist true', 12, 'unknown operator "ist"', 'did you mean is?'],
    [`${left} <== 1h`, 26, 'unknown operator "<=="', 'did you mean <=?'],
    [`${left} =< 1h`, 26, 'unknown operator "=<"', 'write "<="'],
    [`${left} => 1h`, 26, 'unknown operator "=>"', 'write ">="'],
    [`${left} ≤ 1h`, 26, 'unknown operator "≤"', 'write "<="'],
    [`${left} under 1h`, 26, 'unknown operator "under"', 'write "<"'],
    ['lock.role not wearer', 10, 'unknown operator "not"', 'not in'],
    ['lock.frozen < true', 12, '"<" does not fit lock.frozen', 'it goes with'],
    ['lock.frozen between false and true', 12, '"between" does not fit lock.frozen', 'it goes with'],
    ['lock.role > wearer', 10, '">" does not fit lock.role', 'it goes with'],
    ['lock.scopes is write', 12, '"is" does not fit lock.scopes', 'it goes with contains'],
    ['lock.taskPoints contains 5', 16, '"contains" does not fit lock.taskPoints', 'it goes with'],
    // The value.
    ['lock.frozen is', 14, 'a value is missing after "is"', 'write "lock.frozen is true"'],
    ['lock.role in', 12, 'a value is missing after "in"', 'lock.role'],
    ['lock.frozen is unknown today', 23, '"today" has no place', ''],
    ['lock.frozen is maybe', 15, '"maybe" does not fit lock.frozen', 'true or false'],
    ['lock.frozen is 1', 15, '"1" does not fit lock.frozen', 'true or false'],
    ['lock.frozen in true, maybe', 15, '"maybe" does not fit lock.frozen', 'true or false'],
    [`${left} < 22:30`, 28, '"22:30" does not fit', 'a length of time'],
    [`${left} <   soon`, 30, '"soon" does not fit', 'a length of time'],
    [`${left} < -1h`, 28, '"-1h" does not fit', 'a length of time'],
    [`${left} < 1hour`, 28, '"1hour" does not fit', 'write 1h'],
    [`${left} between 1h`, 34, 'a range is "between A and B"', ''],
    [`${left} between 1h, 2h`, 34, 'a range is "between A and B"', ''],
    [`${left} between 1h and 2h and 3h`, 34, 'a range is "between A and B"', ''],
    [`${left} between 1h and x`, 34, '"x" does not fit', 'a length of time'],
    ['lock.taskPoints > 1h', 18, '"1h" does not fit', 'a number'],
    ['lock.taskPoints > 1e3', 18, '"1e3" does not fit', 'a number'],
    ['time.clock is 25:00', 14, '"25:00" does not fit', 'a time of day'],
    ['time.clock is 22:60', 14, '"22:60" does not fit', 'a time of day'],
    ['time.clock is 1h', 14, '"1h" does not fit', 'a time of day'],
    ['time.clock between 22:00 and 06:00 on so', 19, '"so" is no day', ''],
    ['time.clock between 22:00 on mon', 19, 'a range on some days is "between A and B on DAYS"', ''],
    ['time.clock between 22:00 and 25:00 on mon', 19, '"25:00" is no time of day', ''],
    ['time.clock between 22:00 and 22:00 on mon', 19, 'is no time at all', ''],
    ['time.weekday between sun and thu on mon', 21, '"on" goes with "time.clock between', 'on sun-thu'],
    ['time.month is 13', 14, 'time.month is never 13', 'it is 1 to 12'],
    ['time.weekday is 6', 16, '"6" does not fit', 'a day: mon'],
    ['time.weekday is so', 16, '"so" does not fit', 'write sun'],
    ['time.week is 18:00', 13, '"18:00" does not fit', 'fri 18:00'],
    ['time.week is fri 18:00 sharp', 13, 'does not fit', 'fri 18:00'],
    ['time.date is 2026-02-30', 13, '"2026-02-30" does not fit', 'a date'],
    ['time.date is 24.12.2026', 13, '"24.12.2026" does not fit', 'write 2026-12-24'],
    ['time.date is 2026-12-24 12:00', 13, 'does not fit', 'a date'],
    [`${seen} > soon`, 31, '"soon" does not fit', 'a date such as'],
    [`${seen} > 09:00`, 31, '"09:00" does not fit', 'a date such as'],
    // A fact on the right.
    [`${left} < lock.taskPoints`, 28, 'is a length of time', ''],
    ['lock.lockTitle is lock.frozen', 18, 'but lock.frozen is true or false', ''],
    [`${left} < lock.maxTimeRemainingSecond`, 28, 'unknown fact', 'did you mean lock.maxTimeRemainingSeconds?'],
    ['time.clock > time.week', 13, 'but time.week is a day and time', ''],
  ])('%j', (text, offset, message, hint) => {
    const fault = short(text)
    if (!isLeafFault(fault)) throw new Error(`read as ${JSON.stringify(fault)}`)
    expect(fault.message).toContain(message)
    expect(fault.hint ?? '').toContain(hint)
    expect(fault.offset).toBe(offset)
    expect(fault.key).toBeUndefined()
  })

  test('an unknown fact is told the facts of its own service', () => {
    expect(short('tracker.qqqqqqqq is 1')).toMatchObject({ hint: expect.stringMatching(/^known are tracker\./) })
  })

  test.each(['satan', 'sunshine', 'monkey', 'frisbee'])('%s is no day', (word) => {
    expect(short(`time.weekday is ${word}`)).toMatchObject({ message: expect.stringContaining('does not fit') })
    expect(short(`time.week > ${word} 18:00`)).toMatchObject({ message: expect.stringContaining('does not fit') })
  })

  test.each(['constructor', 'toString', 'valueOf', '__proto__'])('%s is neither true nor false', (word) => {
    expect(short(`lock.frozen is ${word}`)).toMatchObject({ message: expect.stringContaining('does not fit') })
    expect(long('lock.frozen', 'equal', word)).toMatchObject({ message: expect.stringContaining('does not fit') })
  })

  test.each(['constructor', 'toString', '__proto__'])('the hint for the operator %s is in words', (word) => {
    const fault = short(`lock.frozen ${word} true`)
    expect(fault).toMatchObject({ message: `unknown operator "${word}"`, hint: expect.stringContaining('known are') })
  })

  test.each([
    ['lock.lockTitle is  not wearer', 'notEqual', 'wearer'],
    ['lock.lockTitle is\tnot wearer', 'notEqual', 'wearer'],
    ['lock.lockTitle is  unknown', 'isUnknown', null],
    ['lock.lockTitle not  in wearer', 'notIn', ['wearer']],
  ])('two spaces within an operator do not turn it into another: %j', (text, operator, than) => {
    const leaf = short(text)
    if (!isLeafFault(leaf)) expect(compared(leaf)).toEqual(['lock.lockTitle', operator, than])
  })

  test.each(['lock.lockTitle is in wearer, keyholder', 'lock.lockTitle is not in wearer, keyholder'])(
    '%j does not compare with a text that begins with "in"',
    (text) => {
      const leaf = short(text)
      if (!isLeafFault(leaf)) expect(leaf.operator).toMatch(/^(?:in|notIn)$/)
    },
  )

  test('a comma within quotes does not part a list', () => {
    const leaf = short('lock.lockTitle in "a, b", c')
    if (!isLeafFault(leaf)) expect(compared(leaf)).toEqual(['lock.lockTitle', 'in', ['a, b', 'c']])
  })

  test.each(['lock.lockTitle in wearer,', 'lock.lockTitle in , wearer', 'lock.lockTitle in []'])(
    '%j names an empty text',
    (text) => {
      expect(isLeafFault(short(text))).toBe(true)
    },
  )
})

describe('wrong long leaves', () => {
  test.each([
    ['lock.frozn', 'equal', true, 'fact', 'unknown fact "lock.frozn"', 'did you mean lock.frozen?'],
    ['lock.frozen', 'equals', true, 'operator', 'unknown operator "equals"', 'did you mean equal?'],
    ['lock.frozen', '=', true, 'operator', 'unknown operator "="', 'known are'],
    ['lock.frozen', 'hasOwnProperty', true, 'operator', 'unknown operator "hasOwnProperty"', 'known are'],
    ['lock.frozen', 'lessThan', true, 'operator', '"<" does not fit lock.frozen', 'it goes with'],
    ['lock.frozen', 'equal', undefined, 'value', '"value" is missing', ''],
    ['lock.frozen', 'equal', null, 'value', '"value" is missing', ''],
    ['lock.frozen', 'equal', 1, 'value', '1 does not fit lock.frozen', 'true or false'],
    ['lock.frozen', 'equal', [true], 'value', 'does not fit lock.frozen', 'true or false'],
    ['lock.taskPoints', 'greaterThan', true, 'value', 'true does not fit', 'a number'],
    ['lock.taskPoints', 'greaterThan', Number.NaN, 'value', 'NaN does not fit', 'a number'],
    ['lock.taskPoints', 'greaterThan', Number.POSITIVE_INFINITY, 'value', 'does not fit', 'a number'],
    ['lock.lockTitle', 'equal', true, 'value', 'true does not fit', 'a text'],
    ['time.clock', 'equal', 81_000, 'value', '81000 does not fit', 'a time of day'],
    ['lock.lockTitle', 'in', 'wearer', 'value', 'takes a list', ''],
    ['lock.lockTitle', 'in', [], 'value', 'takes a list', ''],
    ['lock.lockTitle', 'in', ['wearer', {}], 'value', 'does not fit lock.lockTitle', 'a text'],
    ['lock.lockTitle', 'in', ['wearer', null], 'value', 'does not fit lock.lockTitle', 'a text'],
    ['lock.taskPoints', 'between', 5, 'value', 'takes a list', ''],
    ['lock.taskPoints', 'between', [5], 'value', 'two values', ''],
    ['lock.taskPoints', 'between', [1, 2, 3], 'value', 'two values', ''],
    ['lock.taskPoints', 'lessThan', {}, 'value', 'write { fact: NAME }', ''],
    ['lock.taskPoints', 'lessThan', { fact: 5 }, 'value', 'write { fact: NAME }', ''],
    [
      'lock.taskPoints',
      'lessThan',
      { fact: 'lock.taskPoint' },
      'value',
      'unknown fact',
      'did you mean lock.taskPoints?',
    ],
    ['lock.taskPoints', 'lessThan', { fact: 'lock.lockTitle' }, 'value', 'but lock.lockTitle is a text', ''],
  ])('%s %s %j', (fact, operator, value, key, message, hint) => {
    const fault = long(fact, operator, value)
    if (!isLeafFault(fault)) throw new Error(`read as ${JSON.stringify(fault)}`)
    expect(fault.message).toContain(message)
    expect(fault.hint ?? '').toContain(hint)
    expect(fault.key).toBe(key)
  })

  test('a value where none belongs is refused, as in the short form', () => {
    expect(isLeafFault(long('lock.lockTitle', 'isUnknown', 'wearer'))).toBe(true)
  })

  test('facts that differ in type are told apart in words', () => {
    expect(short('lock.scopes contains lock.lockTitle')).not.toMatchObject({
      message: 'lock.scopes is a text, but lock.lockTitle is a text',
    })
  })
})

test.each<[string, string | null]>([
  ['task.lastResult becomes failed', 'task.lastResult is never "failed"'],
  ['task.lastResult is no-points', null],
  ['task.lastResult in points, lost', 'task.lastResult is never "lost"'],
  ['lock.role is owner', 'lock.role is never "owner"'],
  ['lock.role contains keep', null],
  ['lock.frozenBy is nite', 'lock.frozenBy is never "nite"'],
  ['lock.frozenBy is night', null],
  ['lock.frozenBy is not other', null],
  ['task.openedBy in night, other', null],
])('a text that cannot be: %s', (text, message) => {
  const known = catalogueOf(services, {}, ['night'])
  const leaf = parseLeaf(text, known, 'Europe/Berlin')
  expect('message' in leaf ? leaf.message : null).toBe(message)
  const [fact = '', ...rest] = text.split(' ')
  if (rest.length !== 2 || rest[0] === 'in') return
  const long = readLeaf({ fact, operator: rest[0] ?? '', value: rest[1] }, known, 'Europe/Berlin')
  expect('message' in long ? long.message : null).toBe(message)
})
