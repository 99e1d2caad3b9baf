import type { Instant } from '../calendar/time.ts'
import { leafTraces, traced } from '../judging/trace.ts'
import { type Facts, fixed, numberAt, unknown } from '../model/fact.ts'
import type { Branch, Intent } from '../model/rule.ts'
import type { Json } from '../model/service.ts'

/** One action that a list comes to at a firing. */
export interface Course {
  action: string
  params: Json
  /** Why it is nothing, for people. */
  note: string
}

/** What decides which of its lists an item does. */
interface Deciding {
  facts: Facts
  now: Instant
  /** A number in [0, 1) for each key of this firing. */
  draw(...key: string[]): number
}

/**
 * The actions that a list comes to at one firing: of each draw the drawn list, of each condition the one that it
 * decides for. A condition sees the tallies with what the list has counted before it.
 */
export function courseOf(then: readonly Intent[], deciding: Deciding): Course[] {
  let { facts } = deciding
  const walk = (list: readonly Intent[], slot: string): Course[] =>
    list.flatMap((intent, i): Course[] => {
      if ('action' in intent) {
        facts = withCounted(facts, intent, deciding.now)
        return [{ ...intent, note: '' }]
      }
      if ('draw' in intent) {
        const k = drawnOf(intent.draw, deciding.draw(slot, String(i)))
        // A blank on the wheel is also a firing.
        return orNothing(walk(intent.draw[k]?.then ?? [], `${slot}.${i}.${k}`), '')
      }
      const { which, note } = decided(intent, facts, deciding.now)
      return orNothing(which === null ? [] : walk(intent[which], `${slot}.${i}.${which}`), note)
    })
  return walk(then, 'draw')
}

/** A list that comes to nothing is told as such, so that the firing is remembered. */
function orNothing(course: Course[], note: string): Course[] {
  return course.length > 0 ? course : [{ action: 'nothing', params: null, note }]
}

function drawnOf(choices: readonly { weight: number }[], draw: number): number {
  let left = draw * choices.reduce((sum, { weight }) => sum + weight, 0)
  return choices.findIndex(({ weight }) => {
    left -= weight
    return left < 0
  })
}

function decided(branch: Branch, facts: Facts, now: Instant): { which: 'then' | 'else' | null; note: string } {
  const trace = traced(branch.if, facts, now)
  if (trace.truth !== null) return { which: trace.truth ? 'then' : 'else', note: `its "if" is ${trace.truth}` }
  const missing = leafTraces(trace).flatMap(({ leaf, saw }) => (saw.known ? [] : leaf.fact))
  return { which: null, note: `neither then nor else: ${[...new Set(missing)].join(', ') || 'its "if"'} is unknown` }
}

/** The facts after an action that counts something at once. */
function withCounted(facts: Facts, { action, params }: { action: string; params: Json }, now: Instant): Facts {
  if (action !== 'tally.add' && action !== 'tally.reset') return facts
  const { name, points = 1 } = params as { name: string; points?: Json }
  const before = numberAt(facts, `tally.${name}`, now)
  const counted = action === 'tally.reset' ? 0 : typeof points === 'number' && before !== null ? before + points : null
  return new Map(facts).set(`tally.${name}`, counted === null ? unknown('fenced', now) : fixed(counted, now))
}
