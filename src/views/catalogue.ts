import type * as z from 'zod'
import { jsonSchemaOf } from '../core/language/jsonschema.ts'
import { operators } from '../core/language/operators.ts'
import { ruleFileSchema } from '../core/language/rulefile.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { FieldKind } from '../core/model/rulekey.ts'
import { ruleKeys } from '../core/model/rulekeys.ts'

/** A word that may stand in a rule file, with what it means. */
interface Word {
  name: string
  help: string
}

/** Everything an editor of rules can complete and explain. */
export interface Words {
  facts: (Word & { type: string })[]
  /** `takes`: what follows the operator; `types`: the facts it goes with. */
  operators: (Word & { takes: string; types: readonly string[] })[]
  /** `sample`: what stands after the name in a rule that works. */
  actions: (Word & { sample: string })[]
  /** Keys of a rule: what the form calls one and takes in it, null where it does not show it; what may be chosen from. */
  keys: (Word & { label: string | null; takes: FieldKind | null; choices: readonly string[] })[]
  /** Keys of a file. */
  sections: Word[]
}

const operatorHelp: Readonly<Record<string, string>> = {
  changes: 'Another value than at the reading before; true for that moment only',
  becomes: 'Changes to this value; true for that moment only',
  rises: 'Grows; "rises by 5" fires for each whole five since it last turned',
  falls: 'Shrinks; "falls by 5" fires for each whole five since it last turned',
  isUnknown: 'There is no value now',
  isKnown: 'There is a value now',
  notEqual: 'Another value than this',
  equal: 'This very value',
  lessThanInclusive: 'At most',
  greaterThanInclusive: 'At least',
  lessThan: 'Less than',
  greaterThan: 'More than',
  notIn: 'None of several, with commas between them',
  in: 'One of several, with commas between them',
  between: 'From one value to another, as "22:00 and 06:00"',
  doesNotContain: 'The text or list does not hold this',
  contains: 'The text or list holds this',
}

/** What can be written into the rule files of a lock whose rules in force are these. */
export function showWords({ catalogue, actions }: RuleSet): Words {
  return {
    facts: [...catalogue.values()].map(({ name, type, help }) => ({ name, type, help })),
    operators: operators.map(({ name, words, takes, types }) => ({
      name: words,
      help: operatorHelp[name] ?? '',
      takes,
      types,
    })),
    actions: [...actions.values()].map(({ name, help, sample }) => ({ name, help, sample })),
    keys: ruleKeys.map(({ name, help, form, schema }) => ({
      name,
      help,
      label: form?.label ?? null,
      takes: form?.takes ?? null,
      choices: choicesOf(schema),
    })),
    sections: wordsOf(ruleFileSchema.shape),
  }
}

/** What may be chosen from where it is one of a few; empty elsewhere. */
function choicesOf(schema: z.ZodType): string[] {
  const { type, enum: choices } = jsonSchemaOf(schema, '')
  return type === 'boolean' ? ['true', 'false'] : Array.isArray(choices) ? choices.map(String) : []
}

function wordsOf(
  shape: Readonly<Record<string, { meta(): { description?: string | undefined } | undefined }>>,
): Word[] {
  return Object.entries(shape).map(([name, schema]) => ({ name, help: schema.meta()?.description ?? '' }))
}
