import * as z from 'zod'
import { heldRules } from '../core/firing/feedback.ts'
import { Mistake } from '../document/fault.ts'
import { chosenIn, type DaemonView, ruleIdsOf } from './daemon.ts'
import { lock, name, refuseUnknown } from './given.ts'
import { query } from './query.ts'

/** Lets a rule go on that is held since it kept setting itself off. */
export const release = query({
  in: z.strictObject({ lock, rule: name.describe('The id of a rule') }),
  out: z.array(z.object({ lock: z.string(), rule: z.string() })),
  answer: ({ rule, lock: wanted }, daemon: DaemonView) => {
    const some = chosenIn(daemon, wanted)
    refuseUnknown('rule', rule, ruleIdsOf(some), 1)
    const heldOf = ({ rules, loop }: (typeof some)[number]) => heldRules(loop.kept, daemon.mode, rules)
    const here = some.filter((one) => heldOf(one).includes(rule))
    for (const { loop } of here) loop.tell({ released: [rule] })
    if (here.length > 0) return here.map((one) => ({ lock: one.name, rule }))
    const held = some.flatMap(heldOf)
    throw new Mistake(`no rule "${rule}" is held; ${held.length > 0 ? `held: ${held.join(', ')}` : 'none is'}`)
  },
})
