import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { buildOf } from './cli/build.ts'
import { crashWords } from './cli/crash.ts'
import { leave } from './cli/leave.ts'
import { program } from './cli/program.ts'
import { screenOf } from './cli/screen.ts'
import { hasTerminal, type Terminal } from './cli/terminal.ts'
import { shown } from './document/marks.ts'

// What is written is the user's own, whatever the folder's permissions.
process.umask(0o077)
// The parser of the HTTP client is WebAssembly. Compiled for speed after its first minute, it would hold ten megabytes
// for good, to read some kilobytes a minute.
setFlagsFromString('--no-wasm-tier-up')
setFlagsFromString('--no-wasm-dynamic-tiering')
// What a burst of requests leaves behind is collected by the megabyte in the daemon and its threads. Let grow to its usual
// 48 MB, that space is most of what a crowd at the console would have it hold. Before anything is loaded: it has grown by then.
if (process.argv[2] === 'run') setFlagsFromString('--semi-space-growth-factor=1')
// Node would open a debugger to whoever is on this machine, and with it the tokens.
process.on('SIGUSR1', () => {})
/** How long the program has for its end, in milliseconds; and the process for its own once the program is through. */
const [lastMs, restMs] = [4500, 500]
/** A parent such as npm passes a signal on that the terminal has sent to both; that is no second one. */
const echoMs = 1000
const ending = new AbortController()
let endingSince = 0
function end(): void {
  if (ending.signal.aborted) return
  endingSince = performance.now()
  ending.abort()
  setTimeout(() => leave(process.exitCode ?? 1), lastMs).unref()
}
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    // A second signal means now.
    if (ending.signal.aborted && performance.now() - endingSince > echoMs) leave(130)
    end()
  })
}
// A reader that goes away (`lockwarden history | head`) is no trouble of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

let hidden: Parameters<NonNullable<Terminal['hide']>>[0] = []
process.on('uncaughtException', (error) => {
  process.stderr.write(`${shown(crashWords(error, hidden))}\n`)
  process.exit(1)
})

const home = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))

const screen = screenOf(process.stdout, process.env)
process.exitCode = await program(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  hide: (secrets) => {
    hidden = secrets
  },
  ...(process.stderr.isTTY ? { progress: (text) => void process.stderr.write(`\r\u001b[K${text}`) } : {}),
  ...(screen ? { screen } : {}),
  env: process.env,
  folder: process.cwd(),
  home,
  person: process.stdout.isTTY === true,
  signal: ending.signal,
  end,
  onHangup(act) {
    // A terminal that went away takes along what runs in it; anybody else means that the files are to be read again.
    process.on('SIGHUP', () => (process.stdout.isTTY && !hasTerminal() ? end() : act()))
  },
  version,
  build: () => buildOf(home, version),
})
if (ending.signal.aborted) setTimeout(() => leave(process.exitCode ?? 0), restMs).unref()
