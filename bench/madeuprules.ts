import { compileRules } from '../src/core/language/compile.ts'
import type { Value } from '../src/core/model/fact.ts'
import type { RuleSet } from '../src/core/model/rule.ts'
import { faultLine } from '../src/document/fault.ts'
import { chanceOf } from './chance.ts'
import { kindOf, type MadeUp, nameOf } from './madeup.ts'

/** A comparison as both this program and the bare engine know it. */
export interface MadeUpLeaf {
  fact: string
  operator: string
  value: Value | readonly number[]
  text: string
}

/** How the four leaves of a rule hang together. */
export type Shape = 'all' | 'any' | 'all of any' | 'all with not'

export interface MadeUpRule {
  id: string
  shape: Shape
  leaves: readonly [MadeUpLeaf, MadeUpLeaf, MadeUpLeaf, MadeUpLeaf]
}

const shapes: readonly Shape[] = ['all', 'all', 'all of any', 'all with not', 'any']

/** So many rules of four leaves, by all operators that the bare engine has, too. */
export function madeUpRules(count: number, facts: number, seed: number): MadeUpRule[] {
  const chance = chanceOf(seed)
  const leaf = (): MadeUpLeaf => leafOn(Math.floor(chance() * facts), chance)
  return Array.from({ length: count }, (_, index): MadeUpRule => {
    const shape = shapes[index % shapes.length] ?? 'all'
    return { id: `r${index}`, shape, leaves: [leaf(), leaf(), leaf(), leaf()] }
  })
}

function leafOn(index: number, chance: () => number): MadeUpLeaf {
  const fact = nameOf(index)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)] as T
  switch (kindOf(index)) {
    case 'boolean': {
      const value = chance() < 0.5
      const [operator, said] = pick([
        ['equal', 'is'],
        ['notEqual', 'is not'],
      ] as const)
      return { fact, operator, value, text: `${fact} ${said} ${value}` }
    }
    case 'text': {
      const value = pick(['red', 'green', 'blue', 'white', 'black', 'brown', 'pink', 'grey'])
      const [operator, said] = pick([
        ['equal', 'is'],
        ['notEqual', 'is not'],
      ] as const)
      return { fact, operator, value, text: `${fact} ${said} ${value}` }
    }
    case 'seconds': {
      const value = 100_000 + Math.floor(chance() * 900_000)
      const [operator, said] = pick(ordered)
      return { fact, operator, value, text: `${fact} ${said} ${value}s` }
    }
    default: {
      const value = Math.floor(chance() * 1000)
      if (chance() < 0.2) {
        const list = [value, value + 1, value + 2]
        const [operator, said] = pick([
          ['in', 'in'],
          ['notIn', 'not in'],
        ] as const)
        return { fact, operator, value: list, text: `${fact} ${said} [${list.join(', ')}]` }
      }
      const [operator, said] = pick(ordered)
      return { fact, operator, value, text: `${fact} ${said} ${value}` }
    }
  }
}

const ordered = [
  ['lessThan', '<'],
  ['lessThanInclusive', '<='],
  ['greaterThan', '>'],
  ['greaterThanInclusive', '>='],
] as const

/** A file that is too large is refused. */
const rulesAFile = 1000

/** The rules as this program reads them. */
export function compiled(rules: readonly MadeUpRule[], { service }: MadeUp): RuleSet {
  const files = Array.from({ length: Math.ceil(rules.length / rulesAFile) }, (_, i) => {
    const some = rules.slice(i * rulesAFile, (i + 1) * rulesAFile)
    return { file: `rules-${i}.yaml`, text: `rules:\n${some.map(written).join('')}` }
  })
  const { rules: made, faults } = compileRules(files, { services: [service], zone: 'UTC' })
  if (!made) throw new Error(faults.slice(0, 3).map(faultLine).join('\n'))
  return made
}

function written({ id, shape, leaves }: MadeUpRule): string {
  const [a, b, c, d] = leaves.map(({ text }) => JSON.stringify(text))
  const when = {
    all: `[${a}, ${b}, ${c}, ${d}]`,
    any: `{ any: [${a}, ${b}, ${c}, ${d}] }`,
    'all of any': `[{ any: [${a}, ${b}] }, ${c}, ${d}]`,
    'all with not': `[{ not: ${a} }, ${b}, ${c}, ${d}]`,
  }[shape]
  return `  - { id: ${id}, when: ${when}, then: [note] }\n`
}
