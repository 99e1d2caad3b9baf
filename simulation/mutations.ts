import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutation, mutations, past } from './breaks.ts'

/** Of each break so many minutes of the processor are lived in, at most. */
const minutes = Number(process.argv[3] ?? 1)

const home = fileURLToPath(new URL('..', import.meta.url))

/** A copy of the sources, to be broken. */
function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-mutations-'))
  for (const name of ['src', 'simulation', 'rules', 'package.json'])
    cpSync(join(home, name), join(folder, name), { recursive: true })
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The text with a break in it. Throws where it does not apply, or in more than one place. */
export function broken(text: string, { name, from, to }: Mutation): string {
  const parts = text.split(from)
  if (parts.length !== 2) throw new Error(`"${name}" applies in ${parts.length - 1} places, not in one`)
  return parts.join(to)
}

/** How a broken program is found out: the promise that it breaks, or null where it breaks none in time. */
function found(folder: string, mutation: Mutation): string | null {
  const path = join(folder, 'src', mutation.file)
  const whole = readFileSync(path, 'utf8')
  writeFileSync(path, broken(whole, mutation))
  try {
    const words = ['simulation/main.ts', '--bare', '--minutes', String(minutes), '--days', '12', '--seed', '5000']
    const { stdout, stderr, status } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' })
    if (status === 0) return null
    const said = `${stdout}\n${stderr}`.split('\n')
    const seconds = said.find((line) => line.includes('s of the processor'))?.split(' ')[0] ?? '?'
    return `${said.find((line) => line.startsWith('seed')) ?? said.find((line) => /error/i.test(line)) ?? 'it ended'} (${seconds} s)`
  } finally {
    writeFileSync(path, whole)
  }
}

function main(): number {
  const folder = copied()
  const wanted = process.argv[2] ?? ''
  let missed = 0
  try {
    for (const mutation of [...mutations, ...past]) {
      if (!mutation.name.includes(wanted)) continue
      const how = found(folder, mutation)
      if (how === null) missed++
      process.stdout.write(
        `${how === null ? 'NOT FOUND' : 'found'}  ${mutation.name}${how === null ? '' : `: ${how}`}\n`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(missed === 0 ? 'all were found\n' : `${missed} were not found\n`)
  return missed === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main()
