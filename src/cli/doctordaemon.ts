import { existsSync, readFileSync } from 'node:fs'
import { type Finding, finding } from '../core/model/finding.ts'
import { isUnstored } from '../core/model/ports.ts'
import { ask, socketNow } from '../daemon/control.ts'
import { strayOf } from '../daemon/stray.ts'
import type { StatusTold } from '../queries/status.ts'
import { databaseFile } from '../store/database.ts'
import { tenantOf } from '../store/folder.ts'
import { asOf, sayStuck, stuckMend } from '../views/status.ts'
import type { WireStatus } from '../views/wires.ts'
import { otherBuild } from './other.ts'
import type { Terminal } from './terminal.ts'

/** What the running daemon reports about itself and its wires; null if none runs. */
export async function daemonFindings(
  data: string,
  terminal: Terminal,
): Promise<{ findings: Finding[]; wires: readonly WireStatus[] | null }> {
  const at = (severity: Finding['severity'], message: string, mend = '', lock: string | null = null) =>
    finding(severity, 'daemon', message, mend, lock)
  let told: StatusTold | null
  try {
    told = await ask(socketNow(data), 'status')
  } catch (error) {
    const silent = at('fault', `it runs and does not answer (${wordsOf(error)})`, 'end it and start it again')
    return { findings: [silent], wires: [] }
  }
  if (!told) return { findings: [absentFinding(data)], wires: null }
  const findings = [at('ok', 'it runs'), ...dumpFindings(tenantOf(data)?.pid)]
  const other = otherBuild(terminal)
  if (other !== null) findings.push(at('warn', other, '"lockwarden restart"'))
  if (told.backups?.trouble)
    findings.push(at('fault', `no backup was made: ${told.backups.trouble}`, 'fix what the text names'))
  if (told.limitsFaulty) findings.push(at('fault', 'it cannot read the config: nothing restrictive is sent', 'fix it'))
  else if (told.faults.length > 0) findings.push(at('fault', 'it uses older rules than those in the files', 'fix them'))
  if (told.restartNeeded) findings.push(at('warn', 'it uses an older config than the one in the file', 'restart it'))
  for (const { lock, stuckSeconds, standstill, mend, services: served, unsettled } of told.locks) {
    if (stuckSeconds > 0) findings.push(at('fault', sayStuck(stuckSeconds), stuckMend, lock))
    if (standstill) {
      const severity = isUnstored(standstill) ? 'fault' : 'warn'
      findings.push(at(severity, `it decides nothing: ${standstill}`, mend ?? '', lock))
    }
    for (const { name, configured, healthy, message } of served) {
      if (configured && !healthy)
        findings.push(at('warn', `${name}: ${message}`, 'check the token and the network', lock))
    }
    for (const { id, said, yes, no } of unsettled) {
      const words = `"lockwarden settle ${id} --applied${asOf(yes)}" or --not-applied${asOf(no)} says whether it happened`
      findings.push(at('warn', `nobody knows whether this happened: ${said}`, words, lock))
    }
  }
  return { findings, wires: told.wires ?? [] }
}

/** No daemon answers; but one may run whose folder was moved or removed. */
export function absentFinding(data: string): Finding {
  const stray = strayOf(data)
  if (stray === null) {
    const [words, mend] = ['none runs on this data folder', 'start "lockwarden run"']
    // Where none ever ran, it is a step to come.
    return existsSync(databaseFile(data))
      ? finding('warn', 'daemon', words, mend)
      : finding('ok', 'daemon', `${words} yet`, mend)
  }
  const { pid, folder } = stray
  const where = folder === null ? 'its folder was taken away' : `its folder was moved to ${folder}`
  const message = `process ${pid} was started here and runs, but ${where}: it decides nothing, and cannot be asked`
  const back = folder === null ? '' : 'move it back, and it goes on; else '
  return finding('fault', 'daemon', message, `${back}end it first: kill ${pid}`)
}

/** A memory dump holds the tokens, and the program itself cannot forbid it. */
function dumpFindings(pid: number | undefined): Finding[] {
  try {
    const told = readFileSync(`/proc/${pid}/limits`, 'utf8')
    const soft = /^Max core file size\s+(\S+)/m.exec(told)?.[1] ?? '0'
    if (soft === '0') return []
    const mend = 'start it after "ulimit -c 0", or with LimitCORE=0 or ulimits of compose'
    return [finding('warn', 'daemon', 'the system may write its memory, with the tokens, to disk if it crashes', mend)]
  } catch {
    // Only Linux tells this.
    return []
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
