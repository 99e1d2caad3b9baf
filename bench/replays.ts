import { limitsOf } from '../src/core/acting/limits.ts'
import { compileRules } from '../src/core/language/compile.ts'
import { emptyKept } from '../src/core/model/kept.ts'
import type { LedgerRow } from '../src/core/model/row.ts'
import type { RuleSet } from '../src/core/model/rule.ts'
import type { Recorded } from '../src/core/reading/recorded.ts'
import type { Step } from '../src/core/step.ts'
import { faultLine } from '../src/document/fault.ts'
import { Lull } from '../src/replay/lull.ts'
import { Past } from '../src/replay/past.ts'
import { replay, type Timeline } from '../src/replay/replay.ts'
import { services } from '../src/services/index.ts'
import type { Figure } from './figure.ts'
import { begin, dayMs, everyMs, lockTopic, recordOf, stretchOf } from './record.ts'
import { worked } from './rounds.ts'

/** How many days are replayed at full speed, how many without the probe, by how many rules, and how often. */
export interface ReplaySize {
  days: number
  coldDays: number
  rules: number
  rounds: number
}

/**
 * Goes through weeks of readings as a backtest does, against the same steps without the probe. Those are so slow that
 * only some days of it are gone through; figures are of one reading. What fires must be the same.
 */
export async function replayFigures(size: ReplaySize): Promise<Figure[]> {
  const rules = rulesOf(size.rules)
  const recorded = recordOf(size.days)
  const ours: number[] = []
  const probed: number[] = []
  const base: number[] = []
  for (let round = 0; round < size.rounds; round++) {
    const all = await gone(rules, recorded, 'lull')
    // From all over the time, with the ledger that had come together by then.
    const from = begin + Math.floor((round * (size.days - size.coldDays)) / Math.max(1, size.rounds - 1)) * dayMs
    const stretch = stretchOf(recorded, from, from + size.coldDays * dayMs)
    const before = all.rows.filter(({ at }) => at < from)
    const cold = await gone(rules, stretch, 'cold', before)
    const warm = await gone(rules, stretch, 'probe', before)
    const quick = await gone(rules, stretch, 'lull', before)
    mustBeTheSame(cold.rows, warm.rows)
    mustBeTheSame(cold.rows, quick.rows)
    ours.push(all.ms)
    base.push(cold.ms)
    probed.push(warm.ms)
  }
  const days = size.days === 30 ? 'a month' : `${size.days} days`
  const compared = (of: readonly number[]) => of.map((one, i) => (base[i] ?? 0) / one)
  const baseline = `the same step without the probe (${size.coldDays} of the days)`
  return [
    {
      what: `${days} of 30 s readings, ${size.rules} rules, replayed, a reading`,
      unit: 'ms',
      ours,
      baseline,
      base,
      compared: compared(ours),
      comparedUnit: 'times faster',
      wanted: { of: 'median', atLeast: 50 },
    },
    {
      what: 'of that, every step made, with the probe',
      unit: 'ms',
      ours: probed,
      baseline,
      base,
      compared: compared(probed),
      comparedUnit: 'times faster',
    },
  ]
}

/** How a replay goes: every step without the probe, every step with it, or as a backtest. */
type Pace = 'cold' | 'probe' | 'lull'

/** What a replay cost a reading, in milliseconds of the processor, and what it did. */
export async function gone(
  rules: RuleSet,
  recorded: Recorded,
  pace: Pace,
  before: readonly LedgerRow[] = [],
): Promise<{ ms: number; rows: readonly LedgerRow[]; totalMs: number }> {
  const looks = recorded.looks.get(lockTopic) ?? []
  const [start, end] = [looks[0]?.answered ?? begin, looks.at(-1)?.answered ?? begin]
  const past = new Past(recorded)
  const ofPast = { ...order, services: services.map((service) => past.serve(service)) }
  // What fires anew must not bear the name of what fired then.
  const earlier = before.map((row) => ({ ...row, occurrence: `earlier ${row.occurrence}` }))
  const kept = { ...emptyKept('seed'), rows: earlier }
  const timeline: Timeline = { rules, order: ofPast, seed: 'seed', start, end, ground: past, happenings: [], kept }
  // Only what was judged last makes the probe possible.
  const forget = ({ passing }: Step) => void Object.assign(passing, { judged: null })
  let rows: readonly LedgerRow[] = []
  const totalMs = await worked(async () => {
    const given = pace === 'lull' ? { ...timeline, lull: new Lull(rules, past) } : timeline
    const kept = await replay(given, pace === 'cold' ? forget : () => undefined)
    rows = kept.rows.slice(earlier.length)
  })
  return { ms: totalMs / looks.length, rows, totalMs }
}

const order: Timeline['order'] = {
  lock: 'main',
  mode: 'dry-run',
  zone: 'Europe/Berlin',
  limits: limitsOf([{ actions: null }], 'UTC'),
  services,
  polls: new Map([[lockTopic, { everyMs }]]),
  expect: null,
  newLock: 'auto',
}

function mustBeTheSame(one: readonly LedgerRow[], other: readonly LedgerRow[]): void {
  if (one.length === 0) throw new Error('nothing fired in the replay')
  const said = (rows: readonly LedgerRow[]) =>
    rows.map(({ rule, occurrence, at }) => `${rule} ${occurrence} ${at}`).join('\n')
  if (said(one) !== said(other)) throw new Error('the replays came to different firings')
}

/** Rules of the usual kinds, each with a threshold of its own. */
export function rulesOf(count: number): RuleSet {
  const kinds: readonly ((i: number) => string)[] = [
    (i) => `when: lock.timeRemainingSeconds < ${400 - i}d, limit: 1 per lock`,
    (i) => `when: [lock.wearerLastSeenAgoSeconds > ${1 + (i % 6)}h, lock.frozen is false], limit: 2 per day`,
    (i) => `when: [lock.taskPoints > ${i % 17}, "time.clock between 08:00 and ${10 + (i % 12)}:00"], cooldown: 4h`,
    (i) => `when: lock.taskAssigned is true, for: ${5 + (i % 20)}m`,
    (i) => `when: { any: [lock.timeLockedSeconds > ${i}d, lock.role is wearer] }, only_if: lock.frozen is false`,
    (i) => `at: "${String(i % 24).padStart(2, '0')}:15", when: lock.taskPoints < ${i % 17}`,
    (i) => `when: lock.taskPoints rises by ${1 + (i % 3)}`,
    (i) => `when: [lock.trusted is true, lock.lockTitle contains lock, "time.weekday is ${i % 2 ? 'sun' : 'wed'}"]`,
  ]
  const written = Array.from({ length: count }, (_, i) => {
    return `  - { id: r${i}, ${kinds[i % kinds.length]?.(i)}, then: [log: r${i}] }\n`
  })
  const text = `rules:\n${written.join('')}`
  const { rules, faults } = compileRules([{ file: 'rules.yaml', text }], { services, zone: 'Europe/Berlin' })
  if (!rules) throw new Error(faults.slice(0, 3).map(faultLine).join('\n'))
  return rules
}
