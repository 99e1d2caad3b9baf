/** A minute as a wall clock in a zone shows it, told by `Intl` and not by the code under test. */
export interface Minute {
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
export function minutesOf(zone: string, from: string, days: number): Minute[] {
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
export const windows = [
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

export const iso = (moment: number | null): string | null => (moment === null ? null : new Date(moment).toISOString())
export const utc = (text: string): number => Date.parse(text.endsWith('Z') ? text : `${text}Z`)
