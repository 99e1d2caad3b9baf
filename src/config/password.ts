import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** What is kept of a password: enough to tell whether another one is the same, and no way back to it. */
export interface PasswordHash {
  cost: number
  blockSize: number
  parallel: number
  salt: Buffer
  key: Buffer
}

/**
 * Of what OWASP names for scrypt as equally strong, the one whose 32 MB are given back to the system at once. What
 * takes less is kept for the next time by each thread that has hashed (glibc, up to 32 MB a piece), so that 16 MB come
 * to 64 that stay. A guess takes about a fifth of a second, as with the 64 MB of earlier hashes.
 */
const usual = { cost: 2 ** 15, blockSize: 8, parallel: 3 }
const keyLength = 32
const saltLength = 16
/** What the hashes of earlier versions take; more is not to be spared for a sign-in. */
const mostMemory = 64 * 1024 * 1024
/** Its passes go over the same memory one after the other, and take time alone. */
const mostWork = 4 * mostMemory
/** A hash weaker than this is no hash of ours. */
const leastCost = 2 ** 14

/** The fewest characters a password has. */
export const leastCharacters = 8
/** No person's password is longer; a machine's need not be. */
export const mostCharacters = 1000

const shape = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([A-Za-z0-9_-]{16,128}):([A-Za-z0-9_-]{43})$/

/** The line that is kept in place of a password: `scrypt:cost:block:parallel:salt:key`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength)
  const key = await derive(password, salt, usual)
  const { cost, blockSize, parallel } = usual
  return ['scrypt', cost, blockSize, parallel, salt.toString('base64url'), key.toString('base64url')].join(':')
}

/** Reads such a line; null where it is none, and so of everything else that people may put in its place. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const [, cost, blockSize, parallel, salt = '', key = ''] = shape.exec(text.trim()) ?? []
  const numbers = { cost: Number(cost), blockSize: Number(blockSize), parallel: Number(parallel) }
  const isPower = Number.isInteger(Math.log2(numbers.cost))
  if (!isPower || numbers.cost < leastCost || numbers.blockSize < 1 || numbers.parallel < 1) return null
  const memory = 128 * numbers.cost * numbers.blockSize
  if (memory > mostMemory || memory * numbers.parallel > mostWork) return null
  return { ...numbers, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

/** Whether a password is the one a hash was made of; takes as long either way. */
export async function isPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash.salt, hash), hash.key)
}

/** Whether two hashes are the very same, as a file and its copy are. */
export function isSameHash(one: PasswordHash | null, other: PasswordHash | null): boolean {
  if (one === null || other === null) return one === other
  return one.salt.equals(other.salt) && one.key.equals(other.key) && one.cost === other.cost
}

/** What is wrong with a password as a new one; null where nothing is. */
export async function passwordFault(password: string): Promise<string | null> {
  const { length } = [...password]
  if (length < leastCharacters) return `a password has at least ${leastCharacters} characters`
  if (length > mostCharacters) return `a password has at most ${mostCharacters} characters`
  if (/\p{Cc}/u.test(password)) return 'a password holds no control characters'
  const { isCommon } = await import('./commonpasswords.ts')
  return isCommon(password) ? 'this password is among the first that anybody tries; take some words of your own' : null
}

function derive(
  password: string,
  salt: Buffer,
  { cost, blockSize, parallel }: Pick<PasswordHash, 'cost' | 'blockSize' | 'parallel'>,
): Promise<Buffer> {
  const options: ScryptOptions = { N: cost, r: blockSize, p: parallel, maxmem: mostMemory * 2 }
  return new Promise((resolve, reject) => {
    // Keyboards differ in how they put an accented letter together.
    scrypt(password.normalize('NFC'), salt, keyLength, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
