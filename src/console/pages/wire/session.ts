import type { Answers } from './answers.ts'
import { ask, send } from './api.ts'

/** Who looks at the pages, and what they may. */
type Looker = Answers['session']

const nobody = { keyholder: false, wearer: false }
let session: Looker = { role: null, viewOnly: false, signIn: nobody, may: [], locks: [], version: '', zone: 'UTC' }

export function whoLooks(): Looker {
  return session
}

/** Whether who looks may do this; the daemon asks again. */
export function may(what: string): boolean {
  return session.may.includes(what)
}

export function isIn(): boolean {
  return session.role !== null || session.viewOnly
}

/** Asks anew who looks. Throws a `Trouble` where that is not answered. */
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
