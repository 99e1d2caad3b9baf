import type { Scalar } from '../model/fact.ts'
import { actionsOf, hasMoments, type Leaf, leavesOf, type Rule, type RuleSet } from '../model/rule.ts'
import type { Doing } from '../model/service.ts'
import { operatorNamed } from './operators.ts'
import { atMost } from './size.ts'

/** How one rule's action brings about what another, or the same one, waits for. */
export interface Link {
  from: Rule
  action: string
  to: Rule
  leaf: Leaf
}

/** What an action of a rule does to a fact; null where that cannot be told. */
interface Effected {
  rule: Rule
  action: string
  fact: string
  doing: Doing | null
}

/**
 * The loops among rules that are switched on: ways from a rule over what its actions do back to its own condition, the
 * shortest through each rule, each told once.
 */
export function loopsIn({ rules, actions }: RuleSet): Link[][] {
  const live = rules.filter(({ enabled }) => enabled)
  const byFact = new Map<string, { rule: Rule; leaf: Leaf }[]>()
  for (const rule of live) {
    // The clock sets off what looks at moments, whatever its condition.
    if (hasMoments(rule)) continue
    for (const leaf of rule.when ? leavesOf(rule.when) : []) {
      byFact.set(leaf.fact, [...(byFact.get(leaf.fact) ?? []), { rule, leaf }])
    }
  }
  const links = new Map<Rule, Link[]>()
  for (const rule of live) {
    const found = effectsOf(rule, actions).flatMap((effected) =>
      (byFact.get(effected.fact) ?? [])
        .filter(({ rule: to, leaf }) => feeds(effected, to, leaf))
        .map(({ rule: to, leaf }): Link => ({ from: rule, action: effected.action, to, leaf })),
    )
    links.set(rule, found)
  }
  const told = new Set<Rule>()
  return live.flatMap((rule) => {
    const loop = told.has(rule) ? null : shortestLoop(rule, links)
    if (!loop) return []
    for (const { from } of loop) told.add(from)
    return [loop]
  })
}

function effectsOf(rule: Rule, actions: RuleSet['actions']): Effected[] {
  return actionsOf(rule).flatMap(({ action, params }) => {
    const kind = actions.get(action)
    if (!kind) return []
    const does = kind.does?.(kind.worst(atMost(params)), params) ?? {}
    const names = new Set([...Object.keys(does), ...kind.fences])
    return [...names].map((fact): Effected => ({ rule, action, fact, doing: does[fact] ?? null }))
  })
}

/** Whether an action may make a leaf true that was not, or is asked for again by `repeat`. */
function feeds({ rule, fact, doing }: Effected, to: Rule, leaf: Leaf): boolean {
  const value = 'value' in leaf.than ? leaf.than.value : undefined
  if (operatorNamed(leaf.operator)?.onChange) return doing === null ? rule === to : changes(doing, leaf, value)
  // What is so already comes about anew only for somebody else, or once more by `repeat`.
  if (doing === null || (rule === to && to.repeatMs === 0)) return false
  if ('to' in doing) return (leaf.operator === 'equal') === (value === doing.to)
  if (/^greater/.test(leaf.operator)) return doing.by > 0 && reaches(rule, fact, doing.by, value)
  return /^less/.test(leaf.operator) && doing.by < 0 && reaches(rule, fact, doing.by, value)
}

function changes(doing: Doing, leaf: Leaf, value: unknown): boolean {
  if (leaf.operator === 'becomes') return 'to' in doing && doing.to === value
  if ('to' in doing) return leaf.operator === 'changes'
  return leaf.operator === 'changes' || (leaf.operator === 'rises') === doing.by > 0
}

/** Whether a value can come to a bound by so much from where the rule that moves it has to find it. */
function reaches(rule: Rule, fact: string, by: number, bound: unknown): boolean {
  const { when } = rule
  const members = when && 'all' in when ? when.all : when ? [when] : []
  return members.every((one) => {
    if (!('fact' in one) || one.fact !== fact || !('value' in one.than)) return true
    const [from, to] = [one.than.value as Scalar, bound as Scalar]
    if (typeof from !== 'number' || typeof to !== 'number') return true
    if (by > 0) return !/^less/.test(one.operator) || from + by >= to
    return !/^greater/.test(one.operator) || from + by <= to
  })
}

function shortestLoop(start: Rule, links: ReadonlyMap<Rule, readonly Link[]>): Link[] | null {
  let ways: Link[][] = (links.get(start) ?? []).map((link) => [link])
  const seen = new Set<Rule>()
  while (ways.length > 0) {
    const next: Link[][] = []
    for (const way of ways) {
      const last = way.at(-1)
      if (!last) continue
      if (last.to === start) return way
      if (seen.has(last.to)) continue
      seen.add(last.to)
      for (const link of links.get(last.to) ?? []) next.push([...way, link])
    }
    ways = next
  }
  return null
}
