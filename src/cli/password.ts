import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Role } from '../config/console.ts'
import { hashPassword, mostCharacters, passwordFault } from '../config/password.ts'
import { Mistake } from '../document/fault.ts'
import type { Terminal } from './terminal.ts'

/**
 * Makes the hash of a password for the console: asked for twice where a person is there, else the first line that
 * comes in. Printed, or written to a file that only this user can read.
 */
export async function password(
  terminal: Terminal,
  role: Role,
  options: { out?: string; force?: true },
  input: NodeJS.ReadableStream & { isTTY?: boolean | undefined } = process.stdin,
): Promise<number> {
  const file = options.out === undefined ? null : resolve(terminal.folder, options.out)
  if (file !== null && existsSync(file) && !options.force) {
    throw new Mistake(`there is a file ${options.out} already; --force replaces it`, 2)
  }
  const given = input.isTTY ? await asked(terminal, role, input) : await firstLine(input)
  const wrong = passwordFault(given)
  if (wrong !== null) throw new Mistake(wrong, 2)
  const hash = await hashPassword(given)
  if (file === null) {
    terminal.out(hash)
    if (input.isTTY) terminal.err(`Put this line into a file, and name it in the config: ${role}_password_file`)
    return 0
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${hash}\n`, { mode: 0o600 })
  terminal.out(`${options.out} is written; the config names it under console, as ${role}_password_file.`)
  terminal.out('A running daemon takes it up when it is started again; that signs everybody out.')
  return 0
}

async function asked(terminal: Terminal, role: Role, input: NodeJS.ReadableStream): Promise<string> {
  // What is typed is shown nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: silent, terminal: true })
  const ending = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new Mistake('no password was given', 2)))
    lines.once('SIGINT', () => lines.close())
  })
  const line = (words: string) => {
    terminal.err(words)
    return Promise.race([new Promise<string>((done) => lines.question('', done)), ending])
  }
  try {
    const first = await line(`The password of the ${role} (it is not shown):`)
    const wrong = passwordFault(first)
    if (wrong !== null) throw new Mistake(wrong, 2)
    const second = await line('Once more:')
    if (first !== second) throw new Mistake('the two are not the same; nothing was made', 2)
    return first
  } finally {
    ending.catch(() => undefined)
    lines.close()
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const chunk of input) {
    text += chunk
    // Four bytes to a character, and the line's end.
    if (text.includes('\n') || text.length > mostCharacters * 4) break
  }
  return text.split(/\r?\n/)[0] ?? ''
}
