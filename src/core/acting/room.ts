import { atMost } from '../language/size.ts'
import { onceFor } from '../model/once.ts'
import { actionsOf, type RuleSet } from '../model/rule.ts'

/** The ids of rules with an action that adds time, or freezes: they need to know how much may still be added. */
export const addsTime = onceFor(({ rules, actions }: RuleSet): ReadonlySet<string> => {
  const adding = rules.filter((rule) =>
    actionsOf(rule).some(({ action, params }) => {
      const counts = actions.get(action)?.worst(atMost(params)).counts
      return counts === 'add_time' || counts === 'freeze'
    }),
  )
  return new Set(adding.map(({ id }) => id))
})
