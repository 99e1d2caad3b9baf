import * as z from 'zod'
import { sayInstant } from '../core/calendar/time.ts'
import { idOf } from '../core/memory/ledger.ts'
import { toldUntil, wordOf } from '../core/memory/word.ts'
import type { LedgerRow } from '../core/model/row.ts'
import { expiryMs, pollMs } from '../core/waking/wake.ts'
import { Mistake } from '../document/fault.ts'
import { sayAction } from '../views/say.ts'
import { type ChosenLock, chosenIn, type DaemonView } from './daemon.ts'
import { lock, name, truth } from './given.ts'
import { ledgerOf } from './ledger.ts'
import { query } from './query.ts'
import { person } from './shapes.ts'

/** Something that is another's to say. */
export class NotTheirs extends Mistake {}

/** A person's word for whether an action happened that nothing else can tell. */
export const settle = query({
  in: z.strictObject({
    lock,
    id: name.describe('The short name of the action, as the history has it'),
    happened: truth,
    by: person.default('wearer').describe('Whose word it is'),
  }),
  out: z.object({ lock: z.string(), said: z.string(), by: person }),
  answer: async ({ id, happened, by, lock: wanted }, daemon: DaemonView) => {
    const some = chosenIn(daemon, wanted)
    const inMemory = some.flatMap((one) => one.loop.kept.rows.map((row) => ({ one, row })))
    const found = inMemory.find(({ row }) => idOf(row) === id) ?? (await inStore(id, some, daemon))
    if (!found) {
      throw new Mistake(`there is no action ${id}; "lockwarden history --state unsettled" shows those that there are`)
    }
    const { one, row } = found
    const said = `${row.rule}: ${sayAction(row)}`
    mustBeSettled(row, said, one.name, daemon)
    const theirs = wordOf(row, happened)
    if (!theirs.includes(by)) {
      const what = happened ? 'happened' : 'did not happen'
      throw new NotTheirs(`that ${said} ${what} is for the ${theirs.join(' or the ')} to say, not for the ${by}`)
    }
    one.loop.tell({ settled: row, happened, by })
    return { lock: one.name, said, by }
  },
})

/** An action by its short name, of those that are over for so long that they are in the store alone. */
async function inStore(id: string, some: readonly ChosenLock[], daemon: DaemonView) {
  for (const one of some) {
    const row = (await ledgerOf(one, daemon)).find((other) => idOf(other) === id)
    if (row) return { one, row }
  }
  return undefined
}

function mustBeSettled(row: LedgerRow, said: string, of: string, { ports, clock, config }: DaemonView): void {
  if (row.state === 'unsettled') return
  const order = ports.get(of)?.order()
  const until = order ? toldUntil(row, expiryMs(pollMs(order, clock.now()))) : null
  if (until === null) throw new Mistake(`${said} is ${row.state}; only what is unsettled can be settled`)
  const [service] = row.request === null ? ['its service'] : [row.request.service]
  throw new Mistake(
    `what became of ${said} can still be read; it is a person's to say when no reading has told, by ` +
      `${sayInstant(until, config.zone)} at the latest, or as soon as ${service} answers again`,
  )
}
