import * as z from 'zod'
import { parseDuration } from './core/calendar/duration.ts'
import { type Instant, instantOf } from './core/calendar/time.ts'
import { logLevels } from './core/model/loudness.ts'
import { states } from './core/model/row.ts'
import { faultWords, Mistake, nearest, suggestion } from './document/fault.ts'
import { faultsOf, shown } from './document/issues.ts'

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
const name = z.string().min(1).max(200)

const when = z.string().transform((text, context): When => {
  const seconds = parseDuration(text)
  if (seconds !== null) return (now) => now - seconds * 1000
  // Shorter numbers are years, or mistakes.
  if (/^\d{12,15}$/.test(text)) return () => Number(text)
  if (instantOf(text, 'UTC') !== null) return (now, zone) => instantOf(text, zone) ?? now
  const message = 'a length of time such as 7d or 12h, a date such as 2026-02-28, or epoch milliseconds'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const most = z.string().transform((text, context): number => {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= mostLines) return number
  context.addIssue({ code: 'custom', message: `a whole number from 1 to ${mostLines}, such as 50` })
  return z.NEVER
})

const truth = z.preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), z.boolean())

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

const position = z.string().transform((word, context): boolean | 'press' => {
  const found = positionIn(word)
  if (found !== null) return found
  const near = nearest(word, ['on', 'off', 'press'])
  const right = near === null ? 'set it to on or off, or press it' : `did you mean ${near}?`
  context.addIssue({ code: 'custom', message: `${shown(word)} is neither on, off nor press; ${right}` })
  return z.NEVER
})

const lock = name.optional()
const nothing = z.strictObject({})
const ofLock = z.strictObject({ lock })
const history = z.strictObject({
  lock,
  rule: name.optional(),
  state: z.enum(states).optional(),
  since: when.optional(),
  most: most.default(50),
})

/** What can be asked of a running daemon, on its socket and at the console alike. */
export const questions = {
  health: nothing,
  status: ofLock,
  /** `names` are those of facts, with commas between. */
  facts: z.strictObject({ lock, names: z.string().min(1).max(2000).optional() }),
  history,
  why: z.strictObject({ lock, rule: name }),
  rules: ofLock,
  limits: ofLock,
  pressable: ofLock,
  ahead: ofLock,
  glance: ofLock,
  accept: ofLock,
  release: z.strictObject({ lock, rule: name }),
  /** `by` is whose word it is. */
  settle: z.strictObject({ lock, id: name, happened: truth, by: z.enum(['keyholder', 'wearer']).default('wearer') }),
  /** What people said of actions that nothing could tell. */
  settled: ofLock,
  /** Without a `value` a button is pressed. */
  set: z.strictObject({ lock, input: name, value: position.optional() }),
  nudge: nothing,
  /** To end; with `again`, so that who started it starts it again. */
  quit: z.strictObject({ again: truth.default(false) }),
  /** The last lines of the log, at least as loud as `least`; with `after`, of those behind that number. */
  log: z.strictObject({
    after: z
      .string()
      .regex(/^\d{1,15}$/, 'the number of a line such as 0')
      .transform(Number)
      .optional(),
    least: z.enum(logLevels).optional(),
    most: most.default(100),
  }),
  /** From then on the log says so much; without a level it is only told. */
  logLevel: z.strictObject({ level: z.enum(logLevels).optional() }),
  /** The switch is a file that commands set; the daemon that runs writes it down for them. */
  noted: z.strictObject({ lock, what: z.enum(['stop', 'resume']), said: name.max(1000) }),
}

/** What the console is asked besides: it answers these by itself, or from several of the daemon's answers. */
export const consoleQuestions = {
  session: nothing,
  sessions: nothing,
  events: nothing,
  examples: nothing,
  timeline: history,
  unsettled: ofLock,
  raised: ofLock,
  audit: z.strictObject({
    most: most.default(100),
    before: when.optional(),
    place: z
      .string()
      .regex(/^\d{1,15}$/, 'the place of an entry such as 0')
      .transform(Number)
      .optional(),
  }),
  ruleFiles: ofLock,
  ofOneLock: z.strictObject({ lock: name }),
}

export type Question = keyof typeof questions
export type Asked<Q extends Question> = z.output<(typeof questions)[Q]>

/** What is answered on the socket: a function for each question, of what was asked, that gives JSON. */
export type SocketAnswers = { readonly [Q in Question]: (asked: Asked<Q>) => unknown }
/** What the daemon answers, wherever it is asked. */
export type Answers = Omit<SocketAnswers, 'noted' | 'quit'>

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

/** Answers a question as it came in. Throws a `WrongQuestion` where it is not to be answered as it is. */
export async function answered(
  answers: Partial<SocketAnswers>,
  question: Question,
  pairs: Iterable<readonly [string, string]>,
): Promise<unknown> {
  const asked = taken<unknown>(questions[question], parametersIn(pairs))
  return await answers[question]?.(asked as never)
}
