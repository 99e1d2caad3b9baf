import * as z from 'zod'
import { inputIn } from '../core/model/kept.ts'
import { chosenIn, type DaemonView, secondsSince } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { person, seconds } from './shapes.ts'

const input = z.object({
  name: z.string(),
  type: z.enum(['switch', 'button']),
  by: z.array(person).readonly().describe('Who may set or press it'),
  value: z.union([z.boolean(), z.number()]).describe('The position of a switch, or how often a button was pressed'),
  secondsAgo: seconds.nullable().describe('Since it was set or pressed; null where it never was'),
})

/** The inputs that rules declare. */
export const pressable = query({
  in: ofLock,
  out: z.array(z.object({ lock: z.string(), inputs: z.array(input) })),
  answer: ({ lock }, daemon: DaemonView) =>
    chosenIn(daemon, lock).map(({ name, rules, loop }) => ({
      lock: name,
      inputs: [...rules.inputs].map(([called, { type, by }]) => {
        const state = inputIn(loop.kept.inputs, called)
        const secondsAgo = state ? secondsSince(state.at, daemon.clock.now()) : null
        return { name: called, type, by, value: state?.value ?? (type === 'switch' ? false : 0), secondsAgo }
      }),
    })),
})
