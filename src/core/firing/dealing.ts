import type { Instant } from '../calendar/time.ts'
import type { Decision } from '../model/decision.ts'
import { withFiring } from '../model/fired.ts'
import type { RuleMemory } from '../model/rulememory.ts'
import { decide, type Question } from './firing.ts'
import type { Occurring } from './occurring.ts'

/** An occurrence of which a list of the rule is to be done. */
interface Doing {
  occurrence: string
  due: Instant
  list: 'then' | 'otherwise'
}

/** What a step comes to of all occurrences of a rule. */
export interface Dealt {
  memory: RuleMemory | undefined
  firings: readonly Doing[]
  /** What is shown of the whole turn: a firing if there was one. */
  decision: Decision
  /** How many occurrences fired or were lost, and how many still wait because they do not fit. */
  turns: number
  waits: number
}

/** Decides on each occurrence of a step in turn, as long as those that fire fit: `room` is how many more can. */
export function dealWith(question: Question, { times }: Occurring, room: number): Dealt {
  let { memory } = question
  const firings: Doing[] = []
  let told: Decision | null = null
  let fires: Decision | null = null
  let { fired } = question
  for (let turn = 0; turn < times; turn++) {
    const made = decide(turn === 0 ? question : { ...question, memory, fired })
    const doing = doingOf(made, question.now)
    if (doing && firings.length >= room) {
      const full: Decision = {
        rule: question.rule.id,
        fires: false,
        why: 'step full',
        until: question.now + 1,
        detail: '',
      }
      const rest = firings.length > 0 ? memory : made.memory
      return { memory: rest, firings, decision: fires ?? full, turns: turn, waits: times - turn }
    }
    memory = made.memory
    if (doing) firings.push(doing)
    if (doing?.list === 'then') fired = withFiring(fired, doing.due)
    if (made.decision.fires) fires ??= made.decision
    told = fires ?? made.decision
  }
  if (told === null) throw new Error('a decision on nothing')
  return { memory, firings, decision: told, turns: times, waits: 0 }
}

/** What is to be done of an occurrence that was decided on; null for nothing. */
function doingOf({ decision, otherwise }: ReturnType<typeof decide>, now: Instant): Doing | null {
  if (decision.fires) return { occurrence: decision.occurrence, due: decision.due, list: 'then' }
  return otherwise === undefined ? null : { occurrence: otherwise, due: now, list: 'otherwise' }
}

/** The most firings of a rule in one step, however much a value rose at once; the rest waits. */
export const mostOccurrences = 100
