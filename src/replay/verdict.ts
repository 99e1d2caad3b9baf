import type { Instant } from '../core/calendar/time.ts'
import { seenNow } from '../core/judging/probe.ts'
import { sameFiring } from '../core/memory/ledger.ts'
import type { Decision } from '../core/model/decision.ts'
import type { Passing } from '../core/model/passing.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Trace } from '../core/model/verdicts.ts'
import type { Place } from '../document/fault.ts'
import type { Case } from './cases.ts'
import { type Compared, compare } from './expectation.ts'
import { replay } from './replay.ts'

/** What a rule came to at a moment: what explains why it fired, or why it did not. */
export interface Moment {
  now: Instant
  rule: string
  decision: Decision
  when: Trace | null
  onlyIf: Trace | null
  /** What its firing did, where it fired. */
  rows: readonly LedgerRow[]
}

/** A difference, and the moment that explains it; null where nothing was decided near it. */
export interface Difference {
  kind: 'missing' | 'surplus'
  compared: Compared
  moment: Moment | null
}

/** What came of a test. */
export interface Verdict {
  name: string
  place: Place
  passed: boolean
  compared: readonly Compared[]
  differences: readonly Difference[]
}

interface Judged {
  now: Instant
  decisions: readonly Decision[]
  passing: Passing
}

/** Runs a test through the step that the daemon runs. */
export async function runCase(one: Case): Promise<Verdict> {
  const judged: Judged[] = []
  const { rules, order, seed, start, end, everyMs, world, happenings } = one
  const ground = {
    nextReading: (now: Instant) => ({
      at: start + (Math.floor((now - start) / everyMs) + 1) * everyMs,
      topics: 'all' as const,
    }),
    read: world.read.bind(world),
    send: world.send.bind(world),
  }
  const kept = await replay({ rules, order, seed, start, end, ground, happenings }, (made, now) => {
    if (made.decisions.length > 0) judged.push({ now, decisions: made.decisions, passing: made.passing })
  })
  const compared = compare(one.expected, kept.rows, rules.actions)
  const differences = compared.flatMap((line): Difference[] => {
    if (line.expected && line.actual) return []
    const kind = line.expected ? 'missing' : 'surplus'
    return [{ kind, compared: line, moment: explain(line, judged, kept.rows, 2 * everyMs) }]
  })
  return { name: one.name, place: one.place, passed: differences.length === 0, compared, differences }
}

/** The moment that tells most: of a surplus action its firing; of a missing one a firing nearby, else the moment itself. */
function explain(
  { at, rule, actual }: Compared,
  judged: readonly Judged[],
  rows: readonly LedgerRow[],
  nearMs: number,
): Moment | null {
  const decisionIn = ({ decisions }: Judged) => decisions.find((one) => one.rule === rule)
  const fired = judged.filter((one) => decisionIn(one)?.fires === true)
  const found = actual
    ? fired.findLast(({ now }) => now <= actual.at)
    : (fired.find(({ now }) => Math.abs(now - at) <= nearMs) ?? judged.find(({ now }) => now >= at) ?? judged.at(-1))
  const decision = found && decisionIn(found)
  if (!found || !decision) return null
  const reached = found.passing.verdicts.get(rule)
  const verdict = reached && seenNow(reached, found.passing.facts, found.now)
  const first = decision.fires
    ? rows.find((row) => row.rule === rule && row.occurrence === decision.occurrence && row.at === found.now)
    : undefined
  return {
    now: found.now,
    rule,
    decision,
    when: verdict?.when ?? null,
    onlyIf: verdict?.onlyIf ?? null,
    rows: first ? rows.filter((row) => sameFiring(row, first)) : [],
  }
}
