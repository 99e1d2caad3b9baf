import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { questionOf } from './stored.ts'
import type { Terminal } from './terminal.ts'

/** Lets a rule fire again that was held because it kept triggering itself. */
export async function release(
  terminal: Terminal,
  rule: string,
  options: { config: string; lock?: string },
): Promise<number> {
  const { socket, query } = await questionOf(terminal, options)
  const done = await ask(socket, 'release', { ...query, rule })
  if (!done) throw new Mistake('no daemon is running; start "lockwarden run", then repeat this command')
  for (const { lock } of done) terminal.out(`${lock}: ${rule} goes on`)
  return 0
}
