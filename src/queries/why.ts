import * as z from 'zod'
import { silenceNames } from '../core/model/silence.ts'
import { showWhy } from '../views/why.ts'
import { chosenIn, type DaemonView, ruleIdsOf } from './daemon.ts'
import { lock, name, refuseUnknown } from './given.ts'
import { query } from './query.ts'
import { count, mode, moment, seconds, unknown, value } from './shapes.ts'

const line = z
  .object({
    depth: count,
    truth: z.boolean().nullable().describe('Null: it is not known'),
    text: z.string(),
    saw: z
      .object({ value, unknown, said: z.string(), ageSeconds: seconds.nullable() })
      .nullable()
      .describe('Null for the head of a group'),
  })
  .meta({ id: 'WhyLine', description: 'A comparison with what it saw, or the head of a group' })

/** Why a rule fired or did not, as the daemon saw it last. */
export const why = query({
  in: z.strictObject({ lock, rule: name.describe('The id of a rule') }),
  out: z.array(
    z.object({
      lock: z.string(),
      rule: z.string(),
      description: z.string(),
      mode,
      fired: z.object({ times: count, last: moment.nullable(), did: z.array(z.string()) }),
      standstill: z.string().nullable().describe('Why nothing at all is decided'),
      decision: z
        .object({ fires: z.boolean(), why: z.enum(silenceNames).nullable(), said: z.string() })
        .nullable()
        .describe('What the last judgement came to; null where there was none yet'),
      wait: z.string().nullable().describe('How long it still takes, or until when, where that is known'),
      when: z.array(line).nullable(),
      onlyIf: z.array(line).nullable(),
      missing: z.string().nullable().describe('What would have to be otherwise, in one sentence'),
      lost: z
        .object({ at: moment, why: z.string(), said: z.string(), did: z.array(z.string()) })
        .nullable()
        .describe('The last occurrence that came to nothing, and what was done otherwise'),
    }),
  ),
  answer: ({ rule: id, lock: wanted }, daemon: DaemonView) => {
    const { clock, config, mode: how } = daemon
    const some = chosenIn(daemon, wanted)
    refuseUnknown('rule', id, ruleIdsOf(some), 1)
    return some.flatMap(({ name: of, rules, loop: { kept, passing, last } }) => {
      const rule = rules.byId.get(id)
      if (!rule) return []
      const standstill = last?.standstill ?? null
      return showWhy({ lock: of, mode: how, rule, kept, passing, standstill, now: clock.now(), zone: config.zone })
    })
  },
})
