import { getCookie, setCookie } from 'hono/cookie'
import type { Role } from '../config/console.ts'
import type { Around } from './around.ts'
import { type Asking, cookieName } from './asking.ts'
import type { Trying } from './attempts.ts'
import { deviceOf, deviceSeconds, markDevice } from './device.ts'
import { Refusal } from './refusal.ts'
import { longestMs, type Session } from './session.ts'

/** The only path to which a visitor without a session may send a body, and its largest size. */
export const signInPath = '/api/sign-in'
export const largestSignIn = 16_384

/** How long a browser that gets a new session keeps the old one too. */
const handOverMs = 1000

/** A password to check; `code` is that of the refusal if it is wrong. */
export interface GivenPassword {
  password: string
  code: 'password' | 'value'
}

/** Throws a `Refusal` if a password is wrong, or may not be tried now. */
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

/** Gives a browser a session of a role, and a mark by which to recognise it. */
export function enter({ sessions, passwords }: Around, asked: Asking, role: Role): void {
  const { secure, who, id } = asked.var
  // The old session's live updates end with it; that must wait until the page has the new session.
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

/** The device of a browser that signed in as a role before; null for a stranger. */
export function knownDevice({ passwords }: Around, asked: Asking, role: Role): string | null {
  return deviceOf(getCookie(asked, deviceCookie(asked.var.secure, role)), role, passwords.of(role))
}

function deviceCookie(secure: boolean, role: Role): string {
  return `${cookieName(secure)}-device-${role}`
}

/** What people may do, in the words of the pages. */
export const deeds = ['stop', 'set', 'settle', 'edit-rules', 'resume', 'accept'] as const

/** What a signed-in role may change, for pages. */
export function mayOf(session: Pick<Session, 'role'> | null): (typeof deeds)[number][] {
  if (!session) return []
  const both = ['stop', 'set', 'settle'] as const
  return session.role === 'keyholder' ? [...both, 'edit-rules'] : [...both, 'resume', 'accept']
}

const browsers = { Firefox: /Firefox\//, Edge: /Edg\w*\//, Opera: /OPR\//, Chrome: /Chrom\w+\//, Safari: /Safari\// }
const systems = { Android: /Android/, 'an iPhone': /iPhone/, 'an iPad': /iPad/, Windows: /Windows/, 'a Mac': /Mac OS/ }

/** A name by which people recognise a browser, in our own words: the browser's name for itself may be any text. */
function browserOf(userAgent: string): string {
  const named = (kinds: Readonly<Record<string, RegExp>>) =>
    Object.entries(kinds).find(([, pattern]) => pattern.test(userAgent))?.[0]
  const system = named({ ...systems, Linux: /Linux/ })
  return `${named(browsers) ?? 'a browser'}${system === undefined ? '' : ` on ${system}`}`
}
