import { ask, socketNow } from '../daemon/control.ts'
import { Audit, type Entry } from '../store/audit.ts'
import type { Terminal } from './terminal.ts'

type Noted = Pick<Entry, 'lock' | 'said'> & { what: 'stop' | 'resume' | 'restore' }

/**
 * Makes the daemon write to the audit what a command did; if none runs, the command writes it. An error here does not
 * fail the command.
 */
export async function noteDown(terminal: Terminal, data: string, { what, lock, said }: Noted): Promise<void> {
  const query = { what, said, lock: lock ?? undefined }
  const taken = await ask(socketNow(data), 'noted', query).catch(() => null)
  if (taken?.ok) return
  try {
    new Audit(data).add({ who: { role: 'command', address: 'this machine' }, what, lock, said, difference: [] })
  } catch (error) {
    terminal.err(`this could not be written to the audit: ${error instanceof Error ? error.message : error}`)
  }
}
