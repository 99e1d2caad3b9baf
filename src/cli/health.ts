import type { Health } from '../answers.ts'
import { ask, socketNow } from '../daemon/control.ts'
import { sayStuck, stuckMend } from '../views/status.ts'
import { dataOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

/** Whether the daemon is alive, for containers: 0 if it answers, and no loop stands still. */
export async function health(terminal: Terminal, options: { config: string; data?: string }): Promise<number> {
  const data = await dataOf(terminal, options)
  const answer = await ask<Health>(socketNow(data), 'health')
  if (!answer) terminal.out(`no daemon answers for ${data}`)
  else if (answer.ok) terminal.out('alive')
  else for (const { lock, seconds } of answer.stuck) terminal.out(`${lock}: ${sayStuck(seconds)}; ${stuckMend}`)
  return answer?.ok ? 0 : 1
}
