import { getCookie, setCookie } from 'hono/cookie'
import type { Role } from '../config/console.ts'
import type { Around } from './around.ts'
import { type Asking, cookieName } from './asking.ts'
import type { Trying } from './attempts.ts'
import { deviceOf, deviceSeconds, markDevice } from './device.ts'
import { Refusal } from './refusal.ts'
import { longestMs, type Session } from './session.ts'

/** The one path on which somebody without a session may send a body, and how large a one. */
export const signInPath = '/api/sign-in'
export const largestSignIn = 16_384

/** How long a browser that is given another session has the one before it, too. */
const handOverMs = 1000

/** A password that somebody gave; `code` is of the refusal where it is another. */
export interface GivenPassword {
  password: string
  code: 'password' | 'value'
}

/** Throws a `Refusal` where a password is wrong, or may not be tried at this moment. */
export async function judgePassword(
  { attempts, passwords, sums }: Around,
  asked: Asking,
  trying: Trying,
  { password, code }: GivenPassword,
): Promise<void> {
  const { role, address, device } = trying
  const failed = (what: 'sign-in-failed' | 'sign-in-refused', said: string) =>
    sums.count(`${what} ${role}`, { who: { role: null, address }, what, lock: null, said, difference: [] })
  const refused = attempts.take(trying)
  if (refused) {
    failed('sign-in-refused', `too many tries as ${role}`)
    const words = `too many tries; the next one is in ${refused.waitSeconds} s`
    throw new Refusal(429, 'attempts', words, {}, refused.waitSeconds)
  }
  const asker = { name: device ?? asked.var.who.address, isKnown: device !== null }
  const isRight = await passwords.isRight(role, password, asker).catch((error) => {
    attempts.giveBack(trying)
    throw error
  })
  if (!isRight) {
    failed('sign-in-failed', `a wrong password for ${role}`)
    throw new Refusal(code === 'password' ? 401 : 422, code, 'this is not the password', { field: 'old' })
  }
  attempts.giveBack(trying)
}

/** Gives a browser a session of a role, and a mark by which it is known again. */
export function enter({ sessions, passwords }: Around, asked: Asking, role: Role): void {
  const { secure, who, id } = asked.var
  // Its live updates end with it, and are to end only when the page has the new one.
  if (id !== undefined) setTimeout(() => sessions.close(id), handOverMs).unref()
  const browser = browserOf(asked.req.header('user-agent') ?? '')
  const usual = { httpOnly: true, sameSite: 'Strict', secure, path: '/' } as const
  setCookie(asked, cookieName(secure), sessions.open(role, { address: who.address, browser }), {
    ...usual,
    maxAge: Math.floor(longestMs / 1000),
  })
  const [name, hash] = [deviceCookie(secure, role), passwords.of(role)]
  if (hash === null || deviceOf(getCookie(asked, name), role, hash) !== null) return
  setCookie(asked, name, markDevice(role, hash), { ...usual, maxAge: deviceSeconds })
}

/** The device of a browser that signed in as a role before; null for another. */
export function knownDevice({ passwords }: Around, asked: Asking, role: Role): string | null {
  return deviceOf(getCookie(asked, deviceCookie(asked.var.secure, role)), role, passwords.of(role))
}

function deviceCookie(secure: boolean, role: Role): string {
  return `${cookieName(secure)}-device-${role}`
}

/** What people may do, by the words that pages know. */
export const deeds = ['stop', 'set', 'settle', 'edit-rules', 'resume', 'accept'] as const

/** What somebody who is signed in may change, for pages to show. */
export function mayOf(session: Pick<Session, 'role'> | null): (typeof deeds)[number][] {
  if (!session) return []
  const both = ['stop', 'set', 'settle'] as const
  return session.role === 'keyholder' ? [...both, 'edit-rules'] : [...both, 'resume', 'accept']
}

const browsers = { Firefox: /Firefox\//, Edge: /Edg\w*\//, Opera: /OPR\//, Chrome: /Chrom\w+\//, Safari: /Safari\// }
const systems = { Android: /Android/, 'an iPhone': /iPhone/, 'an iPad': /iPad/, Windows: /Windows/, 'a Mac': /Mac OS/ }

/** By what its owner knows a browser again, in words of ours: what it calls itself is a stranger's text. */
function browserOf(userAgent: string): string {
  const named = (kinds: Readonly<Record<string, RegExp>>) =>
    Object.entries(kinds).find(([, pattern]) => pattern.test(userAgent))?.[0]
  const system = named({ ...systems, Linux: /Linux/ })
  return `${named(browsers) ?? 'a browser'}${system === undefined ? '' : ` on ${system}`}`
}
