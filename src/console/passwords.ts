import { realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type ConsoleConfig, type Role, readHashFile, roles } from '../config/console.ts'
import { hashPassword, isPassword, isSameHash, type PasswordHash, parsePasswordHash } from '../config/password.ts'
import { replaceFile } from '../store/replace.ts'
import { Refusal } from './refusal.ts'
import { Turns } from './turns.ts'
import { Workshop } from './workshop.ts'

/** Whose password is checked: strangers by their address, others by the name of their device or session. */
export interface Asker {
  name: string
  isKnown: boolean
}

/**
 * The present passwords of the console. Their files are read again before each use and whenever they change. `replaced`
 * gets a role whose password was changed or removed. One password is hashed at a time.
 */
export class Passwords {
  readonly #files: ConsoleConfig['passwordFiles']
  readonly #replaced: (role: Role) => void
  readonly #turns = new Turns('signing in', { strangers: 8, ofOne: 4, known: 8 })
  #hashes: Record<Role, PasswordHash | null>
  #turn: Promise<void> = Promise.resolve()

  constructor({ passwords, passwordFiles }: ConsoleConfig, replaced: (role: Role) => void) {
    this.#hashes = { ...passwords }
    this.#files = passwordFiles
    this.#replaced = replaced
  }

  /** Whether the config names any password file. This decides who may look; the files themselves make no difference. */
  get areSet(): boolean {
    return roles.some((role) => this.#files[role] !== null)
  }

  /** The hash of a role's password; null if nobody can sign in as that role. */
  of(role: Role): PasswordHash | null {
    return this.#hashes[role]
  }

  /** Takes up replaced files. If a file is gone, its role cannot sign in. An unreadable file changes nothing. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      for (const role of roles) {
        const file = this.#files[role]
        const read = file === null ? null : await readHashFile(file)
        if (read === null || !('hash' in read || read.isGone)) continue
        const hash = 'hash' in read ? read.hash : null
        if (isSameHash(hash, this.#hashes[role])) continue
        this.#hashes[role] = hash
        this.#replaced(role)
      }
    })
  }

  /** Whether a password is the present one of a role. Throws a `Refusal` if too many are being checked. */
  async isRight(role: Role, password: string, { name, isKnown }: Asker): Promise<boolean> {
    await this.look()
    const hash = this.#hashes[role]
    if (hash === null) return false
    const isRight = await this.#turns.take(name, isKnown, () => isPassword(password, hash))
    // A password that was replaced during the check opens nothing.
    return isRight && this.#hashes[role] === hash
  }

  /**
   * Replaces a role's password, on disk first. `replaced` is not called. Throws a `Refusal` if it may not or cannot be
   * replaced.
   */
  async change(role: Role, password: string, { name, isKnown }: Asker): Promise<void> {
    const wrong = await this.#turns.take(name, isKnown, () => faultOf(password))
    if (wrong !== null) throw new Refusal(422, 'value', wrong, { field: 'new' })
    for (const other of roles) {
      if (other === role || !(await this.isRight(other, password, { name, isKnown }))) continue
      throw new Refusal(422, 'value', 'this password cannot be used; choose another', { field: 'new' })
    }
    const file = this.#files[role]
    if (file === null) throw new Refusal(404, 'file', 'the config names no password file for this role')
    const line = await this.#turns.take(name, isKnown, () => hashPassword(password))
    await this.#inTurn(async () => {
      try {
        // A link may lead to where it is kept.
        const real = await realpath(file)
        replaceFile(dirname(real), basename(real), `${line}\n`)
      } catch (error) {
        const code = (error as { code?: string }).code ?? 'unknown error'
        const words = `the password file cannot be replaced from here (${code}); "lockwarden password ${role}" makes one`
        throw new Refusal(422, 'mistake', words)
      }
      this.#hashes[role] = parsePasswordHash(line)
    })
  }

  /** A read that began before a change must not end after it with the old hash. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

/** What is wrong with a new password. A thread checks it, so that its memory is freed. */
async function faultOf(password: string): Promise<string | null> {
  const shop = new Workshop()
  try {
    return await shop.run<string | null>({ kind: 'password', password })
  } finally {
    await shop.close()
  }
}
