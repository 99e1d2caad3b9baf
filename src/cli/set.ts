import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { questionOf } from './stored.ts'
import type { Terminal } from './terminal.ts'

/** Sets a switch or presses a button of the rules' `inputs`. */
export async function set(
  terminal: Terminal,
  input: string,
  value: string | undefined,
  options: { config: string; lock?: string },
): Promise<number> {
  const { socket, query } = await questionOf(terminal, options)
  const done = await ask(socket, 'set', { ...query, input, value })
  if (!done) throw new Mistake('no daemon is running; start "lockwarden run", then repeat this command')
  for (const { lock, type } of done)
    terminal.out(`${lock}: ${input} ${type === 'button' ? 'was pressed' : `is ${value}`}`)
  return 0
}
