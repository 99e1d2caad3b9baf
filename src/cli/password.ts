import { existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { passwordFileOf, type Role, readHashFile, roles } from '../config/console.ts'
import { hashPassword, isPassword, mostCharacters, passwordFault } from '../config/password.ts'
import { Mistake } from '../document/fault.ts'
import { replaceFile } from '../store/replace.ts'
import { Asking, type Input } from './asking.ts'
import type { Terminal } from './terminal.ts'

/**
 * Makes the hash of a password for the console. It asks a person twice, or else takes the first line of the input. It
 * prints the hash, or writes it to a file that only this user can read. It refuses the other role's password: the one
 * of the config, or the one in the file beside it.
 */
export async function password(
  terminal: Terminal,
  role: Role,
  options: { out?: string; force?: true; config?: string },
  input: Input = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<number> {
  const file = options.out === undefined ? null : resolve(terminal.folder, options.out)
  if (file !== null && existsSync(file) && !options.force) {
    throw new Mistake(`there is a file ${options.out} already; --force replaces it`, 2)
  }
  const given = input.isTTY ? await asked(role, input, output) : await firstLine(input)
  const wrong = await passwordFault(given)
  if (wrong !== null) throw new Mistake(wrong, 2)
  await mustBeOwn(terminal, role, given, options)
  const hash = await hashPassword(given)
  if (file === null) {
    terminal.out(hash)
    if (input.isTTY) terminal.err(`Put this line into a file, and name it in the config: ${role}_password_file`)
    return 0
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  replaceFile(dirname(file), basename(file), `${hash}\n`)
  terminal.out(`${options.out} is written; name it in the config under console, as ${role}_password_file.`)
  terminal.out(
    `A running daemon with this file in its config takes it up at once, and signs out everyone who is in as ${role}.`,
  )
  return 0
}

async function mustBeOwn(
  terminal: Terminal,
  role: Role,
  given: string,
  { out, config = 'config.yaml' }: { out?: string; config?: string },
): Promise<void> {
  for (const other of roles) {
    if (other === role) continue
    const named = await passwordFileOf(resolve(terminal.folder, config), other)
    const beside = out === undefined ? null : join(dirname(resolve(terminal.folder, out)), other)
    for (const place of new Set([named, beside])) {
      const read = place === null ? null : await readHashFile(place)
      if (read === null || !('hash' in read) || !(await isPassword(given, read.hash))) continue
      throw new Mistake(
        `this is the password of the ${other}; whoever knows it would have both roles; choose another`,
        2,
      )
    }
  }
}

async function asked(role: Role, input: Input, output: NodeJS.WritableStream): Promise<string> {
  const asking = new Asking(input, output)
  try {
    const first = await asking.hidden(`The password of the ${role}`)
    const wrong = await passwordFault(first)
    if (wrong !== null) throw new Mistake(wrong, 2)
    const second = await asking.hidden('Once more')
    if (first !== second) throw new Mistake('the two passwords differ; nothing was written', 2)
    return first
  } finally {
    asking.close()
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const chunk of input) {
    text += chunk
    // Four bytes for each character, and the line's end.
    if (text.includes('\n') || text.length > mostCharacters * 4) break
  }
  return text.split(/\r?\n/)[0] ?? ''
}
