import { limitsOf } from '../src/core/acting/limits.ts'
import type { Instant } from '../src/core/calendar/time.ts'
import { judge } from '../src/core/judging/judge.ts'
import { emptyKept, type Kept } from '../src/core/model/kept.ts'
import type { Order } from '../src/core/model/order.ts'
import { nothingSeen, type Passing } from '../src/core/model/passing.ts'
import type { RuleSet } from '../src/core/model/rule.ts'
import type { Reading } from '../src/core/model/service.ts'
import { type Step, step } from '../src/core/step.ts'
import { BareEngine } from './bareengine.ts'
import { type Figure, timesBetter, type Wanted } from './figure.ts'
import { MadeUp, madeUpTopic, type Saying, sayingAfter, valuesOf } from './madeup.ts'
import { compiled, type MadeUpRule, madeUpRules } from './madeuprules.ts'
import { rounds, worked } from './rounds.ts'

/** A Monday. */
const start: Instant = Date.UTC(2026, 2, 2, 10)
const pollMs = 30_000

/** How much of everything there is, and how often it is gone through. */
export interface StepSize {
  rules: number
  facts: number
  rounds: number
}

/** What becomes of the facts between two steps that lie 30 s apart. */
interface Turn {
  what: string
  share: number
  withLeaves: boolean
  wanted: number
}

const turns: readonly Turn[] = [
  { what: '2 % of facts changed', share: 0.02, withLeaves: false, wanted: 20 },
  { what: 'only the clock advanced 30 s, a tenth of the facts being counts', share: 0, withLeaves: false, wanted: 50 },
  { what: 'all facts changed, trace included', share: 1, withLeaves: true, wanted: 1 },
]

/** A lock at a moment at which its rules have all been judged, as a daemon at work has it. */
export class Settled {
  readonly rules: RuleSet
  readonly madeUp: MadeUp
  readonly saying: Saying
  readonly written: readonly MadeUpRule[]
  readonly order: Order
  kept: Kept = emptyKept('seed')
  passing: Passing = nothingSeen

  private constructor({ rules, facts }: StepSize) {
    this.madeUp = new MadeUp(facts)
    this.written = madeUpRules(rules, facts, 1)
    this.rules = compiled(this.written, this.madeUp)
    this.saying = { at: start, values: valuesOf(facts, 2) }
    this.order = {
      lock: 'main',
      mode: 'dry-run',
      zone: 'UTC',
      limits: limitsOf([{ actions: null }], 'UTC'),
      services: [this.madeUp.service],
      polls: new Map([[madeUpTopic, { everyMs: pollMs }]]),
      expect: null,
      newLock: 'auto',
      stopped: false,
      closing: false,
      run: 'run',
      underway: new Set(),
    }
  }

  static async of(size: StepSize): Promise<Settled> {
    const settled = new Settled(size)
    const before = settled.saying.at
    // The last of these steps finds everything as the one before it did.
    for (const earlier of [3, 2, 1, 0]) {
      const at = before - earlier * pollMs
      const saying = earlier === 0 ? settled.saying : sayingAfter(settled.saying, -earlier * pollMs, 0, 0)
      const made = await settled.step(settled.madeUp.reading(saying), at)
      settled.kept = made.kept
      settled.passing = made.passing
    }
    return settled
  }

  /** The step at a reading, from here; nothing of it is kept. */
  step(reading: Reading, now: Instant = reading.answered): Promise<Step> {
    return step(now, this.rules, this.kept, this.passing, [{ reading }], this.order)
  }
}

/** A step at a reading, against the bare engine running all rules on the same values; verdicts are held equal. */
export async function stepFigures(size: StepSize): Promise<Figure[]> {
  const settled = await Settled.of(size)
  const engine = new BareEngine(settled.written)
  const figures: Figure[] = []
  for (const turn of turns) figures.push(await stepFigure(settled, engine, turn, size))
  figures.push(await judgeFigure(settled, engine, size))
  return figures
}

async function stepFigure(settled: Settled, engine: BareEngine, turn: Turn, size: StepSize): Promise<Figure> {
  const sayings = Array.from({ length: 8 }, (_, i) => sayingAfter(settled.saying, pollMs, turn.share, 100 + i))
  const readings = sayings.map((saying) => settled.madeUp.reading(saying))
  for (const [i, saying] of sayings.entries()) {
    const reading = readings[i]
    if (reading) mustAgree((await settled.step(reading)).passing, await engine.run(saying, false))
  }
  const { ours, base } = await rounds(
    size.rounds,
    async () => (await worked(() => each(readings, (reading) => settled.step(reading)))) / readings.length,
    async () => (await worked(() => each(sayings, (saying) => engine.run(saying, turn.withLeaves)))) / sayings.length,
    size.rounds,
  )
  const wanted: Wanted = { of: 'median', atLeast: turn.wanted }
  return {
    what: `a step, ${size.rules} rules of 4 leaves over ${size.facts} facts, ${turn.what}`,
    unit: 'ms',
    ours,
    baseline: 'bare json-rules-engine running them all and reading results',
    base,
    compared: timesBetter(ours, base),
    comparedUnit: 'times faster',
    wanted,
  }
}

/** All rules judged on facts never seen before, with nothing around it. */
async function judgeFigure(settled: Settled, engine: BareEngine, size: StepSize): Promise<Figure> {
  const { rules, passing, saying } = settled
  const { ours, base } = await rounds(
    size.rounds,
    () => worked(() => judge(rules, passing.facts, saying.at, () => null)),
    () => worked(() => engine.run(saying, true)),
    size.rounds,
  )
  return {
    what: `of that, judging all ${size.rules} rules cold, with their traces`,
    unit: 'ms',
    ours,
    baseline: 'the same',
    base,
    compared: timesBetter(ours, base),
    comparedUnit: 'times faster',
  }
}

/** Throws where a step came to another verdict than the engine. */
export function mustAgree({ verdicts }: Passing, truths: ReadonlyMap<string, boolean>): void {
  for (const [rule, truth] of truths) {
    const found = verdicts.get(rule)?.when?.truth
    if (found !== truth) throw new Error(`rule ${rule} is ${found}, but the engine says ${truth}`)
  }
}

async function each<T>(of: readonly T[], run: (one: T) => Promise<unknown>): Promise<void> {
  for (const one of of) await run(one)
}
