import { ask, socketNow } from '../daemon/control.ts'
import { dataOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

/** Whether the daemon is alive, for containers: 0 if it answers. A service being down is not our ill health. */
export async function health(terminal: Terminal, options: { config: string; data?: string }): Promise<number> {
  const data = await dataOf(terminal, options)
  const answer = await ask<{ ok: boolean }>(socketNow(data), 'health')
  terminal.out(answer ? 'alive' : `no daemon answers for ${data}`)
  return answer ? 0 : 1
}
