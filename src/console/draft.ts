import type { Asked } from '../answers.ts'
import { channelsOf } from '../config/reach.ts'
import { loadRules, testedIds } from '../config/rulefiles.ts'
import { bounds, type Worst } from '../core/bounds.ts'
import type { Recorded } from '../core/recorded.ts'
import type { RuleSet } from '../core/rules/compile.ts'
import { lint } from '../core/rules/lint.ts'
import { type Standstill, step } from '../core/step.ts'
import { type Fault, inReadingOrder } from '../document/fault.ts'
import type { Backtest } from '../replay/backtest.ts'
import { services } from '../services/index.ts'
import { differenceLine, differencesOf, saySpan, totalRows, unknowable } from '../views/backtest.ts'
import { boundLines, isWorse } from '../views/bounds.ts'
import { sayRule } from '../views/sentence.ts'
import { Refusal } from './refusal.ts'
import { Turns } from './turns.ts'

/** What was recorded of a lock entry, from a moment on; without it nothing can be tried out on the past. */
export type RecordOf = (lock: string, from?: number) => Recorded | null

/** A fault as the page shows it. */
export interface DraftFault {
  file: string
  line: number
  column: number
  severity: Fault['severity']
  message: string
  hint: string | null
}

/** A text in the place of a rule file; null: without the file. */
export interface Written {
  lock: string
  name: string
  path: string
  text: string | null
  /** Faults name files relative to it. */
  folder: string
}

/** Who has something tried out. */
export interface DraftAsker {
  name: string
  isKnown: boolean
}

/** What a set of rules with one file changed comes to. */
interface Draft {
  /** Null where there is a fault. */
  rules: RuleSet | null
  faults: DraftFault[]
}

/** Whether a text may be saved, and what that does to the worst that can be met; null where the rules stay faulty. */
export interface Judged {
  ok: boolean
  faults: DraftFault[]
  change: WorstChange | null
}

/** What would come of saving. */
export interface Preview {
  ok: boolean
  faults: DraftFault[]
  /** The rules of the file in plain sentences, and what is otherwise than before. */
  sentences: { id: string; sentence: string; change: 'new' | 'changed' | 'same' | 'gone' }[]
  /** Rules that would fire at once, and whether they would with the present ones, too. */
  fires: { rule: string; anyway: boolean }[]
  /** Why nothing at all would be decided now, where that is so. */
  standstill: Standstill | null
  /** The worst that can be met under the present limits: with the rules in force, with these, and with any. */
  worst: { before: Worst; after: Worst; any: Worst } | null
  /** The same in words, the first two. */
  change: WorstChange | null
}

/** What a save does to the worst that can be met, in lines for people. */
export interface WorstChange {
  raised: boolean
  before: string[]
  after: string[]
}

/** What rules would have done to what was recorded; the same of those in force, to compare. */
export interface Tried {
  faults: DraftFault[]
  before: Backtest | null
  after: Backtest | null
  /** In words: from when to when, what is otherwise, what each rule would have done, and what cannot be known. */
  said: {
    span: string
    differences: string[]
    totals: { rule: string; firings: string; did: string }[]
    unknowable: string[]
  } | null
}

/** A longer past is not gone through while the daemon has other things to do, nor for longer than this. */
const longestTrialMs = 20_000
/** How long the daemon's other work may have to wait for a trial. */
const turnMs = 20

/** Holds rule files that are being edited against everything around them. Nothing here is kept or sent. */
export class Drafts {
  readonly #asked: Asked
  readonly #record: RecordOf | null
  readonly #turns = new Turns('having rules looked at', { strangers: 4, ofOne: 3, known: 4 })
  /** Going through the past takes longer, and gives way; who types waits for no such thing. */
  readonly #trials = new Turns('trying rules out on the past', { strangers: 1, ofOne: 1, known: 1 })

  constructor(asked: Asked, record: RecordOf | null) {
    this.#asked = asked
    this.#record = record
  }

  /** Whether rules can be tried out on the past. */
  get canTry(): boolean {
    return this.#record !== null
  }

  /** Whether the rules are without a fault with a text in them. */
  check({ name, isKnown }: DraftAsker, { lock, path, text, folder }: Written): Promise<Pick<Preview, 'ok' | 'faults'>> {
    return this.#turns.take(name, isKnown, async () => {
      const { rules, faults } = await this.#read(lock, new Map([[path, text]]), folder)
      return { ok: rules !== null, faults }
    })
  }

  /** What would come of saving a text. */
  preview({ name, isKnown }: DraftAsker, written: Written): Promise<Preview> {
    return this.#turns.take(name, isKnown, () => this.#preview(written))
  }

  /** Whether a text may be saved: where several files are broken, they can only be mended one after the other. */
  judge({ name, isKnown }: DraftAsker, written: Written): Promise<Judged> {
    return this.#turns.take(name, isKnown, () => this.#judge(written))
  }

  /** Goes through the last days as the daemon would have with a text. */
  trial({ name, isKnown }: DraftAsker, written: Written, days: number): Promise<Tried> {
    return this.#trials.take(name, isKnown, () => this.#trial(written, days))
  }

  /**
   * The rules of a lock entry as they would be with a text in place of a file (null: without the file); faults of
   * every entry that shares the folder, and lints.
   */
  async #read(lock: string, instead: ReadonlyMap<string, string | null>, folder: string): Promise<Draft> {
    const { config, inForce, clock } = this.#asked
    const path = inForce.of(lock).lock.rules
    let own: RuleSet | null = null
    const faults: Fault[] = []
    for (const force of inForce.locks) {
      const { name, rules: rulesPath, credentials } = force.lock
      if (rulesPath !== path) continue
      const { limits } = force
      const longestList = limits.actions.per_step
      const extras = inForce.extrasOf(name)
      const loaded = await loadRules(rulesPath, { services, zone: config.zone, extras, longestList }, folder, instead)
      faults.push(...loaded.faults)
      if (name === lock) own = loaded.rules
      if (!loaded.rules) continue
      const hasTracker = credentials.tracker !== null
      const channels = channelsOf(config.reach)
      const around = { zone: config.zone, extras, limits, hasTracker, channels, tested: await testedIds(rulesPath) }
      faults.push(...lint(loaded.rules, { ...around, now: clock.now() }))
    }
    const told = new Map(inReadingOrder(faults).map((fault) => [JSON.stringify([fault.place, fault.message]), fault]))
    const shown = [...told.values()].map(({ place, severity, message, hint = null }) => ({
      ...place,
      severity,
      message,
      hint,
    }))
    return { rules: shown.some(({ severity }) => severity === 'fault') ? null : own, faults: shown }
  }

  async #preview({ lock, name, path, text, folder }: Written): Promise<Preview> {
    const { config, inForce, loops, ports, clock } = this.#asked
    const { rules, faults } = await this.#read(lock, new Map([[path, text]]), folder)
    const { lock: entry, rules: present, limits } = inForce.of(lock)
    const nothing = { sentences: [], fires: [], standstill: null, worst: null, change: null }
    if (!rules) return { ok: false, faults, ...nothing }
    const loop = loops.get(lock)
    const order = ports.get(lock)?.order()
    const wouldFire = async (set: RuleSet) => {
      if (!loop || !order) return { fires: [], standstill: null }
      // Something new has to be told for the step to decide at all; of this nobody takes notice.
      const news = [{ input: '', set: true }]
      const closing = { ...order, closing: true, underway: new Set<never>() }
      const made = await step(clock.now(), set, loop.kept, loop.passing, news, closing)
      const fires = made.decisions.filter((one) => one.fires || one.why === 'step full').map(({ rule }) => rule)
      return { fires, standstill: made.standstill }
    }
    const [was, is] = [await wouldFire(present), await wouldFire(rules)]
    const polls = Object.values(entry.polls)
    const [before, after] = [bounds(present, limits, polls), bounds(rules, limits, polls)]
    return {
      ok: true,
      faults,
      sentences: sentencesOf(name, present, rules, config.zone, (file) => fileName(file)),
      fires: is.fires.map((rule) => ({ rule, anyway: was.fires.includes(rule) })),
      standstill: is.standstill,
      worst: { before: before.underTheseRules, after: after.underTheseRules, any: after.underAnyRules },
      change: changeOf(before.underTheseRules, after.underTheseRules),
    }
  }

  async #judge({ lock, name, path, text, folder }: Written): Promise<Judged> {
    const { rules, faults } = await this.#read(lock, new Map([[path, text]]), folder)
    if (rules) {
      const { lock: entry, rules: present, limits } = this.#asked.inForce.of(lock)
      const polls = Object.values(entry.polls)
      const worst = (set: RuleSet) => bounds(set, limits, polls).underTheseRules
      return { ok: true, faults, change: changeOf(worst(present), worst(rules)) }
    }
    const before = await this.#read(lock, new Map(), folder)
    const known = new Set(before.faults.map(({ file, message }) => `${file} ${message}`))
    const isWorse = faults.some(
      (one) => one.severity === 'fault' && (one.file === name || !known.has(`${one.file} ${one.message}`)),
    )
    return { ok: !isWorse, faults, change: null }
  }

  async #trial({ lock, path, text, folder }: Written, days: number): Promise<Tried> {
    const { inForce, loops, ports, clock } = this.#asked
    const { rules, faults } = await this.#read(lock, new Map([[path, text]]), folder)
    const [loop, order, recorded] = [loops.get(lock), ports.get(lock)?.order(), this.#record?.(lock)]
    if (!rules || !loop || !order || !recorded) return { faults, before: null, after: null, said: null }
    const { backtest } = await import('../replay/backtest.ts')
    const until = clock.now()
    const ends = performance.now() + longestTrialMs
    const tried = (set: RuleSet) =>
      backtest({ rules: set, kept: loop.kept, order, rest: resting(ends) }, recorded, until - days * 86_400_000, until)
    const [before, after] = [await tried(inForce.of(lock).rules), await tried(rules)]
    const { zone } = this.#asked.config
    return {
      faults,
      before,
      after,
      said: before && after && sayTried(before, after, until - days * 86_400_000, zone),
    }
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

/** Lets the daemon have its turn every so often, and ends what takes too long. */
function resting(ends: number): () => Promise<void> | null {
  let next = performance.now() + turnMs
  return () => {
    const now = performance.now()
    if (now > ends) throw new Refusal(503, 'too-long', 'going through so many days takes too long; try fewer')
    if (now < next) return null
    return new Promise((resolve) => {
      setImmediate(() => {
        next = performance.now() + turnMs
        resolve()
      })
    })
  }
}

/** The same file is named from elsewhere when it is in force. */
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
      const sentence = sayRule(rule, zone)
      const isSame = old !== undefined && sayRule(old, zone) === sentence && old.thenDigest === rule.thenDigest
      return { id: rule.id, sentence, change: old === undefined ? 'new' : isSame ? 'same' : 'changed' }
    })
  const kept = new Set(after.rules.flatMap(({ id, was }) => [id, was]))
  const gone = before.rules
    .filter(({ id }) => !kept.has(id))
    .map((rule) => ({ id: rule.id, sentence: sayRule(rule, zone), change: 'gone' as const }))
  return [...told, ...gone]
}
