import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { questionOf } from './stored.ts'
import type { Terminal } from './terminal.ts'

/** A person's answer to whether an action happened that nothing else can tell. */
export async function settle(
  terminal: Terminal,
  id: string,
  options: { config: string; lock?: string; applied?: true; notApplied?: true },
): Promise<number> {
  if ((options.applied === true) === (options.notApplied === true)) {
    throw new Mistake('say what happened: --applied or --not-applied', 2)
  }
  const { socket, query } = await questionOf(terminal, options)
  const happened = options.applied === true
  const answered = socket
    ? await ask<{ lock: string; said: string }>(socket, 'settle', { ...query, id, happened: String(happened) })
    : null
  if (!answered) throw new Mistake('no daemon is running to take the answer; start "lockwarden run" first, then say it')
  const words = happened ? 'it happened' : 'it did not happen'
  terminal.out(`${answered.lock}: ${answered.said}: ${words}. The ledger and the limits go by that; nothing is sent.`)
  return 0
}
