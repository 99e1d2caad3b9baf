import type { News } from '../../core/model/order.ts'
import { tellsNoLock } from '../../core/reading/health.ts'
import type { Step } from '../../core/step.ts'

/** What has happened to one lock entry since the process began; only ever counts up. */
export interface Counts {
  /** Answers by topic. */
  polls: Readonly<Record<string, { ok: number; failed: number }>>
  /** Firings by rule. */
  firings: Readonly<Record<string, number>>
  /** Judgements that let a rule be silent, by rule and reason. */
  silences: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Actions that came into a state, by action and state. */
  actions: Readonly<Record<string, Readonly<Record<string, number>>>>
  steps: number
}

export const nothingCounted: Counts = { polls: bare(), firings: bare(), silences: bare(), actions: bare(), steps: 0 }

/** A copy that has nothing but its own keys: a rule may be called as something all objects have. */
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

/** The moments at which topics are to be read, by the last step that planned them. */
export type Planned = Readonly<Record<string, number>>

/** How late each reading of a step was asked for, in seconds; and what is planned after it. */
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
