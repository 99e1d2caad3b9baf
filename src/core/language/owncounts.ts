import type { Fault } from '../../document/fault.ts'
import { actionsOf, type Rule } from '../model/rule.ts'
import { sizeFacts } from './size.ts'
import { slotsOf, templatesIn } from './text.ts'

/**
 * A rule's counts of itself in its own list, in a file that may be older than version 2: before, they did not include
 * the firing at hand.
 */
export function ownCountLints(rule: Rule): Fault[] {
  return actionsOf(rule).flatMap(({ params, path }) => {
    const names = [...sizeFacts(params), ...templatesIn(params).flatMap(slotsOf)]
    const own = names.find((name) => name.startsWith(`rule.${rule.id}.firedTimes`))
    if (own === undefined) return []
    const message = `${own} counts the firing at hand, too: it is 1 at the first one, where it was 0 in version 1`
    return [rule.lint(path, message, { hint: 'if that is meant, write "version: 2" at the top of the file' })]
  })
}
