import { ask, socketNow } from '../daemon/control.ts'
import { otherBuild } from './other.ts'
import { dataOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

/**
 * Whether the daemon is healthy, for containers: 0 if it answers, no loop stands still, and decisions can be stored. A
 * service that is down does not count.
 */
export async function health(terminal: Terminal, options: { config: string; data?: string }): Promise<number> {
  const data = await dataOf(terminal, options)
  const answer = await ask(socketNow(data), 'health')
  if (answer?.ok) terminal.out('alive')
  else if (answer) for (const trouble of answer.troubles) terminal.out(trouble)
  else terminal.out(`no daemon answers for ${data}`)
  const other = otherBuild(terminal)
  if (other !== null) terminal.err(`${other}: start it again`)
  return answer?.ok ? 0 : 1
}
