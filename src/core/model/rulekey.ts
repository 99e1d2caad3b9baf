import type * as z from 'zod'
import type { Moments } from '../calendar/moment.ts'
import type { Instant } from '../calendar/time.ts'
import type { Truth } from './fact.ts'
import type { Fired } from './fired.ts'
import type { Objection } from './objection.ts'
import type { Stretch } from './quota.ts'
import type { Condition, Rule } from './rule.ts'

/**
 * What is known of a key that may stand in a rule. `Part` is what it comes to in the compiled rule, `Name` the names of
 * its silences.
 */
export interface RuleKey<
  Schema extends z.ZodType = z.ZodType,
  Part extends Partial<Rule> = Partial<Rule>,
  Name extends string = string,
> {
  /** What it is for, in a few words: editors, completion and the JSON Schema show it. */
  help: string
  /** What may be written, and what holds where it is left out. */
  schema: Schema
  /** How it stands in the form of an example; left out where people are not to change it there. */
  form?: { label: string; takes: FieldKind }
  /** A common slip in what is written, told instead of what the schema says of it. */
  slip?(written: unknown): Objection | null
  /** Why it makes no sense beside what else is written in its rule. */
  misplaced?(rule: Readonly<Record<string, unknown>>): Objection | null
  /** It needs a condition that lasts, and so does not go with one that is true for a moment only. */
  lasting?: true
  /** What it comes to; left out for conditions and actions, which are read with the names of facts at hand. */
  comesTo?(written: z.output<Schema>): Part
  /** Its clauses in the rule's sentence. */
  says?(rule: Rule, say: Saying): string | readonly string[] | null
  /** Its clause stands behind those of all other keys. */
  saidLast?: true
  /** Why it keeps a rule from firing, by name. */
  silences?: Readonly<Record<Name, SilenceEntry>>
  /** What holds back an occurrence that is due; one that can wait does. */
  holds?(rule: Rule, due: Due): Held<Name> | null
  /** The silence in which an occurrence that is due and not held back comes to nothing. */
  drops?(rule: Rule, last: LastLook): Name | null
  /** What costs the rule an occurrence, as a sentence says it; null where it costs none. */
  costs?(rule: Rule): string | null
  /** The most firings that it leaves in a stretch of time, for the worst case; left out where it bounds none. */
  most?(rule: Rule, stretch: Stretch): number
}

/** What people may change: a text, or the numbers and times in a condition, a moment or a value. */
export const fieldKinds = ['text', 'condition', 'moment', 'value'] as const

export type FieldKind = (typeof fieldKinds)[number]

/** How a sentence says what it knows more of than a key does. */
export interface Saying {
  condition(condition: Condition): string
  moments(at: readonly Moments[]): string
  /** A fact as a thing. */
  noun(fact: string): string
  /** One of several. */
  list(several: readonly string[]): string
}

/** Why a rule does not fire: in words, and what that means for it. */
export interface SilenceEntry {
  /** As `why` says it. */
  said: string
  /** As the list of rules in the console says it; the name where it is left out. */
  briefly?: string
  /** It ends by itself, so that `status` tells when. */
  ends?: true
  /** Of how long something must last, of which `why` tells the part that has passed; in milliseconds. */
  lasts?(rule: Rule): number
  /** As `why` says that it does not end. */
  endless?: string
  /** Which of the rule's conditions must come to what for it to end. */
  awaits?: { condition: 'when' | 'onlyIf'; truth: boolean }
  /** An occurrence that it costs is answered by the rule's `otherwise`; what is not known answers nothing. */
  otherwise?: true
  /** Only a fact or its own end changes it, so that the rule need not be decided on before. */
  settled?: true
}

/** When an occurrence is due. */
export interface Due {
  now: Instant
  /** The rule's firings so far. */
  fired: Fired
  zone: string
  /** What of its budget the rule lacks, and until when; null where nothing is in its way. */
  usedUp(): { until: Instant | null; detail: string } | null
}

/** A silence with its end; null where that is not known, or there is none. */
export interface Held<Name extends string = string> {
  why: Name
  until: Instant | null
  detail: string
}

/** What is looked at last, when nothing holds an occurrence back any more. */
export interface LastLook {
  /** Of `only_if`; true where there is none. */
  onlyIf: Truth
  /** In [0, 1), the occurrence's own for each name. */
  draw(name: string): number
  /** A known number of a fact; null where it is not known. */
  number(fact: string): number | null
}
