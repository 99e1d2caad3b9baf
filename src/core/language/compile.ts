import { type Fault, firstOfEach, ofTheFirst, type Place } from '../../document/fault.ts'
import { issueFaults, withoutEchoes } from '../../document/issues.ts'
import type { Path } from '../../document/yaml.ts'
import { digest } from '../model/draw.ts'
import type { FactType } from '../model/fact.ts'
import {
  actionsIn,
  type Catalogue,
  type Condition,
  conditionsIn,
  type Intent,
  leavesOf,
  type Rule,
  type RuleSet,
} from '../model/rule.ts'
import { comesTo, ruleKeys, ruleSchema } from '../model/rulekeys.ts'
import type { ActionKind, Service } from '../model/service.ts'
import { checkPaysForUnknown, withoutPlaces } from './branch.ts'
import { catalogueOf } from './catalogue.ts'
import {
  changesIn,
  isEnough,
  type Reading,
  readCondition,
  readMomentary,
  restsOnIgnorance,
  sizedChange,
  withoutText,
} from './condition.ts'
import { keyElsewhere } from './elsewhere.ts'
import { longestOf, readIntent } from './intent.ts'
import { truthOf } from './leaf.ts'
import { operatorNamed } from './operators.ts'
import { idleOtherwise } from './otherwise.ts'
import { local, localActions } from './ownactions.ts'
import { ownCountLints } from './owncounts.ts'
import { chanceFact, checkAfter, checkBudget } from './references.ts'
import { nothingDeclared, openRuleFile, type RuleFile } from './rulefile.ts'
import { streakFaults, withStreaks } from './streaks.ts'
import { unitlessIn, unitlessWords } from './unitless.ts'
import { type Values, withValues } from './values.ts'

/** What the names in rule files are held against. */
export interface Language {
  services: readonly Service[]
  /** IANA zone in which clock times and dates of rules are meant. */
  zone: string
  /** Undocumented facts that were seen in readings. */
  extras?: Readonly<Record<string, FactType>>
  /** Most actions a single rule may have (`limits.actions.per_step`); null where there may be any number. */
  longestList?: number | null
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
  const suspicions: Fault[] = []
  const documents: RuleFile[] = []
  const declared = nothingDeclared()
  const { inputs, tallies, streaks, values, budgets } = declared
  for (const { file, text } of files) {
    const opened = openRuleFile(file, text, declared)
    faults.push(...opened.faults)
    suspicions.push(...opened.suspicions)
    if (opened.document) documents.push(opened.document)
  }
  const ids = documents.flatMap(({ rules }) => rules.flatMap((raw) => idOf(raw) ?? []))
  const plain = catalogueOf(language.services, language.extras, ids, inputs, tallies.keys())
  const catalogue = withStreaks(plain, streaks)
  const kinds = [...language.services.flatMap((service) => service.actions), ...localActions]
  const actions = new Map(kinds.map((kind) => [kind.name, kind]))
  const found: Found = { uses: new Set(), byId: new Map(), places: new Map() }
  // What a broken line declares is not known, so that nobody can tell whether it is missing elsewhere.
  const certain = documents.every(({ isBroken, declares }) => isBroken === null && declares)
  for (const file of documents) {
    const names = { catalogue, actions, zone: language.zone, tallies: new Set(tallies.keys()), budgets }
    const told = [
      ...streakFaults(file.document, file.streaks, inputs, ids),
      ...readFile(file, names, found, { longestList: language.longestList ?? null, values }),
    ]
    faults.push(
      ...told.filter(({ place, message }) => {
        return file.isBroken?.(place.line) !== true && (certain || !restsOnDeclared.test(message))
      }),
    )
  }
  // What looks odd in a line that is wrong was told with the fault.
  const lines = new Set(faults.filter(({ severity }) => severity === 'fault').map(lineOf))
  faults.push(...suspicions.filter((one) => !lines.has(lineOf(one))))
  const told = firstOfEach(faults)
  if (told.some(({ severity }) => severity === 'fault')) return { rules: null, faults: told }
  const rules = [...found.byId.values()]
  return {
    rules: {
      rules,
      byId: found.byId,
      inputs,
      tallies,
      streaks,
      budgets,
      catalogue,
      actions,
      uses: found.uses,
      digest: digest([...rules.map(({ uses: _, lint: __, ...rule }) => rule), ...budgets]),
    },
    faults: told,
  }
}

/** What was found in the files so far: facts that are asked for, rules, and where their ids stand. */
interface Found {
  uses: Set<string>
  byId: Map<string, Rule>
  places: Map<string, Place>
}

/** Reads the rules of one file into what was found; the faults of the file come back. */
function readFile(
  { document, onlyIf, version, rules, path: top }: RuleFile,
  names: Omit<Reading, 'document' | 'uses' | 'faults'>,
  { uses, byId, places }: Found,
  { longestList, values }: { longestList: number | null; values: Values },
): Fault[] {
  const reading: Reading = { ...names, document, uses: new Set(), faults: [] }
  const fileFilled = withValues(document, onlyIf, ['only_if'], values)
  const filesOnlyIf = onlyIf === undefined ? null : readMomentary(reading, fileFilled.written, ['only_if'], 'only_if')
  reading.faults = [...fileFilled.faults, ...fileFilled.named(reading.faults)]
  for (const [index, bare] of rules.entries()) {
    if (isEnough(reading)) break
    const path = [...top, index]
    const { written: raw, faults, named } = withValues(document, bare, path, values)
    const own: Reading = { ...reading, uses: new Set(reading.uses), faults: [] }
    const rule = readRule(own, raw, path, filesOnlyIf, longestList)
    reading.faults.push(...faults, ...named(own.faults))
    for (const name of own.uses) uses.add(name)
    if (rule && version < 2) reading.faults.push(...ownCountLints(rule))
    const id = idOf(raw)
    const first = id === null ? undefined : places.get(id)
    if (first) {
      const message = `rule id "${id}" is already used at ${first.file}:${first.line}`
      reading.faults.push(document.fault([...path, 'id'], message))
    } else if (id !== null) {
      places.set(id, document.place([...path, 'id']))
      if (rule) byId.set(id, rule)
    }
  }
  const last = reading.faults.at(-1)
  if (last && isEnough(reading)) reading.faults.push({ ...last, stands: Number.POSITIVE_INFINITY })
  return reading.faults
}

/** A message about a name that any file may declare. */
const restsOnDeclared =
  /^(?:a streak of nothing|unknown (?:tally |rule |value |budget |fact "(?:rule|input|tally|streak)\.))/

function lineOf({ place }: Fault): string {
  return `${place.file}:${place.line}`
}

function idOf(raw: unknown): string | null {
  const id = (raw as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id : null
}

/** What a rule says that is to do without the `only_if` of its file. */
const withoutFiles = 'none'

/** One rule of a file; its conditions and actions are looked at even where its plain keys are at fault. */
function readRule(
  reading: Reading,
  raw: unknown,
  path: Path,
  filesOnlyIf: Condition | null,
  longestList: number | null = null,
): Rule | null {
  const { document } = reading
  const checked = readPlainKeys(reading, raw, path)
  const { told } = checked
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return null
  const {
    when: writtenWhen,
    then: writtenThen,
    otherwise: writtenOtherwise,
    only_if: writtenOnlyIf,
    at: writtenAt,
    after: writtenAfter,
  } = raw as Record<string, unknown>
  const timed = (writtenAt !== undefined || writtenAfter !== undefined) && writtenWhen === undefined
  const mistyped = writtenWhen === undefined && told.some(({ hint }) => hint === 'did you mean when?')
  const when = timed || mistyped ? null : readCondition(reading, writtenWhen, 'when' in raw ? [...path, 'when'] : path)
  const alone = writtenOnlyIf === withoutFiles
  const own =
    alone || writtenOnlyIf === undefined ? null : readMomentary(reading, writtenOnlyIf, [...path, 'only_if'], 'only_if')
  if (alone && filesOnlyIf === null) {
    const hint = 'take the line out'
    reading.faults.push(
      document.fault([...path, 'only_if'], 'its file has no only_if to do without', { lint: true, hint }),
    )
  }
  const changed = when ? (sizedChange(changesIn(when))[1] ?? null) : null
  const sized = { ...reading, change: changed }
  const then = readList(sized, writtenThen, [...path, 'then'], longestList)
  const otherwise = readList(sized, writtenOtherwise, [...path, 'otherwise'], longestList)
  if (when) checkTogether(reading, raw as Record<string, unknown>, when, [...then, ...otherwise], path)
  checkPlaced(reading, raw as Record<string, unknown>, path)
  checkBudget(reading, raw as Record<string, unknown>, [...then, ...otherwise], path)
  const by = checked.data ? chanceFact(reading, checked.data.chance, path) : []
  if (!checked.data || (!when && !timed)) return null
  checkAfter(reading, checked.data, path)
  const onlyIfs = [alone ? null : filesOnlyIf, own].filter((one) => one !== null)
  const conditions = [when, ...onlyIfs, ...conditionsIn([...then, ...otherwise])].filter((one) => one !== null)
  const asked = [...factsIn(conditions), ...by]
  const rule: Rule = {
    ...comesTo(checked.data),
    file: document.file,
    line: document.place([...path, 'id']).line,
    when,
    digest: digest(when && withoutText(when)),
    changes: when ? changesIn(when) : new Map(),
    uses: reading.uses,
    reads: servicesOf(asked, reading.catalogue),
    needsNoReading: needsNoReading(asked, [...then, ...otherwise], reading.actions),
    onlyIf: onlyIfs.length > 1 ? { all: onlyIfs } : (onlyIfs[0] ?? null),
    then,
    otherwise,
    thenDigest: digest(otherwise.length > 0 ? [then, otherwise].map(withoutPlaces) : withoutPlaces(then)),
    longest: Math.max(longestOf(then), longestOf(otherwise)),
    lint: (at, message, more) => document.fault([...path, ...at], message, { ...more, lint: true }),
  }
  reading.faults.push(...idleOtherwise(rule))
  return rule
}

/** The keys of a rule that have a form of their own, and what was told of them. */
function readPlainKeys(reading: Reading, raw: unknown, path: Path) {
  const { document, faults } = reading
  const given = typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {}
  const slips = ruleKeys.flatMap(({ name, slip }) => {
    const objection = slip?.(given[name])
    return objection ? { name, objection } : []
  })
  for (const { name, objection } of slips) faults.push(document.fault([...path, name], objection.message, objection))
  const without = Object.fromEntries(slips.map(({ name }) => [name, undefined]))
  const read = truthsIn(reading, given, path)
  const isChanged = slips.length > 0 || Object.keys(read).length > 0
  const checked = ruleSchema.safeParse(isChanged ? { ...given, ...without, ...read } : raw)
  const issues = checked.success ? [] : checked.error.issues
  const told = withoutEchoes(ofTheFirst(issues, (issue) => issueFaults(document, ruleSchema, issue, path)))
  faults.push(
    ...told.map((fault) => {
      const hint = keyElsewhere(/^unknown key "(.*)"$/.exec(fault.message)?.[1] ?? '')
      return hint === null ? fault : { ...fault, hint }
    }),
  )
  for (const { name, schema } of ruleKeys) {
    const lacking = unitlessIn(given[name], (one) => schema.safeParse(one).data)
    for (const { path: within, number } of lacking) {
      const { message, hint } = unitlessWords(number)
      faults.push(document.fault([...path, name, ...within], message, { lint: true, hint }))
    }
  }
  return { data: checked.data, told }
}

/** The keys that say yes or no in another word, as conditions may. */
function truthsIn(
  { document, faults }: Reading,
  given: Readonly<Record<string, unknown>>,
  path: Path,
): Record<string, boolean> {
  const read: Record<string, boolean> = {}
  for (const { name, schema } of ruleKeys) {
    const word = given[name]
    const truth = typeof word === 'string' ? truthOf(word) : null
    if (truth === null || !schema.safeParse(truth).success || schema.safeParse(word).success) continue
    read[name] = truth
    const message = `"${word}" is read as ${truth}`
    faults.push(document.fault([...path, name], message, { lint: true, hint: 'write true or false' }))
  }
  return read
}

/** The actions of a rule; no more than the limits allow in one step. */
function readList(reading: Reading, written: unknown, path: Path, longestList: number | null): Intent[] {
  const list: unknown[] = Array.isArray(written) ? written : []
  const then = list.flatMap((item, i) => (isEnough(reading) ? [] : (readIntent(reading, item, [...path, i]) ?? [])))
  const longest = longestOf(then)
  if (longestList !== null && longest > longestList) {
    const message = `${longest} actions, but the limits allow ${longestList} a step (limits.actions.per_step)`
    reading.faults.push(reading.document.fault(path, message))
  }
  return then
}

/** Keys that have no meaning beside others, or without them. */
function checkPlaced({ document, faults }: Reading, raw: Readonly<Record<string, unknown>>, path: Path): void {
  for (const { name, misplaced } of ruleKeys) {
    const objection = name in raw ? misplaced?.(raw) : null
    if (objection) faults.push(document.fault([...path, name], objection.message, { ...objection, key: true }))
  }
}

/** What only shows when a rule's parts are seen together. */
function checkTogether(
  reading: Reading,
  raw: Record<string, unknown>,
  when: Condition,
  then: readonly Intent[],
  path: Path,
): void {
  const { document, faults } = reading
  const change = leavesOf(when).find(({ operator }) => operatorNamed(operator)?.onChange)
  if (change) {
    for (const { name, lasting } of ruleKeys) {
      if (!lasting || !(name in raw)) continue
      const message = `"${name}" does not go with "${change.text}", which is true for a moment only`
      faults.push(document.fault([...path, name], message, { key: true }))
    }
    const misplaced = changeMisplaced(when)
    if (misplaced !== null) faults.push(document.fault([...path, 'when'], misplaced))
  }
  checkPaysForUnknown(reading, restsOnIgnorance(when), then, [...path, 'when'])
}

/** A change under `not` says nothing, and beside level conditions under `any` it would make every step a change. */
function changeMisplaced(condition: Condition): string | null {
  if ('all' in condition) return condition.all.map(changeMisplaced).find((one) => one !== null) ?? null
  if ('not' in condition) {
    const inner = [...changesIn(condition.not).values()][0]
    return inner ? `"${inner.text}" under "not" would be true nearly always; ask for what it becomes` : null
  }
  if (!('any' in condition)) return null
  const [changing, level] = [condition.any.filter(needsChange), condition.any.filter((one) => !needsChange(one))]
  if (changing.length > 0 && level.length > 0) {
    return 'under "any" stand a change and a lasting condition; write two rules, or put the change outside of "any"'
  }
  return condition.any.map(changeMisplaced).find((one) => one !== null) ?? null
}

function needsChange(condition: Condition): boolean {
  if ('all' in condition) return condition.all.some(needsChange)
  if ('any' in condition) return condition.any.every(needsChange)
  return !('not' in condition) && operatorNamed(condition.operator)?.onChange === true
}

/** What the program knows by itself: of services, the clock, tallies, streaks, inputs, rules and what was done. */
const unread = /^(service|time|tally|input|rule|streak|done)\./

function needsNoReading(
  asked: readonly string[],
  then: readonly Intent[],
  actions: ReadonlyMap<string, ActionKind>,
): boolean {
  return (
    asked.every((name) => unread.test(name)) &&
    actionsIn(then, []).every(({ action }) => actions.get(action)?.service === local)
  )
}

/** The facts that conditions ask for. */
function factsIn(conditions: readonly (Condition | null)[]): string[] {
  return conditions
    .flatMap((condition) => (condition ? leavesOf(condition) : []))
    .flatMap(({ fact, than }) => ('factName' in than ? [fact, than.factName] : [fact]))
}

function servicesOf(asked: readonly string[], catalogue: Catalogue): string[] {
  const topics = asked.map((name) => catalogue.get(name)?.source ?? '').filter((topic) => topic.includes('.'))
  return [...new Set(topics.map((topic) => topic.slice(0, topic.indexOf('.'))))]
}
