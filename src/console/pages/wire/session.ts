import type { Answers } from './answers.ts'
import { ask, send } from './api.ts'

/** The person at the pages, and what they may do. */
type Looker = Answers['session']

const nobody = { keyholder: false, wearer: false }
let session: Looker = { role: null, viewOnly: false, signIn: nobody, may: [], locks: [], version: '', zone: 'UTC' }

export function whoLooks(): Looker {
  return session
}

/** Whether this person may do this; the daemon checks it again. */
export function may(what: string): boolean {
  return session.may.includes(what)
}

export function isIn(): boolean {
  return session.role !== null || session.viewOnly
}

/** Asks again who is signed in. Throws a `Trouble` if there is no answer. */
export async function look(): Promise<Looker> {
  session = await ask('session')
  return session
}

export async function signIn(role: string, password: string): Promise<void> {
  await send('sign-in', { role, password })
  await look()
}

export async function signOut(): Promise<void> {
  await send('sign-out', {})
  await look()
}
