import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Coming, comingIn, comingOf, nextAfter, parseCron } from '../../src/core/calendar/cron.ts'

/** A minute as a wall clock in a zone shows it, told by `Intl` and not by the code under test. */
interface Minute {
  at: number
  date: string
  month: number
  day: number
  /** 0 is Sunday. */
  weekday: number
  hour: number
  minute: number
  /** The face of the clock and the calendar as if it were UTC: differences tell gaps and doubled hours. */
  face: number
}

/** Every minute from `from` on for so many days. */
function minutesOf(zone: string, from: string, days: number): Minute[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const first = Date.parse(from)
  return Array.from({ length: days * 1440 }, (_, i) => {
    const at = first + i * 60_000
    const [, day = '', month = '', year = '', hour = '', minute = ''] =
      /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(format.format(at)) ?? []
    const face = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
    return {
      at,
      date: `${year}-${month}-${day}`,
      month: Number(month),
      day: Number(day),
      weekday: new Date(face).getUTCDay(),
      hour: Number(hour),
      minute: Number(minute),
      face,
    }
  })
}

/** Days around every kind of night on which clocks are put forward or back, and a zone where they never are. */
const windows = [
  { zone: 'Europe/Berlin', from: '2026-03-26T00:00:00Z' },
  { zone: 'Europe/Berlin', from: '2026-10-22T00:00:00Z' },
  { zone: 'America/New_York', from: '2026-03-05T00:00:00Z' },
  { zone: 'America/New_York', from: '2026-10-29T00:00:00Z' },
  { zone: 'Australia/Lord_Howe', from: '2026-04-02T00:00:00Z' },
  { zone: 'Australia/Lord_Howe', from: '2026-10-01T00:00:00Z' },
  { zone: 'Asia/Kolkata', from: '2026-05-30T00:00:00Z' },
  { zone: 'Africa/Cairo', from: '2026-04-21T00:00:00Z' },
  { zone: 'Pacific/Apia', from: '2011-12-27T00:00:00Z' },
].map((window) => ({ ...window, minutes: minutesOf(window.zone, window.from, 6) }))

const iso = (moment: number | null): string | null => (moment === null ? null : new Date(moment).toISOString())
const utc = (text: string): number => Date.parse(text.endsWith('Z') ? text : `${text}Z`)

/** The moments of an expression from `after` on, as many as are asked for. */
function moments(expression: string, after: string, count: number, zone = 'UTC'): (string | null)[] {
  const cron = parseCron(expression)
  const found: (string | null)[] = []
  let last: number | null = utc(after)
  while (last !== null && found.length < count) {
    last = nextAfter(cron, last, zone)
    found.push(last === null ? null : (iso(last)?.replace(':00.000Z', '') ?? null))
  }
  return found
}

describe('plain expressions', () => {
  test.each([
    ['0 9 * * *', '2026-01-01T08:59:59.999', ['2026-01-01T09:00', '2026-01-02T09:00']],
    ['0 9 * * *', '2026-01-01T09:00', ['2026-01-02T09:00']],
    ['0 9,21 * * *', '2026-01-01T09:00', ['2026-01-01T21:00', '2026-01-02T09:00']],
    ['*/20 * * * *', '2026-01-01T23:39', ['2026-01-01T23:40', '2026-01-02T00:00', '2026-01-02T00:20']],
    ['0 22-1 * * *', '2026-01-01T00:30', ['2026-01-01T01:00', '2026-01-01T22:00', '2026-01-01T23:00']],
    ['30 6 * * mon-fri', '2026-01-02T07:00', ['2026-01-05T06:30', '2026-01-06T06:30']],
    ['0 0 * * 0', '2026-01-01T00:00', ['2026-01-04T00:00', '2026-01-11T00:00']],
    ['0 0 * * 7', '2026-01-01T00:00', ['2026-01-04T00:00', '2026-01-11T00:00']],
    ['0 0 1 jan,jul *', '2026-01-01T00:00', ['2026-07-01T00:00', '2027-01-01T00:00']],
    ['0 0 31 * *', '2026-01-31T00:00', ['2026-03-31T00:00', '2026-05-31T00:00']],
    // Day of month and day of week must both fit, as in node-cron.
    ['0 0 13 * fri', '2026-01-01T00:00', ['2026-02-13T00:00', '2026-03-13T00:00', '2026-11-13T00:00']],
    ['0 12 29 2 *', '2026-01-01T00:00', ['2028-02-29T12:00', '2032-02-29T12:00']],
    ['59 23 31 12 *', '2026-12-31T23:58', ['2026-12-31T23:59', '2027-12-31T23:59']],
  ])('%s after %s', (expression, after, expected) => {
    expect(moments(expression, after, expected.length)).toEqual(expected)
  })

  test('seconds in front', () => {
    const cron = parseCron('*/20 30 * * * *')
    expect(iso(nextAfter(cron, utc('2026-01-01T09:30:19.999'), 'UTC'))).toBe('2026-01-01T09:30:20.000Z')
    expect(iso(nextAfter(cron, utc('2026-01-01T09:30:20'), 'UTC'))).toBe('2026-01-01T09:30:40.000Z')
    expect(iso(nextAfter(cron, utc('2026-01-01T09:30:40'), 'UTC'))).toBe('2026-01-01T10:30:00.000Z')
    expect(iso(nextAfter(parseCron('30 0 9 * * *'), utc('2026-01-01T09:00:29'), 'UTC'))).toBe(
      '2026-01-01T09:00:30.000Z',
    )
  })

  test.each([
    '',
    'soon',
    '* * * *',
    '* * * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '0 0 30 2 *',
  ])('%j is none', (expression) => {
    expect(() => parseCron(expression)).toThrow(Error)
  })
})

describe('days that depend on the month', () => {
  const lastOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate()
  const weekdayOf = (year: number, month: number, day: number) => new Date(Date.UTC(year, month - 1, day)).getUTCDay()
  /** The working day nearest to a day, in the same month. */
  const working = (year: number, month: number, target: number): number => {
    const last = lastOf(year, month)
    if (target > last) return 0
    const days = Array.from({ length: last }, (_, i) => i + 1)
    const open = days.filter((day) => weekdayOf(year, month, day) % 6 !== 0)
    return open.reduce((best, day) => (Math.abs(day - target) < Math.abs(best - target) ? day : best))
  }
  type Fits = (year: number, month: number, day: number) => boolean
  const tokens: [expression: string, fits: Fits][] = [
    ['0 9 L * *', (y, m, d) => d === lastOf(y, m)],
    ['0 9 LW * *', (y, m, d) => d === working(y, m, lastOf(y, m))],
    ...[1, 3, 10, 27, 28, 29, 30].map((back): [string, Fits] => [
      `0 9 L-${back} * *`,
      (y, m, d) => d === lastOf(y, m) - back,
    ]),
    ...[1, 2, 3, 14, 15, 16, 27, 28, 29, 30, 31].map((target): [string, Fits] => [
      `0 9 ${target}W * *`,
      (y, m, d) => d === working(y, m, target),
    ]),
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((wanted): [string, Fits][] => [
      [`0 9 * * ${wanted}L`, (y, m, d) => weekdayOf(y, m, d) === wanted % 7 && d > lastOf(y, m) - 7],
      ...[1, 2, 3, 4, 5].map((nth): [string, Fits] => [
        `0 9 * * ${wanted}#${nth}`,
        (y, m, d) => weekdayOf(y, m, d) === wanted % 7 && Math.ceil(d / 7) === nth,
      ]),
    ]),
    ['0 9 1,L * 1,5L', (y, m, d) => (d === 1 || d === lastOf(y, m)) && isMondayOrLastFriday(y, m, d)],
  ]
  const isMondayOrLastFriday: Fits = (y, m, d) =>
    weekdayOf(y, m, d) === 1 || (weekdayOf(y, m, d) === 5 && d > lastOf(y, m) - 7)

  test.each(tokens)('%s', (expression, fits) => {
    const expected: (string | null)[] = []
    for (let at = utc('2027-01-01T09:00'); at < utc('2029-01-01T00:00'); at += 86_400_000) {
      const date = new Date(at)
      if (fits(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())) {
        expected.push(date.toISOString().slice(0, 16))
      }
    }
    expect(moments(expression, '2027-01-01T00:00', expected.length)).toEqual(expected)
    expect(expected.length).toBeGreaterThan(1)
  })

  test('dates that do not come for years are none', () => {
    expect(moments('0 9 29 2 mon', '2026-01-01T00:00', 1)).toEqual([null])
    expect(moments('* * 29 2 1#5', '2026-01-01T00:00', 1, 'Europe/Berlin')).toEqual([null])
  })

  /** Four hundred years after which the calendar is the same again, told without the code under test. */
  const pages = Array.from({ length: 146_097 }, (_, i) => {
    const date = new Date(Date.UTC(2000, 0, 1) + i * 86_400_000)
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
    }
  })
  const day = (months: number[], fits: (page: (typeof pages)[number]) => boolean) => (page: (typeof pages)[number]) =>
    months.includes(page.month) && fits(page)
  test.each<[expression: string, Coming, fits: (page: (typeof pages)[number]) => boolean]>([
    ['0 9 30 2 *', 'never', day([2], ({ day }) => day === 30)],
    ['0 0 31 4 *', 'never', day([4], ({ day }) => day === 31)],
    ['0 0 31 apr,jun,sep,nov mon', 'never', day([4, 6, 9, 11], ({ day, weekday }) => day === 31 && weekday === 1)],
    ['30 0 0 30,31 feb *', 'never', day([2], ({ day }) => day > 29)],
    ['0 9 30W 2 *', 'never', day([2], ({ year, month, day }) => lastOf(year, month) >= 30 && day === 30)],
    ['0 9 31W 4 *', 'never', day([4], ({ year, month }) => lastOf(year, month) >= 31)],
    ['0 9 L-29 2 *', 'never', day([2], ({ year, month, day }) => day === lastOf(year, month) - 29)],
    ['0 9 5 * 6#5', 'never', ({ day, weekday }) => day === 5 && weekday === 6 && Math.ceil(day / 7) === 5],
    ['* * 1-6 * 1#2', 'never', ({ day, weekday }) => day <= 6 && weekday === 1 && Math.ceil(day / 7) === 2],
    [
      '0 9 1-20 * 1L',
      'never',
      ({ year, month, day, weekday }) => day <= 20 && weekday === 1 && day > lastOf(year, month) - 7,
    ],
    ['0 9 29 2 *', 'leap years', day([2], ({ day }) => day === 29)],
    ['0 9 29-31 2 *', 'leap years', day([2], ({ day }) => day >= 29)],
    ['0 9 29 2 mon', 'leap years', day([2], ({ day, weekday }) => day === 29 && weekday === 1)],
    ['0 9 L-28 2 *', 'leap years', day([2], ({ year, month, day }) => day === lastOf(year, month) - 28)],
    ['0 9 * 2 1#5', 'leap years', day([2], ({ day, weekday }) => weekday === 1 && Math.ceil(day / 7) === 5)],
    ['0 9 31 4,5 *', 'usual', day([4, 5], ({ day }) => day === 31)],
    ['0 9 29-31 * *', 'usual', ({ day }) => day >= 29],
    ['0 9 31,L 4 *', 'usual', day([4], ({ year, month, day }) => day === 31 || day === lastOf(year, month))],
    ['0 9 L 2 *', 'usual', day([2], ({ year, month, day }) => day === lastOf(year, month))],
    ['@yearly', 'usual', day([1], ({ day }) => day === 1)],
  ])('%s comes: %s', (expression, coming, fits) => {
    const years = new Set(pages.filter(fits).map(({ year }) => year))
    const isLeap = (year: number) => lastOf(year, 2) === 29
    expect(years.size === 0 ? 'never' : [...years].every(isLeap) ? 'leap years' : 'usual').toBe(coming)
    expect(comingIn(expression)).toBe(coming)
    if (coming === 'never') expect(() => parseCron(expression)).toThrow('this day never comes')
    else expect(comingOf(parseCron(expression))).toBe(coming)
  })

  test('what is no expression does not come at all', () => {
    for (const text of ['soon', '0 9 32 1 *', '0 24 30 2 *', '0 9 30 13 *', '* * * *', '0 9 30 2 9']) {
      expect([text, comingIn(text)]).toEqual([text, null])
    }
  })
})

describe('nights on which clocks are changed', () => {
  test.each([
    // Skipped: once, at the end of the gap.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['0 2 * * *', 'Europe/Berlin', '2026-03-28T12:00', ['2026-03-29T01:00', '2026-03-30T00:00']],
    ['*/10 2 * * *', 'Europe/Berlin', '2026-03-28T12:00', ['2026-03-29T01:00', '2026-03-30T00:00', '2026-03-30T00:10']],
    ['30 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00', ['2026-03-29T01:00', '2026-03-29T01:30', '2026-03-30T00:30']],
    ['0 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00', ['2026-03-29T01:00', '2026-03-30T00:00', '2026-03-30T01:00']],
    ['30 2 * * *', 'America/New_York', '2026-03-08T00:00', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00', ['2026-10-03T15:30', '2026-10-04T15:15']],
    ['45 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00', ['2026-10-03T15:45', '2026-10-04T15:45']],
    ['30 0 * * *', 'Africa/Cairo', '2026-04-23T00:00', ['2026-04-23T22:00', '2026-04-24T21:30']],
    // Doubled: once, the first.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00', ['2026-04-04T14:45', '2026-04-05T15:15']],
    // Asked between the two, it does not come again.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30', ['2026-10-26T01:30']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10', ['2026-10-26T01:30']],
    // Every hour: by instants.
    ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:00', ['2026-03-29T00:30', '2026-03-29T01:30']],
    ['30 * * * *', 'Europe/Berlin', '2026-10-25T00:00', ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']],
    ['0 * * * *', 'Europe/Berlin', '2026-10-24T23:30', ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00']],
    ['0 0-23 * * *', 'Europe/Berlin', '2026-10-25T00:00', ['2026-10-25T01:00', '2026-10-25T02:00']],
    ['0 * * * *', 'Australia/Lord_Howe', '2026-10-03T14:30', ['2026-10-03T16:00']],
    [
      '45 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:00',
      ['2026-04-04T14:45', '2026-04-04T15:15', '2026-04-04T16:15'],
    ],
    ['0 * * * *', 'Africa/Cairo', '2026-04-23T19:30', ['2026-04-23T20:00', '2026-04-23T21:00', '2026-04-23T22:00']],
    ['*/30 * 24 4 *', 'Africa/Cairo', '2026-04-20T00:00', ['2026-04-23T22:00', '2026-04-23T22:30']],
    ['0 */6 * * *', 'Pacific/Apia', '2011-12-30T03:00', ['2011-12-30T04:00', '2011-12-30T10:00', '2011-12-30T16:00']],
  ])('%s in %s after %s', (expression, zone, after, expected) => {
    expect(moments(expression, after, expected.length, zone)).toEqual(expected)
  })
})

describe('against a scan of every minute', () => {
  interface Fields {
    minutes: readonly number[]
    hours: number[] | null
    days: number[] | null
    weekdays: number[] | null
  }

  const fits = ({ days, weekdays }: Fields, { day, weekday }: { day: number; weekday: number }) =>
    (days?.includes(day) ?? true) && (weekdays?.includes(weekday) ?? true)

  /** Every moment the fields name, by looking at each minute of the window. */
  function scan(fields: Fields, minutes: readonly Minute[]): number[] {
    const { hours } = fields
    const found = new Set<number>()
    const shownAlready = new Set<number>()
    minutes.forEach((minute, i) => {
      const before = minutes[i - 1]
      if (hours === null) {
        if (fields.minutes.includes(minute.minute) && fits(fields, minute)) found.add(minute.at)
        return
      }
      // What the clock skipped on its way here counts as shown now; what it showed before does not count again.
      const skipped = before && minute.face > before.face ? before.face + 60_000 : minute.face
      for (let face = skipped; face <= minute.face; face += 60_000) {
        if (shownAlready.has(face)) continue
        shownAlready.add(face)
        const wall = new Date(face)
        const named = hours.includes(wall.getUTCHours()) && fields.minutes.includes(wall.getUTCMinutes())
        if (named && fits(fields, { day: wall.getUTCDate(), weekday: wall.getUTCDay() })) found.add(minute.at)
      }
    })
    return [...found]
  }

  const some = (from: number, to: number, most: number) =>
    fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: most })
  const fields: fc.Arbitrary<Fields> = fc.record({
    minutes: fc.oneof(some(0, 59, 3), fc.constantFrom([0], [30], [0, 15, 30, 45])),
    hours: fc.oneof(fc.constant(null), some(0, 23, 3), some(0, 4, 3)),
    days: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: some(1, 31, 20) }),
    weekdays: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: some(0, 6, 5) }),
  })
  const written = ({ minutes, hours, days, weekdays }: Fields) =>
    `${minutes.join(',')} ${hours?.join(',') ?? '*'} ${days?.join(',') ?? '*'} * ${weekdays?.join(',') ?? '*'}`

  test.each(windows)('$zone from $from', ({ zone, minutes }) => {
    // From the second day on, so that no doubled or skipped minute lies before the scan.
    const begin = minutes[1440]?.at ?? 0
    const end = minutes.at(-1440)?.at ?? 0
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 4 * 86_400_000 - 120_000 }), (wanted, ms) => {
        const cron = parseCron(written(wanted))
        const after = begin + ms
        const expected = scan(wanted, minutes).filter((at) => at > after && at < end)
        const found: number[] = []
        let last: number | null = after
        while (found.length < 12 && last !== null) {
          last = nextAfter(cron, last, zone)
          if (last === null || last >= end) break
          found.push(last)
        }
        expect(found.map(iso), `${written(wanted)} after ${iso(after)}`).toEqual(expected.slice(0, 12).map(iso))
      }),
      {
        numRuns: 60,
        examples: [
          [{ minutes: [0], hours: [2], days: null, weekdays: null }, 0],
          [{ minutes: [30], hours: [0, 1, 2], days: null, weekdays: null }, 0],
          [{ minutes: [0, 30], hours: null, days: null, weekdays: null }, 3_600_000],
        ],
      },
    )
  })
})

describe('what is no expression', () => {
  test.each(['1-999999999 * * * *', '0 0 1-9999 * *', `${'0,'.repeat(400)}0 * * * *`])(
    'is refused before anything is made of it: %#',
    (expression) => {
      expect(() => parseCron(expression)).toThrow(/is no second|is longer/)
    },
  )
})
