import * as z from 'zod'
import { withDerived } from '../core/facts/gather.ts'
import { catalogueOf } from '../core/language/catalogue.ts'
import { withStreaks } from '../core/language/streaks.ts'
import { firingsOf } from '../core/memory/firings.ts'
import type { Facts } from '../core/model/fact.ts'
import { noLock } from '../core/model/lock.ts'
import { showFacts } from '../views/facts.ts'
import { type ChosenLock, chosenIn, type DaemonView } from './daemon.ts'
import { lock, refuseUnknown } from './given.ts'
import { query } from './query.ts'
import { seconds, unknown, value } from './shapes.ts'

const line = z.object({
  name: z.string(),
  value,
  unknown: unknown.unwrap().or(z.string()).nullable(),
  said: z.string(),
  type: z.string(),
  ageSeconds: seconds.describe('Since it was asked for'),
  source: z.string(),
  help: z.string(),
})

/** The facts as they are now, those that no rule asks for included. */
export const facts = query({
  in: z.strictObject({
    lock,
    names: z.string().min(1).max(2000).optional().describe('Names of facts with commas between them; all without it'),
  }),
  out: z.array(z.object({ lock: z.string(), facts: z.array(line) })),
  answer: (asked, daemon: DaemonView) => {
    const { clock, config } = daemon
    const all = chosenIn(daemon, asked.lock).map((one) => {
      const { rules, loop } = one
      const plain = catalogueOf(
        config.services,
        loop.kept.extras,
        rules.byId.keys(),
        rules.inputs,
        rules.tallies.keys(),
      )
      const known = withStreaks(plain, rules.streaks)
      return { lock: one.name, facts: showFacts(everyFact(one, daemon), known, clock.now(), config.zone) }
    })
    const wanted = asked.names?.split(',')
    if (!wanted) return all
    const names = all.flatMap((one) => one.facts.map(({ name }) => name))
    for (const name of wanted) refuseUnknown('fact', name, names)
    return all.map((one) => ({ lock: one.lock, facts: one.facts.filter(({ name }) => wanted.includes(name)) }))
  },
})

function everyFact({ rules, limits, loop }: ChosenLock, { clock, config, mode }: DaemonView): Facts {
  const session = loop.kept.session ?? noLock
  return withDerived(new Map(loop.passing.facts), {
    passing: loop.passing,
    rules: { ...rules, uses: new Set(rules.catalogue.keys()) },
    kept: loop.kept,
    firings: firingsOf(loop.kept, session, mode),
    session,
    order: { mode, limits, zone: config.zone, services: config.services },
    now: clock.now(),
  })
}
