import { parse } from 'yaml'
import { limitsOf, limitsSchema } from '../core/acting/limits.ts'
import { compileRules } from '../core/language/compile.ts'
import { lint } from '../core/language/lint.ts'
import { atMost } from '../core/language/size.ts'
import { actionsOf, asksFor, type RuleSet } from '../core/model/rule.ts'
import { type Fault, faultWords } from '../document/fault.ts'
import { services } from '../services/index.ts'
import { type Role, roles } from './console.ts'
import { type Example, type ExampleFile, examplesIn, fillIn, sectionOf } from './examples.ts'

/** An example rule that a first config may begin with. */
export interface Choice {
  id: string
  description: string
  /** Whether it, or a rule it needs, does what limits are there for. */
  restricts: boolean
  /** Why it cannot be had under the config that is written; null where it can. */
  lacks: string | null
}

/** What a first config says; everything else in it is as in `config.example.yaml`. */
export interface Start {
  zone: string
  /** Null: there is no lock now, so that nobody can tell. */
  wearer: string | null
  /** Null: the service's own. */
  baseUrl: string | null
  console: boolean
  /** Whether somebody is told, by the address in `secrets/ntfy`. */
  tells: boolean
}

/** Where the secrets of a first config are, in its folder. */
export const secretNames: Readonly<Record<'token' | 'channel' | Role, string>> = {
  token: 'secrets/chastify',
  channel: 'secrets/ntfy',
  keyholder: 'secrets/keyholder',
  wearer: 'secrets/wearer',
}

/**
 * The rule files for these examples, one each, with the rules they ask for before them. Inputs and tallies are declared
 * in the first that needs them.
 */
export function starterRules(files: readonly ExampleFile[], ids: readonly string[]): { name: string; text: string }[] {
  const known = new Map(files.flatMap(examplesIn).map((example) => [example.id, example]))
  const inputs = new Set<string>()
  const tallies = new Set<string>()
  const made = new Map<string, string>()
  const take = (example: Example | undefined) => {
    if (!example || made.has(example.id)) return
    // Its own name first: an example may ask when it fired itself.
    made.set(example.id, '')
    for (const other of example.asks.rules) take(known.get(other))
    made.delete(example.id)
    const wanted = { file: example.file, id: example.id, values: {}, enabled: true }
    made.set(example.id, fillIn(files, wanted, { inputs, tallies }))
    for (const name of example.asks.inputs) inputs.add(name)
    for (const name of example.asks.tallies) tallies.add(name)
  }
  for (const id of ids) take(known.get(id))
  return [...made].map(([id, text]) => ({ name: `${id}.yaml`, text }))
}

/** Every example, with what speaks against it under the limits of `exampleConfig` and beside the lock's service alone. */
export function choicesOf(files: readonly ExampleFile[], exampleConfig: string, now: number): Choice[] {
  const zone = 'UTC'
  const limits = limitsOf([limitsSchema.parse(parse(exampleConfig).limits)], zone)
  return files.flatMap(examplesIn).map(({ id, description }) => {
    const texts = starterRules(files, [id]).map(({ name, text }) => ({ file: name, text }))
    const { rules, faults } = compileRules(texts, { services, zone, longestList: limits.actions.per_step })
    const around = { limits, lacks: null, channels: [], tested: null, now, zone }
    const [wrong]: Fault[] = rules ? [...faults, ...lint(rules, around)] : faults
    const other = services.find(
      ({ name, lock }) => lock === undefined && rules?.rules.some((rule) => asksFor(name, rule, rules)),
    )
    const lacks = other ? `it needs a token of ${other.title}` : wrong ? faultWords(wrong) : null
    return { id, description, restricts: rules !== null && restricts(rules), lacks }
  })
}

function restricts({ rules, actions }: RuleSet): boolean {
  return rules.some((rule) =>
    actionsOf(rule).some(({ action, params }) => actions.get(action)?.worst(atMost(params)).toward === 'restricts'),
  )
}

/** The text of a first config. Its limits are those of the example, with their notes. */
export function starterConfig({ zone, wearer, baseUrl, console, tells }: Start, exampleConfig: string): string {
  const said = JSON.stringify
  const lines = [
    '# Made by "lockwarden init". config.example.yaml has everything else that can stand here, with notes.',
    '# Folders and files named here are meant relative to this file.',
    'version: 1',
    '',
    '# dry-run: only show what would be done. live: do it.',
    'mode: dry-run',
    '',
    '# The clock the rules and limits go by: that of where the wearer lives.',
    `timezone: ${zone}`,
    '',
    'data: ./data',
    '',
    'locks:',
    '  main:',
    '    chastify:',
    `      token_file: ./${secretNames.token}`,
    ...(baseUrl === null ? [] : [`      base_url: ${said(baseUrl)}`]),
    ...(wearer === null
      ? [
          '    # Whose lock it must be; a lock of anybody else is shown, and never acted on.',
          '    # expect: { wearer: NAME }',
        ]
      : ['    # A lock of anybody else is shown, and never acted on.', `    expect: { wearer: ${said(wearer)} }`]),
    '    # On a new lock nothing is done until the wearer says "lockwarden accept". auto: it is done at once.',
    '    new_lock: ask',
    '    rules: ./rules',
    '',
    '# What the wearer agreed to. No rule goes beyond it, whatever it says. "unlimited" takes a limit away.',
    sectionOf(exampleConfig, 'limits').trimEnd(),
  ]
  if (console) lines.push('', '# Pages for a browser on this machine: http://127.0.0.1:8787', 'console:')
  if (console) lines.push(...roles.map((role) => `  ${role}_password_file: ./${secretNames[role]}`))
  if (tells) lines.push('', '# Who is told when something needs a person.', 'tell:', '  channels:')
  if (tells) lines.push(`    phone: { ntfy_file: ./${secretNames.channel} }`)
  return `${lines.join('\n')}\n`
}
