// The daemon as `lockwarden run` starts it, but for its clock: node daemon.ts <config> <pace as JSON>
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startApp } from '../../src/app/app.ts'
import { buildOf } from '../../src/cli/build.ts'
import { openLog } from '../../src/cli/log.ts'
import { configOf, secretsOf } from '../../src/cli/setting.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { Faulty, faultLine, Mistake } from '../../src/document/fault.ts'
import { clockOf, type Pace } from './pace.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }

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
  home,
  person: false,
  signal: ending.signal,
  version,
}

try {
  const read = await configOf(terminal, { config })
  const log = openLog(terminal, { secrets: secretsOf(read), zone: read.zone, clock })
  const app = await startApp(
    { config: read, log, env: terminal.env, from: terminal.folder, clock, build: buildOf(home, version) },
    ending.signal,
  )
  await app.done
  log.info('ended')
} catch (error) {
  if (error instanceof Faulty) for (const fault of error.faults) terminal.err(faultLine(fault))
  else if (error instanceof Mistake) terminal.err(`lockwarden: ${error.message}`)
  else throw error
  process.exitCode = error instanceof Mistake ? error.exitCode : 2
}
