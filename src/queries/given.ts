import * as z from 'zod'
import { parseDuration } from '../core/calendar/duration.ts'
import { type Instant, instantOf } from '../core/calendar/time.ts'
import { faultWords, Mistake, nearest, suggestion } from '../document/fault.ts'
import { faultsOf, shown } from '../document/issues.ts'

/** A question that is not answered as it is: says what of it is wrong, and what would be right. */
export class WrongQuestion extends Mistake {
  override name = 'WrongQuestion'
  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message, exitCode)
  }
}

/** A moment that may hang on the present one and on the zone of the config. */
export type When = (now: Instant, zone: string) => Instant

/** The longest history, or trail, in one answer; "export" gives all of it. */
const mostLines = 1000
export const name = z.string().min(1).max(200)

/** A moment as people write it. */
export const when = z
  .string()
  .describe('A length of time until now (`7d`), a date in the zone of the config (`2026-02-28`), or epoch milliseconds')
  .transform((text, context): When => {
    const seconds = parseDuration(text)
    if (seconds !== null) return (now) => now - seconds * 1000
    // Shorter numbers are years, or mistakes.
    if (/^\d{12,15}$/.test(text)) return () => Number(text)
    if (instantOf(text, 'UTC') !== null) return (now, zone) => instantOf(text, zone) ?? now
    const message = 'a length of time such as 7d or 12h, a date such as 2026-02-28, or epoch milliseconds'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

/** How many lines at most, as text. */
export const most = z
  .string()
  .describe(`How many at most: 1 to ${mostLines}`)
  .transform((text, context): number => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
    if (number >= 1 && number <= mostLines) return number
    context.addIssue({ code: 'custom', message: `a whole number from 1 to ${mostLines}, such as 50` })
    return z.NEVER
  })

/** True or false, also as text. */
export const truth = z.preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), z.boolean())

const positions: Readonly<Record<string, boolean | 'press'>> = {
  on: true,
  true: true,
  yes: true,
  off: false,
  false: false,
  no: false,
  press: 'press',
}

/** What a word does to an input, in letters of either case: true and false set a switch. Null where it is none. */
export function positionIn(word: string): boolean | 'press' | null {
  const known = word.toLowerCase()
  return Object.hasOwn(positions, known) ? (positions[known] ?? null) : null
}

/** What is done to an input. */
export const position = z
  .string()
  .describe('`on`, `off` or `press`, in letters of either case')
  .transform((word, context): boolean | 'press' => {
    const found = positionIn(word)
    if (found !== null) return found
    const near = nearest(word, ['on', 'off', 'press'])
    const right = near === null ? 'set it to on or off, or press it' : `did you mean ${near}?`
    context.addIssue({ code: 'custom', message: `${shown(word)} is neither on, off nor press; ${right}` })
    return z.NEVER
  })

/** One of the locks by its name; all without. */
export const lock = name.optional().describe('One lock of the config by its name; all of them without it')
export const nothing = z.strictObject({})
export const ofLock = z.strictObject({ lock })

/** What was asked, as its schema takes it. Throws a `WrongQuestion` that names all that is wrong. */
export function taken<T>(schema: z.ZodType<T>, given: unknown): T {
  const { value, faults } = faultsOf(schema, given)
  if (faults.length === 0) return value as T
  throw new WrongQuestion(faults.map(faultWords).join('; '))
}

/** The moment of a `since`, for who asks the database itself. Throws a `WrongQuestion`. */
export function sinceOf(since: string, now: Instant, zone: string): Instant {
  return taken(z.strictObject({ since: when }), { since }).since(now, zone)
}

/** Parameters of a question by their names. Throws a `WrongQuestion` where one is given twice. */
export function parametersIn(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const given = new Map<string, string>()
  for (const [key, value] of pairs) {
    if (given.has(key)) throw new WrongQuestion(`${shown(key)} is asked twice; say it once`)
    given.set(key, value)
  }
  return Object.fromEntries(given)
}

/** Throws a `WrongQuestion` for a name that is none of those there are. */
export function refuseUnknown(kind: string, wanted: string, names: Iterable<string>, exitCode: 1 | 2 = 2): void {
  const known = new Set(names)
  if (known.has(wanted)) return
  const right = known.size === 0 ? `there is no ${kind} at all` : suggestion(wanted, known)
  throw new WrongQuestion(`there is no ${kind} ${shown(wanted)}; ${right}`, exitCode)
}
