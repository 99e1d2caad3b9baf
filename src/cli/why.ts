import { ask } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { whyLines } from '../views/why.ts'
import { evenIfFaulty, readable } from './stored.ts'
import { printJson, type Terminal } from './terminal.ts'

/** Why a rule fired or did not, leaf by leaf, according to the daemon's last step. */
export async function why(
  terminal: Terminal,
  rule: string,
  options: { config: string; lock?: string; json?: boolean },
): Promise<number> {
  const { config, socket, query } = await evenIfFaulty(terminal, options)
  const told = await ask(socket, 'why', { ...query, rule })
  if (!told) {
    readable(config)
    throw new Mistake('no daemon is running, so nothing was judged; start "lockwarden run" first')
  }
  if (options.json) printJson(terminal, told)
  else for (const line of told.flatMap((one, i) => [...(i > 0 ? [''] : []), ...whyLines(one)])) terminal.out(line)
  return 0
}
