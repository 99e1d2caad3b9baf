import type { Fault } from '../../document/fault.ts'
import type { Path } from '../../document/yaml.ts'
import { actionsOf, type Catalogue, type Intent, listsIn, type Rule } from '../model/rule.ts'
import { slotsIn, templatesIn } from './text.ts'

/** What the texts of a rule surely do not mean: `did` with nothing before it, lengths as bare numbers or as clocks. */
export function textLints(rule: Rule, catalogue: Catalogue): Fault[] {
  const first = [...firstIn(rule.then, ['then']), ...firstIn(rule.otherwise, ['otherwise'])].map((path) => path.join())
  return actionsOf(rule).flatMap(({ params, path }) =>
    templatesIn(params)
      .flatMap(slotsIn)
      .flatMap(({ slot, filters }): Fault[] => {
        if (/^did(\.|$)/.test(slot) && first.includes(path.join())) {
          const hint = 'let the action that it tells of stand before it'
          return [rule.lint(path, `no action stands before this one, so that {{ ${slot} }} reads "unknown"`, { hint })]
        }
        if (catalogue.get(slot)?.type !== 'seconds' && slot !== 'did.seconds') return []
        const hint = `write {{ ${slot} | duration }}`
        if (filters.length === 0) return [rule.lint(path, `{{ ${slot} }} reads as a bare number of seconds`, { hint })]
        return filters.includes('clock') ? [rule.lint(path, `${slot} is a length, no time of day`, { hint })] : []
      }),
  )
}

/** The ways to the actions of a list before which no other stands. */
function firstIn(list: readonly Intent[], path: Path): Path[] {
  const [first] = list
  if (!first) return []
  if ('action' in first) return [[...path, 0]]
  return listsIn(first).flatMap((inner) => firstIn(inner.then, [...path, 0, ...inner.path]))
}
