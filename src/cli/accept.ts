import { noLock } from '../core/model/lock.ts'
import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { questionOf } from './stored.ts'
import type { Terminal } from './terminal.ts'

/** Accepts the present lock, as its wearer: rules may act on it. */
export async function accept(terminal: Terminal, options: { config: string; lock?: string }): Promise<number> {
  const { socket, query } = await questionOf(terminal, options)
  const answered = await ask(socket, 'accept', query)
  if (!answered) {
    throw new Mistake('no daemon is running; start "lockwarden run", then repeat this command')
  }
  for (const { lock, session } of answered) {
    if (session === null)
      terminal.out(`${lock}: the lock was not read yet; try again once "lockwarden status" shows it`)
    else if (session === noLock) terminal.out(`${lock}: there is no active lock to accept`)
    else terminal.out(`${lock}: ${session} is accepted; rules act on it from now on`)
  }
  return answered.some(({ session }) => session === null || session === noLock) ? 1 : 0
}
