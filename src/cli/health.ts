import { resolve } from 'node:path'
import { dataFolderOf } from '../config/load.ts'
import { ask, socketOf } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import type { Terminal } from './terminal.ts'

/** Whether the daemon is alive, for containers: 0 if it answers. A service being down is not our ill health. */
export async function health(terminal: Terminal, options: { config: string; data?: string }): Promise<number> {
  const data =
    options.data === undefined
      ? await dataFolderOf(resolve(terminal.folder, options.config), terminal.env)
      : resolve(terminal.folder, options.data)
  if (data === null) throw new Mistake(`${options.config} does not say where the data folder is; use --data`, 2)
  const answer = await ask<{ ok: boolean }>(socketOf(data), 'health')
  terminal.out(answer ? 'alive' : `no daemon answers for ${data}`)
  return answer ? 0 : 1
}
