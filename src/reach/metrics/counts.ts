import type { News } from '../../core/model/order.ts'
import { tellsNoLock } from '../../core/reading/health.ts'
import type { Step } from '../../core/step.ts'

/** Counters of one lock entry since the process began. */
export interface Counts {
  /** Readings by topic. */
  polls: Readonly<Record<string, { ok: number; failed: number }>>
  /** Firings by rule. */
  firings: Readonly<Record<string, number>>
  /** Judgements after which a rule did not fire, by rule and reason. */
  silences: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** How often actions entered a state, by action and state. */
  actions: Readonly<Record<string, Readonly<Record<string, number>>>>
  steps: number
}

export const nothingCounted: Counts = { polls: bare(), firings: bare(), silences: bare(), actions: bare(), steps: 0 }

/** A copy with only its own keys: a rule may have the name of something that all objects have. */
function bare<T>(counts: Readonly<Record<string, T>> = {}): Record<string, T> {
  return Object.assign(Object.create(null), counts)
}

/** The counts after one more step. */
export function count(before: Counts, step: Step, news: readonly News[]): Counts {
  const polls = bare(before.polls)
  for (const item of news) {
    if (!('reading' in item)) continue
    const { topic } = item.reading
    const was = polls[topic] ?? { ok: 0, failed: 0 }
    const told = item.reading.ok || tellsNoLock(item.reading.trouble)
    polls[topic] = told ? { ...was, ok: was.ok + 1 } : { ...was, failed: was.failed + 1 }
  }
  const firings = bare(before.firings)
  const silences = bare(before.silences)
  for (const decision of step.decisions) {
    if (decision.fires) firings[decision.rule] = (firings[decision.rule] ?? 0) + 1
    else silences[decision.rule] = plusOne(silences[decision.rule], decision.why)
  }
  const actions = bare(before.actions)
  for (const row of step.changed) actions[row.action] = plusOne(actions[row.action], row.state)
  return { polls, firings, silences, actions, steps: before.steps + 1 }
}

function plusOne(counts: Readonly<Record<string, number>> | undefined, key: string): Record<string, number> {
  const more = bare(counts)
  more[key] = (more[key] ?? 0) + 1
  return more
}

/** When topics are due to be read, according to the last step. */
export type Planned = Readonly<Record<string, number>>

/** How late each reading of a step was requested, in seconds, and the plan after it. */
export function lateness(
  planned: Planned,
  step: Step,
  news: readonly News[],
): { late: { topic: string; seconds: number }[]; planned: Planned } {
  const late = news.flatMap((item) => {
    if (!('reading' in item)) return []
    const { topic, asked } = item.reading
    const due = planned[topic]
    return due === undefined ? [] : { topic, seconds: Math.max(0, asked - due) / 1000 }
  })
  const next = Object.fromEntries(step.wake.read.map((topic) => [topic, step.wake.at]))
  return { late, planned: { ...planned, ...next } }
}
