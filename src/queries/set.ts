import * as z from 'zod'
import { chosenIn, type DaemonView } from './daemon.ts'
import { lock, name, position, refuseUnknown, WrongQuestion } from './given.ts'
import { query } from './query.ts'

/** Sets a switch or presses a button. */
export const set = query({
  in: z.strictObject({
    lock,
    input: name.describe('The name of an input'),
    value: position.optional().describe('`on`, `off` or `press`; without it a button is pressed'),
  }),
  out: z.array(z.object({ lock: z.string(), type: z.enum(['switch', 'button']) })),
  answer: ({ input, value, lock: wanted }, daemon: DaemonView) => {
    const some = chosenIn(daemon, wanted)
    refuseUnknown(
      'input',
      input,
      some.flatMap(({ rules }) => [...rules.inputs.keys()]),
      1,
    )
    const here = some.flatMap(({ name: of, rules, loop }) => {
      const type = rules.inputs.get(input)?.type
      return type === undefined ? [] : { lock: of, type, loop }
    })
    const sets = here.map((one) => ({ ...one, set: positionOf(input, value, one.type) }))
    for (const one of sets) one.loop.tell({ input, set: one.set })
    return sets.map(({ lock: of, type }) => ({ lock: of, type }))
  },
})

function positionOf(input: string, value: boolean | 'press' | undefined, type: 'switch' | 'button'): boolean | 'press' {
  if (type === 'button') {
    if (value === undefined || value === 'press') return 'press'
    throw new WrongQuestion(`"${input}" is a button: it is pressed, not set to ${value ? 'on' : 'off'}`)
  }
  if (typeof value === 'boolean') return value
  throw new WrongQuestion(`"${input}" is a switch: set it to on or off`)
}
