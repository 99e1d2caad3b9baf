import { onceFor } from './once.ts'
import type { RuleSet } from './rules/compile.ts'
import { actionsOf } from './rules/intent.ts'
import { atMost } from './size.ts'

/** The ids of the rules among whose actions one adds time, or freezes: they need to know how much may still be added. */
export const addsTime = onceFor(({ rules, actions }: RuleSet): ReadonlySet<string> => {
  const adding = rules.filter(({ then }) =>
    actionsOf(then).some(({ action, params }) => {
      const counts = actions.get(action)?.worst(atMost(params)).counts
      return counts === 'add_time' || counts === 'freeze'
    }),
  )
  return new Set(adding.map(({ id }) => id))
})
