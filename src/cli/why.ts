import { ask, socketNow } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { whyLines } from '../views/why.ts'
import { configOf } from './setting.ts'
import { printJson, type Terminal } from './terminal.ts'

/** Why a rule fired or did not, leaf by leaf, as the running daemon saw it last. */
export async function why(
  terminal: Terminal,
  rule: string,
  options: { config: string; lock?: string; json?: boolean },
): Promise<number> {
  const config = await configOf(terminal, options, { tokens: 'unread' })
  const told = await ask(socketNow(config.data), 'why', { lock: options.lock, rule })
  if (!told) throw new Mistake('no daemon is running, so nothing was judged; start "lockwarden run" first')
  if (options.json) printJson(terminal, told)
  else for (const line of told.flatMap((one, i) => [...(i > 0 ? [''] : []), ...whyLines(one)])) terminal.out(line)
  return 0
}
