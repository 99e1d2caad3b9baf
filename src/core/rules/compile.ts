import { type Fault, inReadingOrder, suggestion } from '../../document/fault.ts'
import { issueFaults, type Path, parseYaml, shown, validate, type YamlDocument } from '../../document/yaml.ts'
import { type Catalogue, catalogueOf } from '../catalogue.ts'
import { digest } from '../draw.ts'
import type { FactType } from '../fact.ts'
import type { ActionKind, Json, Service } from '../service.ts'
import { isTemplate, slotsOf, type Template } from '../text.ts'
import { isLeafFault, type Leaf, type LeafFault, parseLeaf, readLeaf } from './leaf.ts'
import { type Quota, ruleFileSchema, ruleSchema } from './schema.ts'

export type Condition = Leaf | { all: readonly Condition[] } | { any: readonly Condition[] } | { not: Condition }

/** One action of a rule, its parameters checked and its texts read. */
export interface Intent {
  action: string
  params: Json
}

/** A rule, ready to be judged. */
export interface Rule {
  id: string
  file: string
  line: number
  description: string
  when: Condition
  /** Changes when `when` is edited in more than its layout. */
  digest: string
  /** Services whose readings its conditions rest on. */
  reads: readonly string[]
  enabled: boolean
  cooldownMs: number
  limits: readonly Quota[]
  then: readonly Intent[]
  thenDigest: string
}

/** All rules of a lock, in the order in which they act: by file path, then position. */
export interface RuleSet {
  rules: readonly Rule[]
  byId: ReadonlyMap<string, Rule>
  catalogue: Catalogue
  actions: ReadonlyMap<string, ActionKind>
  /** Facts that some condition or text asks for. */
  uses: ReadonlySet<string>
  digest: string
}

/** What the names in rule files are held against. */
export interface Language {
  services: readonly Service[]
  /** IANA zone in which clock times and dates of rules are meant. */
  zone: string
  /** Undocumented facts that were seen in readings. */
  extras?: Readonly<Record<string, FactType>>
  /** Most actions a single rule may have (`limits.actions.per_step`). */
  longestList?: number
}

/** Names that a text may use beside facts: what the action before it in the list did. */
const didNames = ['did', 'did.action', 'did.seconds', 'did.operation', 'did.state']

interface Reading {
  document: YamlDocument
  catalogue: Catalogue
  actions: ReadonlyMap<string, ActionKind>
  zone: string
  uses: Set<string>
  faults: Fault[]
}

/**
 * Reads rule files into a rule set. Never throws: every fault of every file comes back at once, and `rules` is null
 * if there was any. `files` is in the order in which rules are to act.
 */
export function compileRules(
  files: readonly { file: string; text: string }[],
  language: Language,
): { rules: RuleSet | null; faults: Fault[] } {
  const faults: Fault[] = []
  const written: { document: YamlDocument; path: Path; raw: unknown }[] = []
  for (const { file, text } of files) {
    const { document, faults: textFaults } = parseYaml(file, text)
    faults.push(...textFaults)
    if (!document) continue
    const checked = validate(document, ruleFileSchema)
    faults.push(...checked.faults)
    checked.value?.rules.forEach((raw, index) => {
      written.push({ document, path: ['rules', index], raw })
    })
  }
  const ids = written.flatMap(({ raw }) => idOf(raw) ?? [])
  const catalogue = catalogueOf(language.services, ids, language.extras)
  const actions = new Map(language.services.flatMap((service) => service.actions.map((kind) => [kind.name, kind])))
  const uses = new Set<string>()
  const byId = new Map<string, Rule>()
  for (const { document, path, raw } of written) {
    const reading: Reading = { document, catalogue, actions, zone: language.zone, uses, faults }
    const rule = readRule(reading, raw, path, language.longestList ?? Number.POSITIVE_INFINITY)
    if (!rule) continue
    const other = byId.get(rule.id)
    if (other) {
      const message = `rule id "${rule.id}" is already used at ${other.file}:${other.line}`
      faults.push(document.fault([...path, 'id'], message))
    } else byId.set(rule.id, rule)
  }
  if (faults.some(({ severity }) => severity === 'fault')) return { rules: null, faults: inReadingOrder(faults) }
  const rules = [...byId.values()]
  return {
    rules: { rules, byId, catalogue, actions, uses, digest: digest(rules) },
    faults: inReadingOrder(faults),
  }
}

function idOf(raw: unknown): string | null {
  const id = (raw as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id : null
}

/** One rule of a file; its conditions and actions are looked at even where its plain keys are at fault. */
function readRule(reading: Reading, raw: unknown, path: Path, longestList: number): Rule | null {
  const { document, faults } = reading
  const checked = ruleSchema.safeParse(raw)
  if (!checked.success) {
    faults.push(...checked.error.issues.flatMap((issue) => issueFaults(document, ruleSchema, issue, path)))
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return null
  const { when: writtenWhen, then: writtenThen } = raw as { when?: unknown; then?: unknown }
  const when = readCondition(reading, writtenWhen, 'when' in raw ? [...path, 'when'] : path)
  const list: unknown[] = Array.isArray(writtenThen) ? writtenThen : []
  const then = list.flatMap((item, i) => readIntent(reading, item, [...path, 'then', i]) ?? [])
  if (list.length > longestList) {
    const message = `${list.length} actions, but the limits allow ${longestList} a step (limits.actions.per_step)`
    faults.push(document.fault([...path, 'then'], message))
  }
  if (!checked.success || !when) return null
  const { id, description = '', enabled, cooldown = 0, limit: limits = [] } = checked.data
  return {
    id,
    file: document.file,
    line: document.place([...path, 'id']).line,
    description,
    when,
    digest: digest(withoutText(when)),
    reads: servicesOf(when, reading.catalogue),
    enabled,
    cooldownMs: cooldown * 1000,
    limits,
    then,
    thenDigest: digest(then),
  }
}

function readCondition(reading: Reading, written: unknown, path: Path): Condition | null {
  const { document, faults } = reading
  const refuse = (message: string, hint?: string, at: Path = path, key = false) => {
    faults.push(document.fault(at, message, { key, ...(hint ? { hint } : {}) }))
    return null
  }
  if (typeof written === 'string') {
    return leafAt(reading, parseLeaf(written, reading.catalogue, reading.zone), path)
  }
  if (Array.isArray(written)) return readGroup(reading, 'all', written, path)
  if (written === undefined || written === null) {
    return refuse('"when" is missing', 'say when the rule is to fire, for example "when: lock.frozen is true"')
  }
  if (typeof written !== 'object') return refuse(`${shown(written)} is no condition`, 'write "fact operator value"')
  const keys = Object.keys(written)
  const groups = keys.filter((key) => key === 'all' || key === 'any' || key === 'not')
  if (groups.length > 1) {
    return refuse(`${groups.map((key) => `"${key}"`).join(' and ')} stand side by side`, 'put one inside the other')
  }
  const group = groups[0]
  if (group !== undefined) {
    const other = keys.find((key) => key !== group)
    if (other !== undefined) {
      return refuse(`"${other}" stands beside "${group}"`, 'a group stands alone', [...path, other], true)
    }
    const inner = (written as Record<string, unknown>)[group]
    if (group === 'not') {
      const negated = readCondition(reading, inner, [...path, 'not'])
      return negated && { not: negated }
    }
    if (!Array.isArray(inner)) return refuse(`"${group}" takes a list of conditions`, undefined, [...path, group], true)
    return readGroup(reading, group as 'all' | 'any', inner, [...path, group])
  }
  if (!('fact' in written)) {
    const [key = '', value] = Object.entries(written)[0] ?? []
    if (reading.catalogue.has(key)) {
      return refuse(`"${key}: …" is not a condition`, `write "${key} is ${shown(value).replaceAll('"', '')}"`)
    }
    const hint = suggestion(key, ['all', 'any', 'not', 'fact'])
    return refuse(
      key === '' ? 'an empty condition' : `unknown key "${key}"`,
      hint,
      key === '' ? path : [...path, key],
      true,
    )
  }
  const long = written as { fact: unknown; operator?: unknown; value?: unknown }
  const strange = keys.find((key) => key !== 'fact' && key !== 'operator' && key !== 'value')
  if (strange !== undefined) {
    return refuse(
      `unknown key "${strange}"`,
      suggestion(strange, ['fact', 'operator', 'value']),
      [...path, strange],
      true,
    )
  }
  if (typeof long.fact !== 'string') return refuse('"fact" is the name of a fact', undefined, [...path, 'fact'])
  if (typeof long.operator !== 'string') return refuse('"operator" is missing', 'for example operator: lessThan')
  const { fact, operator, value } = { ...long, fact: long.fact, operator: long.operator }
  return leafAt(reading, readLeaf({ fact, operator, value }, reading.catalogue, reading.zone), path)
}

function readGroup(reading: Reading, kind: 'all' | 'any', members: readonly unknown[], path: Path): Condition | null {
  if (members.length === 0) {
    reading.faults.push(reading.document.fault(path, `an empty "${kind}" says nothing`, { hint: 'name a condition' }))
    return null
  }
  const read = members.flatMap((member, i) => readCondition(reading, member, [...path, i]) ?? [])
  return kind === 'all' ? { all: read } : { any: read }
}

function leafAt(reading: Reading, leaf: Leaf | LeafFault, path: Path): Leaf | null {
  if (isLeafFault(leaf)) {
    const at = leaf.key ? [...path, leaf.key] : path
    const { hint, offset } = leaf
    reading.faults.push(
      reading.document.fault(at, leaf.message, {
        ...(hint ? { hint } : {}),
        ...(offset === undefined ? {} : { offset }),
      }),
    )
    return null
  }
  reading.uses.add(leaf.fact)
  if ('factName' in leaf.than) reading.uses.add(leaf.than.factName)
  if (reading.catalogue.get(leaf.fact)?.source === 'extra') {
    const message = `${leaf.fact} is not in the service's documents; it was seen in a reading and may vanish`
    reading.faults.push(reading.document.fault(path, message, { lint: true }))
  }
  return leaf
}

function readIntent(reading: Reading, written: unknown, path: Path): Intent | null {
  const { document, faults, actions } = reading
  const entries: [string, unknown][] =
    typeof written === 'string'
      ? [[written, undefined]]
      : typeof written === 'object' && written !== null && !Array.isArray(written)
        ? Object.entries(written)
        : []
  const [name, given] = entries[0] ?? []
  if (name === undefined) {
    faults.push(document.fault(path, `${shown(written)} is no action`, { hint: 'write for example "add_time: 1h"' }))
    return null
  }
  const second = entries[1]
  if (second) {
    const hint = actions.has(second[0]) ? 'give each action a "-" of its own' : `indent it under "${name}:"`
    faults.push(document.fault([...path, second[0]], `"${second[0]}" stands beside "${name}"`, { key: true, hint }))
    return null
  }
  const kind = actions.get(name)
  const key = typeof written !== 'string'
  const at = key ? [...path, name] : path
  if (!kind) {
    faults.push(document.fault(at, `unknown action "${name}"`, { key, hint: suggestion(name, actions.keys()) }))
    return null
  }
  const checked = kind.params.safeParse(given === undefined ? null : given)
  if (!checked.success) {
    if (given === undefined || given === null) {
      faults.push(document.fault(at, `"${name}" needs more`, { key, hint: kind.help }))
      return null
    }
    faults.push(...checked.error.issues.flatMap((issue) => issueFaults(document, kind.params, issue, at)))
    return null
  }
  for (const template of templatesIn(checked.data)) {
    for (const slot of slotsOf(template)) {
      if (reading.catalogue.has(slot)) reading.uses.add(slot)
      else if (!didNames.includes(slot)) {
        const hint = suggestion(slot, [...reading.catalogue.keys(), ...didNames])
        faults.push(document.fault(at, `unknown fact "${slot}" in a text`, { key, hint }))
      }
    }
  }
  return { action: name, params: checked.data }
}

/** Every template within an action's parameters. */
export function templatesIn(params: Json): Template[] {
  if (isTemplate(params)) return [params]
  if (typeof params !== 'object' || params === null) return []
  return Object.values(params).flatMap((inner) => templatesIn(inner as Json))
}

function servicesOf(when: Condition, catalogue: Catalogue): string[] {
  const sources = leavesOf(when).flatMap(({ fact, than }) => ['factName' in than ? than.factName : fact, fact])
  const topics = sources.map((name) => catalogue.get(name)?.source ?? '')
  return [...new Set(topics.filter((topic) => topic.includes('.')).map((topic) => topic.slice(0, topic.indexOf('.'))))]
}

/** Every comparison of a condition, in the order in which it is written. */
export function leavesOf(condition: Condition): Leaf[] {
  if ('all' in condition) return condition.all.flatMap(leavesOf)
  if ('any' in condition) return condition.any.flatMap(leavesOf)
  return 'not' in condition ? leavesOf(condition.not) : [condition]
}

function withoutText(condition: Condition): unknown {
  if ('all' in condition) return { all: condition.all.map(withoutText) }
  if ('any' in condition) return { any: condition.any.map(withoutText) }
  if ('not' in condition) return { not: withoutText(condition.not) }
  return [condition.fact, condition.operator, condition.than]
}
