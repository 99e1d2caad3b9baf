import type { Person } from '../core/model/row.ts'
import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { questionOf } from './stored.ts'
import type { Terminal } from './terminal.ts'

/** A person's answer to whether an unsettled action happened. */
export async function settle(
  terminal: Terminal,
  id: string,
  options: { config: string; lock?: string; applied?: true; notApplied?: true; as: Person },
): Promise<number> {
  if ((options.applied === true) === (options.notApplied === true)) {
    throw new Mistake('say what happened: --applied or --not-applied', 2)
  }
  const { socket, query } = await questionOf(terminal, options)
  const happened = options.applied === true
  const question = { ...query, id, happened: String(happened), by: options.as }
  const answered = socket ? await ask(socket, 'settle', question) : null
  if (!answered) throw new Mistake('no daemon is running; start "lockwarden run", then repeat this command')
  const words = happened ? 'it happened' : 'it did not happen'
  terminal.out(`${answered.lock}: ${answered.said}: ${words}, by the ${options.as}'s word.`)
  terminal.out('The ledger and the limits use this answer, and the other role sees it; nothing is sent.')
  return 0
}
