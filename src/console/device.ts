import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Role } from '../config/console.ts'
import type { PasswordHash } from '../config/password.ts'

/** How long a browser keeps the mark of a device; none keeps one for longer. */
export const deviceSeconds = 400 * 86_400

const shape = /^([\w-]{22})\.([\w-]{43})$/

/**
 * The mark of a device that has signed in as a role. It opens nothing: its tries at the password are merely counted by
 * themselves. It is signed by the password's hash, so that a new password makes strangers of all.
 */
export function markDevice(role: Role, hash: PasswordHash): string {
  const id = randomBytes(16).toString('base64url')
  return `${id}.${signatureOf(role, id, hash).toString('base64url')}`
}

/** The name of the device whose mark this is; null where it is none of ours. */
export function deviceOf(mark: string | undefined, role: Role, hash: PasswordHash | null): string | null {
  const [, id = '', signature = ''] = shape.exec(mark ?? '') ?? []
  if (hash === null || id === '') return null
  return timingSafeEqual(Buffer.from(signature, 'base64url'), signatureOf(role, id, hash)) ? id : null
}

function signatureOf(role: Role, id: string, { key }: PasswordHash): Buffer {
  return createHmac('sha256', key).update(`device ${role} ${id}`).digest()
}
