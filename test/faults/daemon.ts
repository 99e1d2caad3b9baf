// The daemon as `lockwarden run` starts it, but for its clock: node daemon.ts <config> <pace as JSON>
import { startApp } from '../../src/app.ts'
import { openLog } from '../../src/cli/log.ts'
import { configOf, secretsOf } from '../../src/cli/setting.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { Faulty, faultLine, Mistake } from '../../src/document/fault.ts'
import { clockOf, type Pace } from './pace.ts'

process.umask(0o077)
const [config = '', pace = ''] = process.argv.slice(2)
const clock = clockOf(JSON.parse(pace) as Pace)
const ending = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => ending.abort())
const terminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  folder: process.cwd(),
  home: process.cwd(),
  person: false,
  signal: ending.signal,
  version: '0',
}

try {
  const read = await configOf(terminal, { config })
  const log = openLog(terminal, { secrets: secretsOf(read), zone: read.zone, clock })
  const app = await startApp({ config: read, log, env: terminal.env, from: terminal.folder, clock }, ending.signal)
  await app.done
  log.info('ended')
} catch (error) {
  if (error instanceof Faulty) for (const fault of error.faults) terminal.err(faultLine(fault))
  else if (error instanceof Mistake) terminal.err(`lockwarden: ${error.message}`)
  else throw error
  process.exitCode = error instanceof Mistake ? error.exitCode : 2
}
