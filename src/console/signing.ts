import type { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import { type Role, roles } from '../config/console.ts'
import { mostCharacters } from '../config/password.ts'
import { consoleQuestions } from '../questions.ts'
import type { Entry } from '../store/audit.ts'
import type { Sums } from '../store/sums.ts'
import { type Asking, bodyOf, cookieName, type Env, queryOf } from './asking.ts'
import { Attempts, type Trying } from './attempts.ts'
import { deviceOf, deviceSeconds, markDevice } from './device.ts'
import type { Passwords } from './passwords.ts'
import { Refusal } from './refusal.ts'
import { longestMs, type Session, type Sessions } from './session.ts'

/** What signing in needs of the console. */
export interface SigningPorts {
  sessions: Sessions
  passwords: Passwords
  sums: Sums
  locks: readonly string[]
  version: string
  zone: string
  ticks(): number
  signedIn(asked: Asking): Session
  /** Throws where the password was not given lately. */
  confirmed(asked: Asking): void
  record(asked: Asking, entry: Omit<Entry, 'at' | 'who'>, role?: Role): void
}

/** The one path on which somebody without a session may send a body, and how large a one. */
export const signInPath = '/api/sign-in'
export const largestSignIn = 16_384

/** How long a browser that is given another session has the one before it, too. */
const handOverMs = 1000

const password = z.string().max(mostCharacters)
const bodies = {
  signIn: z.strictObject({ role: z.enum(roles as [Role, ...Role[]]), password }),
  confirm: z.strictObject({ password }),
  change: z.strictObject({ old: password, new: password }),
  end: z.union([z.strictObject({ name: z.string().max(20) }), z.strictObject({ others: z.literal(true) })]),
  none: z.strictObject({}),
}

/** Signing in and out, and what somebody who did sees and changes of it. */
export function addSigning(app: Hono<Env>, ports: SigningPorts): void {
  const { sessions, passwords, sums, record } = ports
  const attempts = new Attempts(ports.ticks)
  const deviceCookie = (secure: boolean, role: Role) => `${cookieName(secure)}-device-${role}`

  /** Throws a `Refusal` where a password is wrong, or may not be tried at this moment. */
  const judge = async (asked: Asking, trying: Trying, given: string, code: string) => {
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
    const isRight = await passwords.isRight(role, given, asker).catch((error) => {
      attempts.giveBack(trying)
      throw error
    })
    if (!isRight) {
      failed('sign-in-failed', `a wrong password for ${role}`)
      throw new Refusal(code === 'password' ? 401 : 422, code, 'this is not the password', { field: 'old' })
    }
    attempts.giveBack(trying)
  }
  const enter = (asked: Asking, role: Role) => {
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

  app.get('/api/session', (asked) => {
    queryOf(asked, consoleQuestions.session)
    const { session } = asked.var
    return asked.json({
      role: session?.role ?? null,
      viewOnly: !passwords.areSet,
      signIn: Object.fromEntries(roles.map((role) => [role, passwords.of(role) !== null])),
      may: mayOf(session),
      locks: session || !passwords.areSet ? ports.locks : [],
      version: ports.version,
      zone: ports.zone,
    })
  })
  app.post(signInPath, async (asked) => {
    const { role, password: given } = await bodyOf(asked, bodies.signIn)
    await passwords.look()
    const { secure, who } = asked.var
    const device = deviceOf(getCookie(asked, deviceCookie(secure, role)), role, passwords.of(role))
    await judge(asked, { role, address: who.address, device }, given, 'password')
    for (const what of ['sign-in-failed', 'sign-in-refused']) sums.tell(`${what} ${role}`)
    record(asked, { what: 'sign-in', lock: null, said: `signed in as ${role}`, difference: [] }, role)
    enter(asked, role)
    return asked.json({ role, may: mayOf({ role }) })
  })
  app.post('/api/sign-out', async (asked) => {
    await bodyOf(asked, bodies.none)
    const { session, id, secure } = asked.var
    if (session && id !== undefined) {
      sessions.close(id)
      record(asked, { what: 'sign-out', lock: null, said: 'signed out', difference: [] })
    }
    deleteCookie(asked, cookieName(secure), { path: '/', secure })
    return asked.json({ role: null })
  })

  const own = (asked: Asking, { role, name }: Session): Trying => {
    return { role, address: asked.var.who.address, device: `session ${name}` }
  }
  app.post('/api/confirm', async (asked) => {
    const session = ports.signedIn(asked)
    const { password: given } = await bodyOf(asked, bodies.confirm)
    await judge(asked, own(asked, session), given, 'value')
    if (asked.var.id !== undefined) sessions.confirm(asked.var.id)
    return asked.json({ confirmed: true })
  })
  app.get('/api/sessions', (asked) => {
    const { role, name } = ports.signedIn(asked)
    queryOf(asked, consoleQuestions.sessions)
    return asked.json(sessions.list(role).map((one) => ({ ...one, here: one.name === name })))
  })
  app.post('/api/sessions/end', async (asked) => {
    const { role, name } = ports.signedIn(asked)
    ports.confirmed(asked)
    const wanted = await bodyOf(asked, bodies.end)
    const ended = sessions.closeWhere(role, (one) => ('others' in wanted ? one !== name : one === wanted.name))
    if (ended > 0) {
      const said = `signed out ${ended === 1 ? 'another browser' : `${ended} other browsers`}`
      record(asked, { what: 'sign-out', lock: null, said, difference: [] })
    }
    return asked.json({ ended })
  })
  app.post('/api/password', async (asked) => {
    const session = ports.signedIn(asked)
    const { role, name } = session
    const wanted = await bodyOf(asked, bodies.change)
    await judge(asked, own(asked, session), wanted.old, 'value')
    // That a new one is the other's already is something to be guessed as well, and counted as such.
    const guess = { role: roles.find((one) => one !== role) ?? role, address: '', device: `taken for ${role}` }
    const refused = attempts.take(guess)
    if (refused) throw new Refusal(429, 'attempts', 'too many new passwords; wait a little', {}, refused.waitSeconds)
    await passwords.change(role, wanted.new, { name, isKnown: true })
    sessions.closeWhere(role, (one) => one !== name)
    record(asked, { what: 'password', lock: null, said: `changed the password of the ${role}`, difference: [] })
    enter(asked, role)
    return asked.json({ changed: true })
  })
}

/** What somebody who is signed in may change, for pages to show. */
function mayOf(session: Pick<Session, 'role'> | null): string[] {
  if (!session) return []
  const both = ['stop', 'set', 'settle']
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
