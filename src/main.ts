import { readFileSync } from 'node:fs'
import { program } from './cli/program.ts'

const ending = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    // A second signal means now.
    if (ending.signal.aborted) process.exit(130)
    ending.abort()
  })
}
// A reader that goes away (`lockwarden history | head`) is no trouble of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

process.exitCode = await program(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  folder: process.cwd(),
  person: process.stdout.isTTY === true,
  signal: ending.signal,
  version,
})
