import * as z from 'zod'
import { showAhead } from '../views/ahead.ts'
import { chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { instant, moment } from './shapes.ts'

/** A moment to come. */
export const aheadMoment = z
  .object({
    at: instant,
    said: moment,
    rule: z.string().nullable().describe('Null: the next look, whatever rule it is for'),
    because: z.string(),
  })
  .meta({ id: 'Moment', description: 'A moment to come' })

/** The moments ahead that are known now. */
export const ahead = query({
  in: ofLock,
  out: z.array(z.object({ lock: z.string(), moments: z.array(aheadMoment) })),
  answer: ({ lock }, daemon: DaemonView) =>
    chosenIn(daemon, lock).map(({ name, rules, loop: { passing, last } }) => ({
      lock: name,
      moments: showAhead({ rules, passing, last, now: daemon.clock.now(), zone: daemon.config.zone }),
    })),
})
