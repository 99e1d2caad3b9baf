import * as z from 'zod'
import { glanceOf } from '../views/glance.ts'
import { chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { count, mode, seconds } from './shapes.ts'
import { standingOf } from './status.ts'

/** What of a lock is told again and again to those who look on. */
export const glanceOfLock = z.object({
  lock: z.string(),
  mode,
  stopped: z.boolean(),
  session: z.string().nullable(),
  accepted: z.boolean().nullable(),
  standstill: z.string().nullable(),
  stuck: z.boolean().describe('Its loop stands still'),
  remainingSeconds: seconds.nullable(),
  frozen: z.boolean().nullable(),
  ill: z.array(z.string()).describe('Services that do not answer'),
  open: z.array(z.string()).describe('Ids and states of what is under way'),
  unsettled: z.array(z.string()).describe('Ids of what nobody knows whether it happened'),
  held: z.array(z.string()).describe('Ids of rules that kept setting themselves off'),
  fired: z.record(z.string(), count).describe('How often each rule fired, by its id'),
})

/** How each lock stands, in few words. */
export const glance = query({
  in: ofLock,
  out: z.array(glanceOfLock),
  answer: ({ lock }, daemon: DaemonView) =>
    Promise.all(chosenIn(daemon, lock).map(async (one) => glanceOf(await standingOf(one, daemon, false)))),
})
