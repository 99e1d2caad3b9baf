// biome-ignore-all lint/style/noExcessiveLinesPerFile: the table of the keys of a rule
import * as z from 'zod'
import { lengthOfTime, sayDuration } from '../calendar/duration.ts'
import { type Moments, parseMoments } from '../calendar/moment.ts'
import { momentMeant } from '../calendar/spelling.ts'
import { parseWindow, sayWindow, type Window } from '../calendar/window.ts'
import { chanceNow, chanceSchema } from './chance.ts'
import { mostUnder, quotaSchema, sayQuota, usedUpUntil } from './quota.ts'
import { hasMoments, type Rule } from './rule.ts'
import type { RuleKey } from './rulekey.ts'

/** A key an entry, in the order in which a rule is asked. */
const table = {
  id: key({
    help: "The rule's identity for ever: editing its text never makes it fire again",
    schema: idText().max(80),
    comesTo: (id) => ({ id }),
  }),

  was: key({
    help: 'The id this rule had before; its memory is kept',
    schema: idText().optional(),
    comesTo: (was) => ({ was: was ?? null }),
  }),

  description: key({
    help: 'For people',
    schema: z.string().max(500).optional(),
    form: { label: 'Description', takes: 'text' },
    comesTo: (description = '') => ({ description }),
  }),

  // Whether it fires, in the order in which a rule is asked.

  enabled: key({
    help: 'false: read, checked and followed, but never fired',
    schema: z.boolean().default(true),
    comesTo: (enabled) => ({ enabled }),
    silences: {
      disabled: { said: 'it is switched off (enabled: false)', settled: true },
    },
  }),

  at: key({
    help: 'Only at these moments: "09:00", "mon-fri 09:00", "first mon 09:00", "random 09:00-22:00", …',
    schema: oneOrMore(moments()).optional(),
    form: { label: 'At', takes: 'moment' },
    lasting: true,
    comesTo: (at = []) => ({ at }),
    says: ({ at }, say) => (at.length > 0 ? say.moments(at) : null),
    silences: {
      'not its moment': {
        said: 'it looks only at certain moments ("at"), and this is none of them',
        briefly: 'it waits for its moment',
      },
    },
    most: ({ at }, { moments: held }) => (at.length > 0 ? held(at) : Number.POSITIVE_INFINITY),
  }),

  after: key({
    help: 'So long after each firing of another rule: { rule: warn, wait: 10m }',
    schema: z
      .strictObject({
        rule: idText().meta({ description: 'The id of the other rule' }),
        wait: lengthOfTime().meta({ description: 'How long after its firing' }),
      })
      .optional(),
    lasting: true,
    misplaced: ({ at }) =>
      at === undefined ? null : { message: '"after" does not go with "at"', hint: 'write two rules' },
    comesTo: (after) => ({ after: after ? { rule: after.rule, waitMs: after.wait * 1000 } : null }),
    says: ({ after }) => after && `${sayDuration(after.waitMs / 1000)} after the rule ${after.rule} fired`,
    silences: {
      after: {
        said: 'it comes a while after another rule fired ("after"), and that is not yet',
        briefly: 'it waits for a while to pass after another rule',
        settled: true,
      },
    },
  }),

  grace: key({
    help: 'How late a moment of `at` may be looked at; 5m',
    schema: lengthOfTime().optional(),
    form: { label: 'How late it may be', takes: 'value' },
    misplaced: ({ at, after }) =>
      at === undefined && after === undefined ? { message: '"grace" goes with "at" and "after" only' } : null,
    comesTo: (seconds = 300) => ({ graceMs: seconds * 1000 }),
  }),

  when: key({
    help: 'A condition, or a list of them that must all be true',
    schema: z.unknown().optional(),
    form: { label: 'When', takes: 'condition' },
    says(rule, say) {
      const condition = rule.when && say.condition(rule.when)
      return !hasMoments(rule) ? `when ${condition ?? 'never'}` : condition && `if ${condition}`
    },
    silences: {
      'condition false': {
        said: 'its condition is not true',
        briefly: 'its condition is not true',
        awaits: { condition: 'when', truth: true },
        settled: true,
      },
      'condition unknown': {
        said: 'whether its condition is true is not known, and what is unknown never fires',
        briefly: 'it is not known whether its condition is true',
        awaits: { condition: 'when', truth: true },
        settled: true,
      },
    },
  }),

  for: key({
    help: 'True for so long of observed time; restarts do not reset it',
    schema: lengthOfTime().optional(),
    form: { label: 'For how long it has to be so', takes: 'value' },
    lasting: true,
    misplaced: ({ at, after, when }) =>
      (at !== undefined || after !== undefined) && when === undefined
        ? { message: '"for" needs a "when" to be true for so long' }
        : null,
    comesTo: (seconds = 0) => ({ forMs: seconds * 1000 }),
    says: ({ forMs }) => (forMs > 0 ? `for ${sayDuration(forMs / 1000)} on end` : null),
    silences: {
      for: {
        said: 'its condition is true, but not for long enough yet ("for")',
        briefly: 'it is true, but not for long enough yet',
        ends: true,
        lasts: ({ forMs }) => forMs,
      },
    },
    // `repeat` alone keeps nothing apart: each new episode fires at once, unless there is a `for`.
    most(rule, { ms }) {
      const { forMs, repeatMs } = rule
      return hasMoments(rule) ? Number.POSITIVE_INFINITY : Math.ceil(ms / Math.min(forMs, repeatMs || forMs))
    },
  }),

  repeat: key({
    help: 'Again after every such length of observed time while the condition stays true',
    schema: lengthOfTime().optional(),
    form: { label: 'Again after', takes: 'value' },
    lasting: true,
    misplaced({ at, after }) {
      const beside = at !== undefined ? 'at' : after !== undefined ? 'after' : null
      if (beside === null) return null
      const message = `"repeat" has no meaning beside "${beside}": each moment comes by itself`
      return { message, hint: 'take one of them out' }
    },
    comesTo: (seconds = 0) => ({ repeatMs: seconds * 1000 }),
    says: ({ repeatMs }) => (repeatMs > 0 ? `and again every ${sayDuration(repeatMs / 1000)}` : null),
    silences: {
      'had its turn in this episode': {
        said: 'it had its turn, and waits for its condition to become false first',
        briefly: 'it had its turn, and waits for its condition to end',
        awaits: { condition: 'when', truth: false },
        settled: true,
      },
      repeat: {
        said: 'it had its turn, and its next one has not come yet ("repeat")',
        briefly: 'it waits for its next turn',
        ends: true,
        lasts: ({ repeatMs }) => repeatMs,
      },
    },
  }),

  pause: key({
    help: 'Time that "for" and "repeat" do not count: "mon-fri 09:00-17:00"',
    schema: oneOrMore(
      textRead<Window>('a part of a week such as "mon-fri 09:00-17:00", in quotes', parseWindow),
    ).optional(),
    form: { label: 'Time that does not count', takes: 'moment' },
    lasting: true,
    misplaced: (rule) =>
      rule.for === undefined && rule.repeat === undefined
        ? {
            message: '"pause" has nothing to pause: it goes with "for" and "repeat"',
            hint: 'for "not at these times" write only_if: { not: time.clock between … and … on … }',
          }
        : null,
    comesTo: (pause = []) => ({ pause }),
    says: ({ pause }) => (pause.length > 0 ? `not counting the time ${pause.map(sayWindow).join(' and ')}` : null),
  }),

  cooldown: key({
    help: 'At least so long since its last firing',
    schema: lengthOfTime().optional(),
    form: { label: 'At least so long apart', takes: 'value' },
    comesTo: (seconds = 0) => ({ cooldownMs: seconds * 1000 }),
    says: ({ cooldownMs }) => (cooldownMs > 0 ? `at least ${sayDuration(cooldownMs / 1000)} apart` : null),
    silences: {
      cooldown: {
        said: 'it fired too short a while ago ("cooldown")',
        briefly: 'it fired a short while ago',
        ends: true,
        settled: true,
        otherwise: true,
      },
    },
    costs: (rule) => (rule.cooldownMs > 0 && !waits(rule) ? 'too soon' : null),
    holds({ cooldownMs }, { now, fired }) {
      const last = fired.recent.at(-1)
      if (cooldownMs === 0 || last === undefined || now >= last + cooldownMs) return null
      return { why: 'cooldown', until: last + cooldownMs, detail: '' }
    },
    most: ({ cooldownMs }, { ms }) => Math.ceil(ms / cooldownMs),
  }),

  limit: key({
    help: 'At most so often: "2 per day", a list is allowed',
    schema: oneOrMore(quotaSchema).optional(),
    form: { label: 'At most how often', takes: 'value' },
    slip: (written) =>
      typeof written === 'number'
        ? {
            message: `${written} does not say in what time`,
            hint: `write "${written} per day" or "${written} per lock"`,
          }
        : null,
    comesTo: (limits = []) => ({ limits }),
    says: ({ limits }) => limits.map(sayQuota),
    silences: {
      limit: {
        said: 'it fired as often as it may ("limit")',
        briefly: 'it fired as often as it may',
        ends: true,
        endless: 'for as long as this lock lasts',
        settled: true,
        otherwise: true,
      },
    },
    costs: (rule) => (rule.limits.length > 0 && !waits(rule) ? 'over its limit' : null),
    holds({ limits }, { now, fired, zone }) {
      for (const quota of limits) {
        const until = usedUpUntil(quota, fired, now, zone)
        if (until !== false) return { why: 'limit', until, detail: quota.text }
      }
      return null
    },
    most: ({ limits }, stretch) => Math.min(...limits.map((quota) => mostUnder(quota, stretch))),
  }),

  budget: key({
    help: 'The budget that it shares with other rules, by its name under budgets',
    schema: z.string({ error: 'the name of a budget' }).optional(),
    comesTo: (budget) => ({ budget: budget ?? null }),
    says: ({ budget }) => (budget === null ? null : `within the budget ${budget}`),
    silences: {
      budget: {
        said: 'it and the rules that share its budget may do no more together ("budget")',
        ends: true,
        endless: 'for as long as this lock lasts',
      },
    },
    holds({ budget }, { usedUp }) {
      const full = budget === null ? null : usedUp()
      return full && { why: 'budget', ...full }
    },
  }),

  only_if: key({
    help: "Asked when a firing is due; false or unknown drops that firing. none: without the file's only_if",
    schema: z.unknown().optional(),
    form: { label: 'Only if', takes: 'condition' },
    says: ({ onlyIf }, say) => onlyIf && `but only if ${say.condition(onlyIf)}`,
    saidLast: true,
    silences: {
      'only_if false': {
        said: 'it was due, but its "only_if" was not true; that turn is used up',
        awaits: { condition: 'onlyIf', truth: true },
        otherwise: true,
      },
      'only_if unknown': {
        said: 'it was due, but whether its "only_if" is true was not known; that turn is used up',
        awaits: { condition: 'onlyIf', truth: true },
      },
    },
    costs: ({ onlyIf }) => (onlyIf ? 'that condition is false' : null),
    drops: (_, { onlyIf }) => (onlyIf === null ? 'only_if unknown' : onlyIf ? null : 'only_if false'),
  }),

  chance: key({
    help: 'Drawn once for each firing that is due, as 25%, or { steps: [10%, 25%], by: tally.strikes }',
    schema: chanceSchema.optional(),
    form: { label: 'With a chance of', takes: 'value' },
    comesTo: (chance) => ({ chance: chance ?? null }),
    says({ chance }, say) {
      if (chance === null) return null
      const said = (share: number) => `${Math.round(share * 1000) / 10} %`
      if (typeof chance === 'number') return `with a chance of ${said(chance)}`
      return `with a chance of ${say.list(chance.steps.map(said))} (by ${say.noun(chance.by)})`
    },
    silences: {
      chance: {
        said: 'it was due, but the draw went against it ("chance"); that turn is used up',
        otherwise: true,
      },
      'chance unknown': {
        said: 'it was due, but what its chance goes by was not known; that turn is used up',
      },
    },
    costs: ({ chance }) => (chance === null ? null : 'the draw is lost'),
    drops({ chance }, { draw, number }) {
      const share = chance === null ? 1 : chanceNow(chance, number)
      if (share === null) return 'chance unknown'
      return draw('chance') >= share ? 'chance' : null
    },
  }),

  // What it then does.

  on_failure: key({
    help: 'continue: the rest of the list is done although an action failed',
    schema: z.enum(['stop', 'continue']).default('stop'),
    comesTo: (onFailure) => ({ onFailure }),
  }),

  resend: key({
    help: 'false: an action that surely did not arrive is not sent a second time',
    schema: z.boolean().default(true),
    comesTo: (resend) => ({ resend }),
  }),

  then: key({
    help: 'What to do, in order',
    schema: z.array(z.unknown()).min(1, 'an empty list does nothing; name at least one action'),
  }),

  otherwise: key({
    help: 'What to do for an occurrence that limit, cooldown, only_if or chance costs',
    schema: z.array(z.unknown()).min(1, 'an empty list does nothing; name at least one action').optional(),
  }),
}

type Table = typeof table

/** The name of a key that may stand in a rule. */
export type RuleKeyName = keyof Table

/** The silences that come of some key. */
export type KeySilence = { [Name in RuleKeyName]: keyof NonNullable<Table[Name]['silences']> }[RuleKeyName]

type AnyKey = RuleKey<z.ZodType, Partial<Rule>, KeySilence>

/** Every key that may stand in a rule, in the order of the table. */
export const ruleKeys = Object.entries(table).map(([name, entry]) => ({
  ...(entry as AnyKey),
  name: name as RuleKeyName,
}))

/** A rule as it stands in a file, conditions and actions still raw: those are read with the catalogue at hand. */
export const ruleSchema = z.strictObject(
  Object.fromEntries(ruleKeys.map(({ name, help, schema }) => [name, schema.meta({ description: help })])) as {
    [Name in RuleKeyName]: Table[Name]['schema']
  },
)

type Written = z.output<typeof ruleSchema>
type PartOf<Name extends RuleKeyName> = ReturnType<NonNullable<Table[Name]['comesTo']>>
type Both<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void ? All : never

/** What the keys of a rule come to, but for its conditions and actions. */
export function comesTo(written: Written): Both<PartOf<RuleKeyName>> {
  return Object.assign({}, ...ruleKeys.map(({ name, comesTo: part }) => part?.(written[name])))
}

/** What costs a rule an occurrence, for its sentence: where a lasting condition waits, it costs none. */
export function sayCosting(rule: Rule): string[] {
  return ruleKeys.flatMap(({ costs }) => costs?.(rule) ?? [])
}

/** Whether an occurrence that is held back comes later. */
function waits(rule: Rule): boolean {
  return rule.changes.size === 0 && !hasMoments(rule)
}

/** Ties an entry's functions to its schema and its silences. */
function key<Schema extends z.ZodType, Part extends Partial<Rule> = Record<never, never>, Name extends string = never>(
  entry: RuleKey<Schema, Part, Name>,
): RuleKey<Schema, Part, Name> {
  return entry
}

function idText(fault = 'an id is made of small letters, digits and hyphens') {
  return z.string().regex(/^[a-z0-9][a-z0-9-]*$/, {
    error: ({ input }) => {
      const meant = String(input)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
      return meant === '' ? fault : `${fault}; write ${meant}`
    },
  })
}

function oneOrMore<T>(one: z.ZodType<T>) {
  return z.union([one.transform((single) => [single]), z.array(one).min(1)])
}

function moments() {
  return textRead<Moments>('a moment such as "09:00", in quotes', (text) => {
    const read = parseMoments(text)
    const meant = typeof read === 'string' ? momentMeant(text) : null
    return meant === null ? read : `"${text}" is no moment; write "${meant}"`
  })
}

/** A text that is read as something else, or what is wrong with it. */
function textRead<T extends object>(error: string, read: (text: string) => T | string) {
  return z.string({ error }).transform((text, context): T => {
    const whole = read(text)
    if (typeof whole !== 'string') return whole
    context.addIssue(whole)
    return z.NEVER
  })
}
