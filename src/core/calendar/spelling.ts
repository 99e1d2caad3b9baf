import { parseMoments } from './moment.ts'
import { weekdayNamed, weekdays } from './time.ts'

/** Days as they are called where no English is spoken, by how `weekdays` has them. */
const otherDays: Readonly<Record<string, (typeof weekdays)[number]>> = {
  mo: 'mon',
  montag: 'mon',
  di: 'tue',
  dienstag: 'tue',
  mi: 'wed',
  mittwoch: 'wed',
  do: 'thu',
  donnerstag: 'thu',
  fr: 'fri',
  freitag: 'fri',
  sa: 'sat',
  samstag: 'sat',
  so: 'sun',
  sonntag: 'sun',
}

/** `09:30` for a time of day in another form, such as `9h30`, `9.30 pm` or `9 Uhr`; null for what is none. */
export function clockMeant(text: string): string | null {
  const matched = /^(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm|a\.m\.|p\.m\.|uhr|h|o'clock)?$/i.exec(text.trim())
  const [, hours, minutes = '00', suffix] = matched ?? []
  if (hours === undefined || (suffix === undefined && !/[.h:]/i.test(text))) return null
  // `1h` is a length.
  if (suffix?.toLowerCase() === 'h' && matched?.[2] === undefined) return null
  const half = suffix?.slice(0, 1).toLowerCase()
  const twelve = half === 'a' || half === 'p'
  const hour = twelve ? (Number(hours) % 12) + (half === 'p' ? 12 : 0) : Number(hours)
  const isTime = hour < 24 && Number(minutes) < 60 && (!twelve || (Number(hours) > 0 && Number(hours) <= 12))
  return isTime ? `${String(hour).padStart(2, '0')}:${minutes}` : null
}

/** `sun` for a day in another language or in full; null for what is none. */
export function dayMeant(text: string): string | null {
  const word = text.trim().toLowerCase().replace(/\.$/, '')
  if (Object.hasOwn(otherDays, word)) return otherDays[word] ?? null
  const number = weekdayNamed(word.replace(/s$/, ''))
  return number === null ? null : (weekdays[number - 1] ?? null)
}

/** `2026-12-24` for a date such as `24.12.2026` or `24/12/2026`; null for what is none, or may be two. */
export function dateMeant(text: string): string | null {
  const [, day, sign, month, year] = /^(\d{1,2})([./])(\d{1,2})\2(\d{4})$/.exec(text.trim()) ?? []
  // Half of those who write strokes begin with the month.
  if (day === undefined || month === undefined || (sign === '/' && Number(day) <= 12)) return null
  if (Number(month) > 12 || Number(day) > 31) return null
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

/** A moment as `at` takes it, for one in other words, such as `sunday at 6pm` or `every day at 9`; null for none. */
export function momentMeant(text: string): string | null {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\b(every|each|on|at|um|daily|day|days|jeden|tag|täglich)\b/g, ' ')
    .replace(/\bweekdays?\b/g, 'mon-fri')
    .replace(/\bweekends?\b/g, 'sat,sun')
    .replace(/ ?(,| to | bis ) ?/g, (_, sign: string) => (sign === ',' ? ',' : '-'))
    .replace(/(\d) (?=am\b|pm\b|a\.m\.|p\.m\.|uhr\b)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  const words = plain.split(' ').map((word) => partsMeant(word))
  const random = words.includes('random')
  const [clocks, days] = [words.filter((word) => /\d/.test(word)), words.filter((word) => /^[a-z]/.test(word))]
  const [day, clock] = [days.filter((word) => word !== 'random'), clocks.map(whole)]
  if (clock.length !== 1 || day.length > 1) return null
  const written = [...day, ...(random ? ['random'] : []), ...clock].join(' ')
  return written !== text.trim() && typeof parseMoments(written) !== 'string' ? written : null
}

function partsMeant(word: string): string {
  return word
    .split(/([,-])/)
    .map((part) => dayMeant(part) ?? clockMeant(part) ?? part)
    .join('')
}

/** `at 9` can only mean nine o'clock. */
function whole(clock: string): string {
  return /^\d{1,2}$/.test(clock) ? (clockMeant(`${clock} uhr`) ?? clock) : clock
}
