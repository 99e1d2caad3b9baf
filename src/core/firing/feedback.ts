import type { Instant } from '../calendar/time.ts'
import { toleranceSeconds } from '../judging/anchor.ts'
import type { Kept } from '../model/kept.ts'
import { noLock } from '../model/lock.ts'
import type { LedgerRow, Mode } from '../model/row.ts'
import type { Rule, RuleSet } from '../model/rule.ts'
import { memoryKey, type RuleMemory } from '../model/rulememory.ts'
import type { Doing, Json } from '../model/service.ts'
import type { LeafTrace } from '../model/verdicts.ts'

/**
 * After so many firings in a row that only its own actions can have caused, a rule is held until a person releases it.
 */
const mostSelfMade = 3

/** A change that shows later than this after a write of ours is not attributed to it. */
const longestLagMs = 600_000

/** Whether a rule is held because it kept triggering itself. */
export function isHeld(memory: RuleMemory | undefined): boolean {
  return (memory?.selfMade ?? 0) >= mostSelfMade
}

/** The ids of the rules that are held on the present lock because they kept triggering themselves. */
export function heldRules(kept: Kept, mode: Mode, { rules }: RuleSet): string[] {
  const session = kept.session ?? noLock
  return rules.filter(({ id }) => isHeld(kept.memory[memoryKey(mode, session, id)])).map(({ id }) => id)
}

/** The memory after these rules (ids) were released on the present lock. */
export function released(kept: Kept, mode: Mode, ids: readonly string[]): Kept {
  const keys = ids.map((id) => memoryKey(mode, kept.session ?? noLock, id)).filter((key) => isHeld(kept.memory[key]))
  if (keys.length === 0) return kept
  const freed = keys.flatMap((key) => {
    const { selfMade: _, ...memory } = kept.memory[key] ?? {}
    return [[key, memory as RuleMemory] as const]
  })
  return { ...kept, memory: { ...kept.memory, ...Object.fromEntries(freed) } }
}

/** The memory after a firing, with how many firings in a row the rule itself caused. */
export function counted({ selfMade = 0, ...memory }: RuleMemory, isSelfMade: boolean): RuleMemory {
  return isSelfMade ? { ...memory, selfMade: selfMade + 1 } : memory
}

/** The data to compare with the changes on which a rule fires. */
export interface Doings {
  /** The rows of this lock session and mode. */
  rows: readonly LedgerRow[]
  actions: RuleSet['actions']
  /** When the rule last fired; null if never. */
  lastFired: Instant | null
  /** By how much a fact rose at this reading. */
  rose(leaf: string): number
  now: Instant
}

/** Whether only the rule's own last firing can have caused the changes on which it fires now. */
export function isSelfMade(rule: Rule, seen: readonly { leaf: LeafTrace; key: string }[], doings: Doings): boolean {
  const { lastFired } = doings
  if (lastFired === null || seen.length === 0) return false
  return seen.every(({ leaf, key }) => {
    const { fact } = leaf.leaf
    if (fact.startsWith(`rule.${rule.id}.`)) return true
    const since = doings.rows.filter(({ sentAt, at }) => (sentAt ?? at) >= lastFired)
    const writes = since.flatMap((row) => {
      const doing = doingOf(row, fact, doings.actions)
      return doing === undefined ? [] : { row, doing }
    })
    if (writes.length === 0) return false
    if (fact.startsWith('tally.')) return writes.every(({ row }) => row.rule === rule.id)
    const own = writes.filter(({ row }) => row.rule === rule.id && doings.now - (row.endedAt ?? 0) <= longestLagMs)
    return explains(
      own.map(({ doing }) => doing),
      doings.rose(key),
      leaf.saw.known ? (leaf.saw.value as Json) : null,
    )
  })
}

/** The effect of a row on a fact: undefined for none, null if unknown. */
function doingOf(row: LedgerRow, fact: string, actions: RuleSet['actions']): Doing | null | undefined {
  if (row.state !== 'applied' && row.state !== 'dry-run' && row.state !== 'unsettled') return undefined
  const kind = actions.get(row.action)
  const doing = kind?.does?.(row.effect, row.sent ?? row.params)[fact]
  return doing ?? (kind?.fences.includes(fact) ? null : undefined)
}

function explains(doings: readonly (Doing | null)[], rose: number, value: Json): boolean {
  if (doings.length === 0) return false
  const sum = doings.reduce((all, doing) => all + (doing && 'by' in doing ? doing.by : 0), 0)
  if (doings.some((doing) => doing === null || ('to' in doing && doing.to === value))) return true
  return rose !== 0 && Math.sign(rose) === Math.sign(sum) && Math.abs(rose) <= Math.abs(sum) + toleranceSeconds
}
