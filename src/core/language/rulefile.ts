import * as z from 'zod'
import type { Fault } from '../../document/fault.ts'
import { validate } from '../../document/issues.ts'
import { type Path, parseYaml, type YamlDocument } from '../../document/yaml.ts'
import { spanSchema } from '../calendar/span.ts'
import { type Budget, budgetSchema } from '../model/budget.ts'
import type { Input, Streak, Tally } from '../model/rule.ts'
import { streakSchema } from './streaks.ts'
import { unitlessIn, unitlessWords } from './unitless.ts'

const name = z.string().regex(/^[a-z][a-z0-9_-]*$/, 'a name is made of small letters, digits, hyphens and underscores')
const person = z.enum(['keyholder', 'wearer'])

const tallySchema = z
  .strictObject({
    lasts: spanSchema
      .optional()
      .meta({ description: 'How long each point counts: today, this week, this lock, or a length such as 7d' }),
  })
  .nullable()
  .transform((written): Tally => ({ lasts: written?.lasts ?? 'this lock' }))

const inputSchema = z.strictObject({
  type: z.enum(['switch', 'button']).meta({ description: 'A switch stays as it is set; a button is pressed' }),
  by: z
    .union([person.transform((one) => [one]), z.array(person).min(1)], {
      error: 'a person such as wearer, or a list such as [keyholder, wearer]',
    })
    .default(['keyholder', 'wearer'])
    .meta({ description: 'Who may set or press it' }),
})

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())], {
  error: 'a value such as 10m, or a size such as { between: [5m, 20m] }',
})

/** What files declare once and all of them know, by name. */
export interface Declared {
  inputs: Map<string, Input>
  tallies: Map<string, Tally>
  streaks: Map<string, Streak>
  /** As they were written. */
  values: Map<string, unknown>
  budgets: Map<string, Budget>
}

export function nothingDeclared(): Declared {
  return { inputs: new Map(), tallies: new Map(), streaks: new Map(), values: new Map(), budgets: new Map() }
}

/** A file of rules; each rule is held against `ruleSchema` by itself, so that one's fault hides no other's. */
export const ruleFileSchema = z.strictObject({
  version: z
    .literal([1, 2], { error: 'the version of the language is 1 or 2' })
    .optional()
    .meta({ description: "The language it is written in; since 2 a rule's own counts include the firing at hand" }),
  inputs: z.record(name, inputSchema).optional().meta({ description: 'What people press: facts input.<name>' }),
  tallies: z.record(name, tallySchema).optional().meta({ description: 'What rules count: facts tally.<name>' }),
  streaks: z
    .record(name, streakSchema)
    .optional()
    .meta({ description: 'What is to be done each day or week: facts streak.<name>' }),
  values: z
    .record(name, valueSchema)
    .optional()
    .meta({ description: 'Values by name, used as values.<name> wherever such a value may stand' }),
  budgets: z
    .record(name, budgetSchema)
    .optional()
    .meta({ description: 'What rules with this budget may do together, as { add_time: 2h per day }' }),
  only_if: z.unknown().optional().meta({ description: 'only_if for every rule of this file' }),
  rules: z.array(z.unknown()).meta({ description: 'The rules, in the order in which they act' }),
})

/** A rule file as far as it can be read. */
export interface RuleFile {
  document: YamlDocument
  onlyIf: unknown
  /** The language that it was written for. */
  version: 1 | 2
  rules: readonly unknown[]
  /** Where its list of rules stands. */
  path: Path
  /** Which of its lines are no YAML, and were mended to read the others; null where all is well. */
  isBroken: ((line: number) => boolean) | null
  streaks: Readonly<Record<string, Streak>>
  /** Whether what it declares is known. */
  declares: boolean
}

/** Reads a file but for its rules; what it declares is added to what others have. */
export function openRuleFile(
  file: string,
  text: string,
  declared: Declared,
): { document: RuleFile | null; faults: Fault[]; suspicions: Fault[] } {
  const parsed = parseYaml(file, text)
  const document = parsed.document ?? parsed.beside?.document ?? null
  const isBroken = parsed.beside?.isBroken ?? null
  const [faults, suspicions] = parsed.document ? [[], parsed.faults] : [parsed.faults, []]
  if (!document) return { document: null, faults, suspicions }
  if (document.value === null) {
    const empty = document.fault([], 'the file is empty', { hint: 'it begins with "rules:"' })
    return { document: null, faults: [...faults, empty], suspicions }
  }
  const bare = withoutTop(document)
  if (bare) {
    const opened = {
      document,
      onlyIf: undefined,
      version: 1 as const,
      rules: bare.rules,
      path: [],
      isBroken,
      streaks: {},
      declares: true,
    }
    return { document: opened, faults: [...faults, bare.fault], suspicions }
  }
  const checked = validate(document, ruleFileSchema)
  const told = checked.faults.filter(({ place }) => isBroken?.(place.line) !== true)
  const { rules, only_if: onlyIf } = (checked.value ?? rawFile(document.value)) as RawFile
  const declare = <T>(section: keyof Declared, all: Map<string, T>) => {
    for (const [name, one] of Object.entries((checked.value?.[section] ?? {}) as Record<string, T>)) {
      if (all.has(name)) {
        const message = `"${name}" is declared in another file, too`
        told.push(document.fault([section, name], message, { key: true, hint: 'it is known in every file' }))
      } else all.set(name, one)
    }
  }
  declare('inputs', declared.inputs)
  declare('tallies', declared.tallies)
  declare('streaks', declared.streaks)
  declare('values', declared.values)
  declare('budgets', declared.budgets)
  const { rules: _, values: __, ...sections } = (document.value ?? {}) as Readonly<Record<string, unknown>>
  const read = (written: unknown) => ruleFileSchema.safeParse({ ...(written as object), rules: [] }).data
  for (const { path, number } of checked.value ? unitlessIn(sections, read) : []) {
    const { message, hint } = unitlessWords(number)
    told.push(document.fault(path, message, { lint: true, hint }))
  }
  const declares = checked.value !== null || !declaresAnything(document.value)
  return {
    document: {
      document,
      onlyIf,
      version: checked.value?.version ?? 1,
      rules,
      path: ['rules'],
      isBroken,
      streaks: checked.value?.streaks ?? {},
      declares,
    },
    faults: [...faults, ...told],
    suspicions,
  }
}

function declaresAnything(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.keys(nothingDeclared()).some((section) => section in value)
}

/** The rules of a file that lacks the line they stand under, with the fault that says so; null where it does not. */
function withoutTop(document: YamlDocument): { rules: readonly unknown[]; fault: Fault } | null {
  const { value } = document
  const isRule = (one: unknown) => typeof one === 'object' && one !== null && 'id' in one
  if (Array.isArray(value) && value.some(isRule)) {
    const hint = 'write "rules:" on a line of its own above it'
    return { rules: value, fault: document.fault([], 'the rules stand under nothing', { hint }) }
  }
  if (!isRule(value) || 'rules' in (value as object)) return null
  const hint = 'write "rules:" on a line above it, "- " before its first key, and its other keys below that one'
  return { rules: [], fault: document.fault([], 'a rule stands under nothing', { hint }) }
}

interface RawFile {
  rules: readonly unknown[]
  only_if?: unknown
}

/** The rules of a file whose other keys are at fault: its rules are looked at all the same. */
function rawFile(value: unknown): RawFile {
  const { rules, only_if } = (value ?? {}) as { rules?: unknown; only_if?: unknown }
  return { rules: Array.isArray(rules) ? rules : [], only_if }
}
