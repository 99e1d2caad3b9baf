// Counts of the calendar day, the week and the lock, and what they are at a moment that an age gets wrong.
import { describe, expect, test } from 'vitest'
import { rulesOf, run } from './support.ts'

/** How many times rule `r` acts in a story: its differences from silence. */
async function firings(text: string, start: string, happens: string, until: string): Promise<number> {
  const [verdict] = await run(
    `tests:
  - name: a test
    start: "${start}"
    facts: { lock.frozen: false, lock.timeRemainingSeconds: 20d, lock.taskPoints: 0 }
    ${happens === '' ? '' : `then: [${happens}]`}
    until: "${until}"
    expect: []
`,
    rulesOf(text),
  )
  return (verdict?.differences ?? []).filter(({ compared }) => compared.rule === 'r').length
}

const button = 'inputs: { checkin: { type: button } }\n'
const asks = (when: string) => `${button}rules: [{ id: r, at: "20:00", when: ${when}, then: [log: A] }]`
const press = (at: string) => `{ at: "${at}", press: checkin }`

describe('a button, asked for in the evening', () => {
  test.each([
    // Never pressed is not lately pressed, and it is not yet today.
    ['input.checkin.agoSeconds < 1d', '', 0],
    ['"not": input.checkin.agoSeconds < 1d', '', 0],
    ['input.checkin.agoSeconds > 2h', '', 1],
    ['input.checkin.pressedToday is true', '', 0],
    ['input.checkin.pressedToday is false', '', 1],
    ['input.checkin.timesToday is 0', '', 1],
    ['input.checkin.timesThisWeek is 0', '', 1],
    ['input.checkin.timesThisLock is 0', '', 1],
    ['input.checkin.agoSeconds < 1d', press('2026-10-24 19:00'), 1],
    ['input.checkin.pressedToday is true', press('2026-10-24 19:00'), 1],
    ['input.checkin.pressedToday is false', press('2026-10-24 19:00'), 0],
    ['input.checkin.timesToday is 2', `${press('2026-10-24 09:00')}, ${press('2026-10-24 19:00')}`, 1],
    ['input.checkin.timesToday is 3', `${press('2026-10-24 09:00')}, ${press('2026-10-24 19:00')}`, 0],
  ])('%s with %s: %d', async (when, happens, times) => {
    const condition = when.startsWith('"not"') ? `{ ${when} }` : when
    expect(await firings(asks(condition), '2026-10-24 08:00', happens, '2026-10-24 22:00')).toBe(times)
  })

  test('on the day of 25 hours, a press just after midnight was twenty hours and more ago, and today', async () => {
    const story = (when: string) =>
      firings(asks(when), '2026-10-24 20:30', press('2026-10-25 00:05'), '2026-10-25 22:00')
    expect(await story('input.checkin.agoSeconds > 20h')).toBe(1)
    expect(await story('input.checkin.pressedToday is false')).toBe(0)
  })

  test('on the next day, and in the next week, it counts anew', async () => {
    const happens = `${press('2026-02-27 12:00')}, ${press('2026-02-28 12:00')}, ${press('2026-02-28 13:00')}`
    const story = (when: string) => firings(asks(when), '2026-02-27 08:00', happens, '2026-03-02 22:00')
    // Friday, Saturday, Sunday and Monday evening.
    expect(await story('input.checkin.pressedToday is true')).toBe(2)
    expect(await story('input.checkin.timesToday is 2')).toBe(1)
    expect(await story('input.checkin.timesThisWeek is 3')).toBe(2)
    expect(await story('input.checkin.timesThisWeek is 0')).toBe(1)
    expect(await story('input.checkin.timesThisLock is 3')).toBe(3)
  })

  test('a new day is seen without a reading', async () => {
    const text = `${button}rules: [{ id: r, when: input.checkin.pressedToday is false, for: 1h, then: [log: A] }]`
    expect(await firings(text, '2026-02-27 20:00', press('2026-02-27 20:30'), '2026-02-28 00:50')).toBe(0)
    expect(await firings(text, '2026-02-27 20:00', press('2026-02-27 20:30'), '2026-02-28 01:10')).toBe(1)
  })

  test('a restart forgets no press of the day', async () => {
    const happens = `${press('2026-02-27 09:00')}, { at: "2026-02-27 12:00", restart: true }`
    const story = (when: string) => firings(asks(when), '2026-02-27 08:00', happens, '2026-02-27 22:00')
    expect(await story('input.checkin.pressedToday is true')).toBe(1)
  })
})

describe('a rule that may never have fired', () => {
  const text = (at: string) => `rules:
  - { id: ask, at: "${at}", then: [log: B] }
  - { id: r, when: rule.ask.lastFiredAgoSeconds > 10m, then: [log: A] }`

  test('ten minutes after the reminder is not ten minutes after the lock began', async () => {
    expect(await firings(text('20:00'), '2026-02-27 08:00', '', '2026-02-27 19:00')).toBe(0)
    expect(await firings(text('20:00'), '2026-02-27 08:00', '', '2026-02-27 20:09')).toBe(0)
    expect(await firings(text('20:00'), '2026-02-27 08:00', '', '2026-02-27 20:20')).toBe(1)
  })

  test('nor did it fire lately', async () => {
    const lately =
      'rules: [{ id: ask, at: "20:00", then: [log: B] }, { id: r, when: rule.ask.lastFiredAgoSeconds < 1d, then: [log: A] }]'
    expect(await firings(lately, '2026-02-27 08:00', '', '2026-02-27 19:00')).toBe(0)
    expect(await firings(lately, '2026-02-27 08:00', '', '2026-02-27 20:20')).toBe(1)
  })
})

describe('a tally', () => {
  const text = (lasts: string, at: string) => `tallies: { strikes: { lasts: ${lasts} } }
rules:
  - { id: strike, when: lock.taskPoints changes, then: [tally.add: strikes] }
  - { id: r, at: "${at}", when: tally.strikes >= 2, then: [log: A] }`
  const points = (at: string, points: number) => `{ at: "${at}", facts: { lock.taskPoints: ${points} } }`
  // Saturday evening twice, Sunday once.
  const happens = `${points('2026-02-28 20:00', 1)}, ${points('2026-02-28 21:00', 2)}, ${points('2026-03-01 12:00', 3)}`

  test.each([
    ['today', '22:00', 1],
    ['this week', '22:00', 2],
    ['this lock', '22:00', 3],
    ['26h', '22:00', 2],
    ['12h', '22:00', 1],
    ['today', '23:59', 1],
  ])('lasts: %s, at %s on Saturday, Sunday and Monday: %d', async (lasts, at, times) => {
    expect(await firings(text(lasts, at), '2026-02-28 08:00', happens, '2026-03-02 23:59')).toBe(times)
  })

  test('of today is 0 at midnight, without a reading', async () => {
    const rules = `tallies: { strikes: { lasts: today } }
rules:
  - { id: strike, at: "21:00", then: [tally.add: strikes] }
  - { id: r, when: tally.strikes is 0, for: 2h, then: [log: A] }`
    expect(await firings(rules, '2026-02-28 20:30', '', '2026-03-01 01:50')).toBe(0)
    expect(await firings(rules, '2026-02-28 20:30', '', '2026-03-01 02:10')).toBe(1)
  })

  test('a length that is none is told with what goes', () => {
    expect(() => rulesOf('tallies: { x: { lasts: tomorrow } }\nrules: []')).toThrow(
      'today, this week, this lock, or a length of time such as 7d',
    )
  })
})
