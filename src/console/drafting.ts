import { loadRules, type SourceFile, testedIds } from '../config/rulefiles.ts'
import { bounds, type Worst } from '../core/acting/bounds.ts'
import type { Instant } from '../core/calendar/time.ts'
import { compileRules } from '../core/language/compile.ts'
import { lint } from '../core/language/lint.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { FactType } from '../core/model/fact.ts'
import type { Kept } from '../core/model/kept.ts'
import type { Lack } from '../core/model/lack.ts'
import type { Order } from '../core/model/order.ts'
import { nothingSeen, type Passing } from '../core/model/passing.ts'
import { noPast } from '../core/model/past.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Poll } from '../core/model/service.ts'
import { asksForPast } from '../core/retention.ts'
import type { Standstill } from '../core/standstill.ts'
import { step } from '../core/step.ts'
import { type Fault, inReadingOrder } from '../document/fault.ts'
import type { Backtest } from '../replay/backtest.ts'
import { services } from '../services/index.ts'
import { differenceLine, differencesOf, saySpan, totalRows, unknowable } from '../views/backtest.ts'
import { boundLines, isWorse } from '../views/bounds.ts'
import { sayRule } from '../views/sentence.ts'

/** A fault as the page shows it. */
export interface DraftFault {
  file: string
  line: number
  column: number
  severity: Fault['severity']
  message: string
  hint: string | null
}

/** A text in the place of a rule file; null means without the file. */
export interface Written {
  lock: string
  name: string
  path: string
  text: string | null
  /** Faults name files relative to this folder. */
  folder: string
}

/** The result of checking the rules with one file changed. */
interface Draft {
  /** Null if there is a fault. */
  rules: RuleSet | null
  faults: DraftFault[]
}

/** Whether a text may be saved, and what that does to the worst case; null if the rules stay faulty. */
export interface Judged {
  ok: boolean
  faults: DraftFault[]
  change: WorstChange | null
}

/** What saving would do. */
export interface Preview {
  ok: boolean
  faults: DraftFault[]
  /** The rules of the file in plain sentences, and whether each has changed. */
  sentences: { id: string; sentence: string; change: 'new' | 'changed' | 'same' | 'gone' }[]
  /** Rules that would fire at once, and whether they would do so with the present rules too. */
  fires: { rule: string; anyway: boolean }[]
  /** Why nothing at all would be decided now, or null. */
  standstill: Standstill | null
  /** The worst case under the present limits: with the rules in force, with these, and with any. */
  worst: { before: Worst; after: Worst; any: Worst } | null
  /** The first two in words. */
  change: WorstChange | null
}

/** What a save does to the worst case, in lines for people. */
export interface WorstChange {
  raised: boolean
  before: string[]
  after: string[]
}

/** What the rules would have done on the recorded readings, and the same for the rules in force, to compare. */
export interface Tried {
  faults: DraftFault[]
  before: Backtest | null
  after: Backtest | null
  /** In words: the span, the differences, what each rule would have done, and what cannot be known. */
  said: {
    span: string
    differences: string[]
    totals: { rule: string; firings: string; did: string }[]
    unknowable: string[]
  } | null
}

/** The part of a lock entry against which its rules are checked. */
export interface Neighbour {
  name: string
  limits: Limits
  /** The tokens that the config lacks for it. */
  lacks: readonly Lack[]
  extras: Readonly<Record<string, FactType>>
}

/** Everything against which a draft is checked, in a form that another thread can get. */
export interface Surroundings {
  written: Written
  /** The path of the lock's rules in the config. */
  rulesPath: string
  neighbours: readonly Neighbour[]
  zone: string
  channels: readonly string[]
  now: Instant
  polls: readonly Poll[]
  /** The files whose rules are in force. */
  inForce: readonly SourceFile[]
}

/** The state of the lock, to find what would fire. */
export interface Standing {
  kept: Kept
  passing: Passing
  order: PlainOrder
}

/** An order without its functions. */
export interface PlainOrder extends Omit<Order, 'underway' | 'closing' | 'services' | 'actsElsewhere'> {
  services: readonly string[]
  /** Who else acts on the present lock. */
  elsewhere: { lockId: string; entry: string | false | null } | null
}

/** A task for the thread. */
export type Task =
  | { kind: 'check'; around: Surroundings }
  | { kind: 'judge'; around: Surroundings }
  | { kind: 'preview'; around: Surroundings; standing: Standing | null; data: string }
  | { kind: 'trial'; around: Surroundings; standing: Standing | null; data: string; days: number }

/** Does a task. Nothing is stored or sent. */
export async function perform(task: Task): Promise<unknown> {
  const { around } = task
  if (task.kind === 'check') {
    const { rules, faults } = await read(around, true)
    return { ok: rules !== null, faults }
  }
  if (task.kind === 'judge') return judge(around)
  return task.kind === 'preview' ? preview(task) : trial(task)
}

/** The part of a standing that another thread can get. It judges again what it needs. */
export function standingOf(
  kept: Kept,
  passing: Passing,
  { services: known, actsElsewhere, ...order }: Omit<Order, 'underway' | 'closing'>,
): Standing {
  const lockId = passing.latestLock?.id ?? null
  const entry = lockId === null || !actsElsewhere ? false : actsElsewhere(lockId)
  return {
    kept,
    passing: { ...passing, judged: null, verdicts: nothingSeen.verdicts },
    order: { ...order, services: known.map(({ name }) => name), elsewhere: lockId === null ? null : { lockId, entry } },
  }
}

function orderOf({ services: names, elsewhere, ...order }: PlainOrder): Omit<Order, 'underway' | 'closing'> {
  return {
    ...order,
    services: services.filter(({ name }) => names.includes(name)),
    actsElsewhere: (lockId) => (elsewhere?.lockId === lockId ? elsewhere.entry : false),
  }
}

/** The rules in force, compiled again in this thread, once for each change. */
let inUse: { key: string; rules: RuleSet } | null = null

function presentRules({ inForce, neighbours, written, zone }: Surroundings): RuleSet {
  const extras = neighbours.find(({ name }) => name === written.lock)?.extras ?? {}
  const key = JSON.stringify([inForce, zone, extras])
  if (inUse?.key === key) return inUse.rules
  // The longest list was checked when they came into force, and the limit may have changed since.
  const { rules } = compileRules(inForce, { services, zone, extras, longestList: null })
  if (rules === null) throw new Error('the rules in force cannot be compiled again')
  inUse = { key, rules }
  return rules
}

/**
 * The rules of a lock entry with the text in the place of its file, or as they are on disk. Also the faults of every
 * entry that shares the folder, and lints.
 */
async function read(
  { written, rulesPath, neighbours, zone, channels, now }: Surroundings,
  isInstead: boolean,
): Promise<Draft> {
  const instead = new Map(isInstead ? [[written.path, written.text]] : [])
  let own: RuleSet | null = null
  const faults: Fault[] = []
  for (const { name, limits, lacks, extras } of neighbours) {
    const language = { services, zone, extras, longestList: limits.actions.per_step }
    const loaded = await loadRules(rulesPath, language, written.folder, instead)
    faults.push(...loaded.faults)
    if (name === written.lock) own = loaded.rules
    if (!loaded.rules) continue
    const tested = await testedIds(rulesPath)
    faults.push(...lint(loaded.rules, { zone, limits, lacks, channels, tested, now }))
  }
  const told = new Map(inReadingOrder(faults).map((fault) => [JSON.stringify([fault.place, fault.message]), fault]))
  const shown = [...told.values()].map(({ place, severity, message, hint = null }) => {
    return { ...place, severity, message, hint }
  })
  return { rules: shown.some(({ severity }) => severity === 'fault') ? null : own, faults: shown }
}

function worstOf(rules: RuleSet, { neighbours, written, polls }: Surroundings): ReturnType<typeof bounds> {
  const own = neighbours.find(({ name }) => name === written.lock)
  if (!own) throw new Error('a draft is held against no lock')
  return bounds(rules, own.limits, polls)
}

async function preview({ around, standing, data }: Extract<Task, { kind: 'preview' }>): Promise<Preview> {
  const { written, now, zone } = around
  const { rules, faults } = await read(around, true)
  if (!rules) return { ok: false, faults, sentences: [], fires: [], standstill: null, worst: null, change: null }
  const before = presentRules(around)
  const wouldFire = async (set: RuleSet) => {
    if (!standing) return { fires: [], standstill: null }
    // The step decides only if there is news; this item has no other effect.
    const news = [{ input: '', set: true }]
    const closing = { ...orderOf(standing.order), closing: true, underway: new Set<never>() }
    const isShort = asksForPast({ ...standing, rules: set, now })
    const kept = (isShort && (await wholeKept(standing.kept, data, written.lock))) || standing.kept
    const made = await step(now, set, kept, standing.passing, news, closing)
    const fires = made.decisions.filter((one) => one.fires || one.why === 'step full').map(({ rule }) => rule)
    return { fires, standstill: made.standstill }
  }
  const [present, changed] = [await wouldFire(before), await wouldFire(rules)]
  const [was, is] = [worstOf(before, around), worstOf(rules, around)]
  return {
    ok: true,
    faults,
    sentences: sentencesOf(written.name, before, rules, zone, (file) => fileName(file)),
    fires: changed.fires.map((rule) => ({ rule, anyway: present.fires.includes(rule) })),
    standstill: changed.standstill,
    worst: { before: was.underTheseRules, after: is.underTheseRules, any: is.underAnyRules },
    change: changeOf(was.underTheseRules, is.underTheseRules),
  }
}

/** If several files are broken, they can only be fixed one after the other. */
async function judge(around: Surroundings): Promise<Judged> {
  const { rules, faults } = await read(around, true)
  if (rules) {
    const [was, is] = [worstOf(presentRules(around), around), worstOf(rules, around)]
    return { ok: true, faults, change: changeOf(was.underTheseRules, is.underTheseRules) }
  }
  const before = await read(around, false)
  const known = new Set(before.faults.map(({ file, message }) => `${file} ${message}`))
  const isWorse = faults.some(
    (one) => one.severity === 'fault' && (one.file === around.written.name || !known.has(`${one.file} ${one.message}`)),
  )
  return { ok: !isWorse, faults, change: null }
}

async function trial({ around, standing, data, days }: Extract<Task, { kind: 'trial' }>): Promise<Tried> {
  const { zone, now, written } = around
  const { rules, faults } = await read(around, true)
  if (!rules || !standing) return { faults, before: null, after: null, said: null }
  const before = presentRules(around)
  // The thread reads the past itself, since a long one is much data to hand over.
  const [{ sqliteStore }, { backtest }] = await Promise.all([
    import('../store/sqlite.ts'),
    import('../replay/backtest.ts'),
  ])
  const stored = await sqliteStore(data).look()
  if (!stored) return { faults, before: null, after: null, said: null }
  try {
    const recorded = await stored.recorded(written.lock)
    const kept = { ...standing.kept, rows: await stored.history(written.lock), past: noPast }
    const since = now - days * 86_400_000
    const tried = (set: RuleSet) => backtest({ rules: set, kept, order: orderOf(standing.order) }, recorded, since, now)
    const [was, is] = [await tried(before), await tried(rules)]
    return { faults, before: was, after: is, said: was && is && sayTried(was, is, since, zone) }
  } finally {
    await stored.close()
  }
}

/** What is remembered of a lock with every row of its ledger, as the store has them; null where it has none. */
async function wholeKept(kept: Kept, data: string, lock: string): Promise<Kept | null> {
  const { sqliteStore } = await import('../store/sqlite.ts')
  const stored = await sqliteStore(data).look()
  if (!stored) return null
  try {
    return { ...kept, rows: await stored.history(lock), past: noPast }
  } finally {
    await stored.close()
  }
}

function changeOf(before: Worst, after: Worst): WorstChange {
  return { raised: isWorse(before, after), before: boundLines(before), after: boundLines(after) }
}

function sayTried(before: Backtest, after: Backtest, asked: number, zone: string): Tried['said'] {
  return {
    span: saySpan(after, zone),
    differences: differencesOf(before, after).map((one) => differenceLine(one, after.until, zone)),
    totals: totalRows(after).map(([rule, firings, did]) => ({ rule, firings, did })),
    unknowable: unknowable([before, after], asked, zone),
  }
}

/** The rules in force name the same file from another folder. */
function fileName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

function sentencesOf(
  name: string,
  before: RuleSet,
  after: RuleSet,
  zone: string,
  named: (file: string) => string,
): Preview['sentences'] {
  const told = after.rules
    .filter(({ file }) => named(file) === name)
    .map((rule): Preview['sentences'][number] => {
      const old = before.byId.get(rule.id) ?? (rule.was === null ? undefined : before.byId.get(rule.was))
      const sentence = sayRule(rule, { ...after, zone })
      const isSame =
        old !== undefined && sayRule(old, { ...before, zone }) === sentence && old.thenDigest === rule.thenDigest
      return { id: rule.id, sentence, change: old === undefined ? 'new' : isSame ? 'same' : 'changed' }
    })
  const kept = new Set(after.rules.flatMap(({ id, was }) => [id, was]))
  const gone = before.rules
    .filter(({ id }) => !kept.has(id))
    .map((rule) => ({ id: rule.id, sentence: sayRule(rule, { ...before, zone }), change: 'gone' as const }))
  return [...told, ...gone]
}
