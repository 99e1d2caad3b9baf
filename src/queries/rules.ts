import * as z from 'zod'
import { sayRule } from '../views/sentence.ts'
import { chosenIn, type DaemonView } from './daemon.ts'
import { ofLock } from './given.ts'
import { query } from './query.ts'
import { count } from './shapes.ts'

const rule = z.object({
  id: z.string(),
  file: z.string(),
  line: count,
  description: z.string(),
  enabled: z.boolean(),
  sentence: z.string(),
})

/** The rules in force, each with its sentence. */
export const rules = query({
  in: ofLock,
  out: z.array(z.object({ lock: z.string(), rules: z.array(rule) })),
  answer: ({ lock }, daemon: DaemonView) =>
    chosenIn(daemon, lock).map(({ name, rules: inForce }) => ({
      lock: name,
      rules: inForce.rules.map((one) => {
        const { id, file, line, description, enabled } = one
        return {
          id,
          file,
          line,
          description,
          enabled,
          sentence: sayRule(one, { ...inForce, zone: daemon.config.zone }),
        }
      }),
    })),
})
