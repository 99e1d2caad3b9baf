import { limitsOf, type WrittenLimits } from '../core/acting/limits.ts'
import { type Instant, instantOf } from '../core/calendar/time.ts'
import { atMost } from '../core/language/size.ts'
import { hash } from '../core/model/draw.ts'
import { type News, type Order, scheduledTopics } from '../core/model/order.ts'
import { actionsOf, type Rule, type RuleSet } from '../core/model/rule.ts'
import { type Effect, lockTopicIn, type Service } from '../core/model/service.ts'
import { type Fault, inReadingOrder, type Place, suggestion } from '../document/fault.ts'
import { issueFaults, validate } from '../document/issues.ts'
import { type Path, parseYaml, type YamlDocument } from '../document/yaml.ts'
import { createChance } from '../services/chance.ts'
import { type Expected, type ExpectedAction, readExpectedAction } from './expectation.ts'
import { readFacts, type Setting } from './facts.ts'
import { momentOf } from './moment.ts'
import type { Happening } from './replay.ts'
import { testFileSchema, testSchema, type WrittenHappening, type WrittenTest } from './schema.ts'
import { World } from './world.ts'

/** A test, ready to be run. */
export interface Case {
  name: string
  place: Place
  start: Instant
  end: Instant
  everyMs: number
  rules: RuleSet
  order: Omit<Order, 'underway' | 'closing' | 'stopped' | 'run'>
  seed: string
  world: World
  happenings: readonly Happening[]
  expected: readonly Expected[]
}

/** What tests are read with. */
export interface Around {
  rules: RuleSet
  services: readonly Service[]
  zone: string
}

const usualEveryMs = 300_000
const hourMs = 3_600_000
const allowedUsually = limitsOf([], 'UTC').allow

/** A test file as far as it can be read without the rules: what zone it is in. */
export interface TestFile {
  document: YamlDocument | null
  /** The zone the file names. */
  zone: string | null
  faults: readonly Fault[]
}

/** Reads a file of tests: shapes only, since facts and actions need the rules. Never throws. */
export function readTestFile(file: string, text: string): TestFile {
  const { document, faults } = parseYaml(file, text)
  if (!document) return { document, zone: null, faults }
  const checked = validate(document, testFileSchema)
  return { document, zone: checked.value?.zone ?? null, faults: [...faults, ...checked.faults] }
}

/** The tests of a file, with every fault in them. Never throws. */
export function casesOf(document: YamlDocument, around: Around): { cases: Case[]; faults: Fault[] } {
  const faults: Fault[] = []
  const { tests } = (document.value ?? {}) as { tests?: unknown }
  const chosen = new Map<string, RuleSet>()
  const cases = (Array.isArray(tests) ? tests : []).flatMap((raw: unknown, i) => {
    const path: Path = ['tests', i]
    const checked = testSchema.safeParse(raw)
    if (checked.success) return readCase({ document, path, around, chosen, faults }, checked.data) ?? []
    faults.push(...checked.error.issues.flatMap((issue) => issueFaults(document, testSchema, issue, path)))
    return []
  })
  return { cases, faults: inReadingOrder(faults) }
}

interface CaseReading {
  document: YamlDocument
  path: Path
  around: Around
  /** Rule sets of which only some rules take part, by their names. */
  chosen: Map<string, RuleSet>
  faults: Fault[]
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a test is read from its first key to its last
function readCase(reading: CaseReading, test: WrittenTest): Case | null {
  const { document, path, around, faults } = reading
  const { zone } = around
  const before = faults.length
  const start = instantOf(test.start, zone)
  if (start === null) {
    const hint = 'write a date with a time such as "2026-02-28 08:00"'
    faults.push(document.fault([...path, 'start'], `"${test.start}" is no date with a time`, { hint }))
    return null
  }
  const everyMs = test.every === undefined ? usualEveryMs : test.every * 1000
  const rules = chosenRules(reading, test.rules)
  checkAllowed(reading, test.limits?.allow ?? [], rules)
  const seed = String(test.seed ?? 'test')
  const world = new World({
    catalogue: rules.catalogue,
    lockTopic: lockTopicIn(around.services),
    everyMs,
    chance: createChance(hash(seed)),
  })
  const factReading = { document, catalogue: rules.catalogue, zone, faults }
  const atStart = readFacts(factReading, test.facts ?? {}, [...path, 'facts'])
  let last = start
  const moment = (text: string, at: Path, after: Instant, named?: string): Instant => {
    const read = momentOf(text, start, after, zone, named)
    if (typeof read === 'number') {
      last = Math.max(last, read)
      return read
    }
    faults.push(document.fault(at, read.wrong))
    return after
  }

  const happenings: Happening[] = [{ at: start, happens: (now) => settle(world, atStart, now) }]
  let after = start
  for (const [i, happening] of (test.then ?? []).entries()) {
    const here = [...path, 'then', i]
    after = moment(happening.at, [...here, 'at'], after)
    if (Object.keys(happening).length === 1) {
      faults.push(document.fault(here, 'nothing happens here; name facts, gap, restart, press, set or fails'))
    }
    if (happening.of !== undefined && happening.gap === undefined) {
      faults.push(document.fault([...here, 'of'], '"of" goes with "gap"', { key: true }))
    }
    const settings = readFacts(factReading, happening.facts ?? {}, [...here, 'facts'])
    happenings.push(
      ...happeningsOf(happening, { at: after, settings, news: told(reading, happening, here, rules) }, world, around),
    )
  }

  const expected: Expected[] = []
  after = start
  for (const [i, one] of test.expect.entries()) {
    const here = [...path, 'expect', i]
    after = moment(one.at, [...here, 'at'], after)
    if (!one.do && one.refused === undefined) {
      faults.push(document.fault(here, 'say what is sent ("do") or what is "refused"'))
    }
    checkRule(reading, one.rule, rules, [...here, 'rule'])
    const does = (one.do ?? []).flatMap(
      (action, k): ExpectedAction | [] =>
        readExpectedAction(action, rules.actions, document, [...here, 'do', k], faults) ?? [],
    )
    const withinMs = one.within === undefined ? 2 * everyMs : one.within * 1000
    expected.push({ at: after, rule: one.rule, withinMs, does, refused: one.refused ?? null })
  }

  const named = last
  const usualEnd = named + Math.max(hourMs, ...expected.map(({ withinMs }) => withinMs))
  const end =
    test.until === undefined ? usualEnd : moment(test.until, [...path, 'until'], named, 'the last moment named')
  if (faults.length > before) return null
  return {
    name: test.name,
    place: document.place([...path, 'name']),
    start,
    end,
    everyMs,
    rules,
    order: {
      lock: 'test',
      mode: 'live',
      zone,
      limits: limitsOf([allowing(rules, test.limits), ...(test.limits ? [test.limits] : [])], zone),
      services: around.services.map((service) => world.serve(service)),
      polls: new Map([...scheduledTopics(around.services, rules)].map((topic) => [topic, { everyMs }])),
      expect: null,
      newLock: 'auto',
    },
    seed,
    world,
    happenings,
    expected,
  }
}

function settle(world: World, settings: ReadonlyMap<string, Setting>, now: Instant): [] {
  world.set(settings, now)
  return []
}

/** What one item of `then` comes to. */
function happeningsOf(
  happening: WrittenHappening,
  { at, settings, news }: { at: Instant; settings: ReadonlyMap<string, Setting>; news: readonly News[] },
  world: World,
  { services }: Around,
): Happening[] {
  const { gap, of, fails, restart } = happening
  const silent = of === undefined ? services.map(({ name }) => name) : [of]
  const failing = typeof fails === 'string' ? [fails] : (fails ?? [])
  return [
    {
      at,
      happens(now) {
        if (settings.size > 0) world.set(settings, now)
        if (gap !== undefined) world.silence(silent, now + gap * 1000)
        for (const action of failing) world.fail(action)
        return news
      },
    },
    ...(restart ? [{ at, happens: () => 'restart' as const }] : []),
  ]
}

/** What people press and set, and whether there is such a thing. */
function told(reading: CaseReading, happening: WrittenHappening, path: Path, rules: RuleSet): News[] {
  const { document, faults } = reading
  const { press, set = {}, fails } = happening
  const check = (name: string, type: 'button' | 'switch', at: Path, key: boolean) => {
    const input = rules.inputs.get(name)
    if (input?.type === type) return
    const known = [...rules.inputs].filter(([, one]) => one.type === type).map(([known]) => known)
    const hint = input
      ? `it is a ${input.type}: write ${input.type === 'switch' ? `set: { ${name}: true }` : `press: ${name}`}`
      : known.length > 0
        ? suggestion(name, known)
        : `the rules have no ${type} among their inputs`
    faults.push(document.fault(at, input ? `${name} is no ${type}` : `there is no ${type} "${name}"`, { key, hint }))
  }
  for (const [i, action] of (typeof fails === 'string' ? [fails] : (fails ?? [])).entries()) {
    if (rules.actions.has(action)) continue
    const at = typeof fails === 'string' ? [...path, 'fails'] : [...path, 'fails', i]
    faults.push(document.fault(at, `unknown action "${action}"`, { hint: suggestion(action, rules.actions.keys()) }))
  }
  if (press !== undefined) check(press, 'button', [...path, 'press'], false)
  for (const name of Object.keys(set)) check(name, 'switch', [...path, 'set', name], true)
  return [
    ...(press === undefined ? [] : [{ input: press, set: 'press' as const }]),
    ...Object.entries(set).map(([input, on]) => ({ input, set: on })),
  ]
}

/** `limits.allow` that names nothing would only show as an action that is never sent. */
function checkAllowed({ document, path, faults }: CaseReading, allow: readonly string[], rules: RuleSet): void {
  const known = new Set([...rules.actions.keys(), ...allowedUsually, ...usedBy(rules)])
  for (const [i, name] of allow.entries()) {
    if (known.has(name) || name.startsWith('device.') || name.startsWith('tracker.game.')) continue
    const hint = suggestion(name, known)
    faults.push(document.fault([...path, 'limits', 'allow', i], `there is no action "${name}"`, { hint }))
  }
}

function checkRule({ document, faults, around }: CaseReading, id: string, rules: RuleSet, path: Path): void {
  if (rules.byId.has(id)) return
  const fault = around.rules.byId.has(id)
    ? document.fault(path, `rule ${id} takes no part in this test`, { hint: 'name it under "rules", too' })
    : document.fault(path, `there is no rule "${id}"`, { hint: suggestion(id, rules.byId.keys()) })
  faults.push(fault)
}

/** The rules that take part: those named, switched on, or all as they are. */
function chosenRules(reading: CaseReading, names: readonly string[] | undefined): RuleSet {
  const { document, path, around, chosen, faults } = reading
  const all = around.rules
  if (names === undefined) return all
  for (const [i, name] of names.entries()) {
    if (all.byId.has(name)) continue
    const hint = suggestion(name, all.byId.keys())
    faults.push(document.fault([...path, 'rules', i], `there is no rule "${name}"`, { hint }))
  }
  if (names.some((name) => !all.byId.has(name))) return all
  const key = [...names].sort().join(' ')
  let some = chosen.get(key)
  if (!some) {
    const rules = all.rules.filter(({ id }) => names.includes(id)).map((rule): Rule => ({ ...rule, enabled: true }))
    // What only the others ask for need not be handed to the engine at every step.
    const text = JSON.stringify(rules.map(({ when, onlyIf, then, otherwise }) => [when, onlyIf, then, otherwise]))
    const uses = new Set([...all.uses].filter((name) => text.includes(JSON.stringify(name))))
    some = { ...all, rules, uses, byId: new Map(rules.map((rule) => [rule.id, rule])) }
    chosen.set(key, some)
  }
  return some
}

/** Limits that allow every action the rules use, over those allowed anyway. */
function allowing(rules: RuleSet, written: WrittenLimits | undefined): WrittenLimits {
  if (written?.allow) return {}
  const commands = effectsOf(rules).flatMap(({ command }) => command ?? [])
  return { allow: [...new Set([...allowedUsually, ...usedBy(rules)])], device: { commands, params: null } }
}

/** The names in `limits.allow` that the rules' actions need. */
function usedBy(rules: RuleSet): string[] {
  return effectsOf(rules).flatMap(({ allow }) => (allow === '' ? [] : allow))
}

function effectsOf(rules: RuleSet): Effect[] {
  return rules.rules.flatMap((rule) =>
    actionsOf(rule).flatMap(({ action, params }) => rules.actions.get(action)?.worst(atMost(params)) ?? []),
  )
}
