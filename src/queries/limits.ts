import * as z from 'zod'
import { limitLines } from '../core/acting/limits.ts'
import { usedOf } from '../core/acting/used.ts'
import { noLock } from '../core/model/lock.ts'
import { chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { count, instant, seconds, texts } from './shapes.ts'
import { used } from './status.ts'

const amount = z.number().nullable()
const bounds = z.object({
  each: amount,
  per_hour: amount,
  per_day: amount,
  per_week: amount,
  per_lock: amount,
  times_per_hour: amount,
  times_per_day: amount,
  times_per_week: amount,
  times_per_lock: amount,
})
const section = bounds.meta({
  id: 'Bounds',
  description: 'How much of one effect is agreed, sizes in seconds; null is unlimited',
})

const limitsOfLock = z.object({
  ends: instant.nullable().describe('From then on nothing restrictive is sent'),
  allow: texts,
  remaining: seconds.nullable().describe('Nothing may lead beyond so many seconds of remaining time'),
  actions: z.object({ per_step: count.nullable(), per_hour: count.nullable() }),
  after_outage: seconds.nullable(),
  add_time: section,
  remove_time: section,
  freeze: section,
  task: section,
  game: section,
  device: bounds.extend({
    quiet: z.object({ from: seconds, to: seconds }).nullable(),
    commands: texts,
    params: z
      .record(z.string(), z.union([z.number(), texts]))
      .readonly()
      .nullable(),
  }),
})

/** What the wearer agreed to, and how much of it is used up. */
export const limits = query({
  in: ofLock,
  out: z.array(
    z.object({
      lock: z.string(),
      lines: z.array(z.string()).describe('The limits in words'),
      limits: limitsOfLock,
      used: z.array(used),
    }),
  ),
  answer: ({ lock }, daemon: DaemonView) => {
    const { clock, config, mode } = daemon
    return chosenIn(daemon, lock).map(({ name, limits: agreed, loop: { kept } }) => {
      const session = kept.session ?? noLock
      const around = {
        limits: agreed,
        rows: kept.rows,
        past: kept.past,
        session,
        mode,
        now: clock.now(),
        zone: config.zone,
      }
      return { lock: name, lines: limitLines(agreed, config.zone), limits: agreed, used: usedOf(around) }
    })
  },
})
