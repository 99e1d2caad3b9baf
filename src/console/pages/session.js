import { ask, send } from './api.js'
import { setZone } from './words.js'

/**
 * Who looks at the pages, and what they may.
 * @type {{ role: string | null, viewOnly: boolean, signIn: Record<string, boolean>, may: string[], locks: string[],
 *   version: string, zone: string }}
 */
let session = { role: null, viewOnly: false, signIn: {}, may: [], locks: [], version: '', zone: 'UTC' }

export function whoLooks() {
  return session
}

/** @param {string} what */
export function may(what) {
  return session.may.includes(what)
}

export function isIn() {
  return session.role !== null || session.viewOnly
}

export async function look() {
  session = await ask('session')
  setZone(session.zone)
  return session
}

/** @param {string} role @param {string} password */
export async function signIn(role, password) {
  await send('sign-in', { role, password })
  await look()
}

export async function signOut() {
  await send('sign-out', {})
  await look()
}
