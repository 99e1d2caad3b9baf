import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Role } from '../config/console.ts'
import type { PasswordHash } from '../config/password.ts'

/** How long a browser keeps the mark of a device; the longest that browsers allow. */
export const deviceSeconds = 400 * 86_400

const shape = /^([\w-]{22})\.([\w-]{43})$/

/**
 * The mark of a device that has signed in as a role. It opens nothing; it only gives the device password tries of its
 * own. It is signed with the password's hash, so after a new password all devices are strangers.
 */
export function markDevice(role: Role, hash: PasswordHash): string {
  const id = randomBytes(16).toString('base64url')
  return `${id}.${signatureOf(role, id, hash).toString('base64url')}`
}

/** The name of the device with this mark; null if the mark is not ours. */
export function deviceOf(mark: string | undefined, role: Role, hash: PasswordHash | null): string | null {
  const [, id = '', signature = ''] = shape.exec(mark ?? '') ?? []
  if (hash === null || id === '') return null
  return timingSafeEqual(Buffer.from(signature, 'base64url'), signatureOf(role, id, hash)) ? id : null
}

function signatureOf(role: Role, id: string, { key }: PasswordHash): Buffer {
  return createHmac('sha256', key).update(`device ${role} ${id}`).digest()
}
