import { deleteCookie } from 'hono/cookie'
import * as z from 'zod'
import { roles } from '../../config/console.ts'
import { mostCharacters } from '../../config/password.ts'
import { nothing } from '../../queries/given.ts'
import { count, person } from '../../queries/shapes.ts'
import { record } from '../around.ts'
import { type Asking, cookieName } from '../asking.ts'
import type { Trying } from '../attempts.ts'
import { operation } from '../operation.ts'
import { Refusal } from '../refusal.ts'
import type { Session } from '../session.ts'
import { deeds, enter, judgePassword, knownDevice, mayOf, signInPath } from '../signing.ts'

const password = z.string().max(mostCharacters)
const may = z.array(z.enum(deeds)).describe('What the signed-in role may do')

function ownTry(asked: Asking, { role, name }: Session): Trying {
  return { role, address: asked.var.who.address, device: `session ${name}` }
}

const session = operation({
  method: 'get',
  path: '/api/session',
  summary: 'Who is signed in, and what the console is of',
  who: 'anybody',
  in: nothing,
  out: z.object({
    role: person.nullable().describe('Null for a visitor who is not signed in'),
    viewOnly: z
      .boolean()
      .describe('There are no passwords: everybody on this machine may look, and nobody changes anything'),
    signIn: z.object({ keyholder: z.boolean(), wearer: z.boolean() }).describe('Which roles have a password'),
    may,
    locks: z.array(z.string()).readonly(),
    version: z.string(),
    zone: z.string(),
  }),
  answer: ({ session: own, around: { passwords, locks, version, daemon } }) => ({
    role: own?.role ?? null,
    viewOnly: !passwords.areSet,
    signIn: { keyholder: passwords.of('keyholder') !== null, wearer: passwords.of('wearer') !== null },
    may: mayOf(own),
    locks: own || !passwords.areSet ? locks : [],
    version,
    zone: daemon.config.zone,
  }),
})

const signIn = operation({
  method: 'post',
  path: signInPath,
  summary: 'Signs in: the answer brings the cookie of a session',
  who: 'anybody',
  in: z.strictObject({ role: person, password }),
  out: z.object({ role: person, may }),
  refusals: [401, 429],
  answer: async ({ given: { role, password: word }, asked, around }) => {
    await around.passwords.look()
    const trying = { role, address: asked.var.who.address, device: knownDevice(around, asked, role) }
    await judgePassword(around, asked, trying, { password: word, code: 'password' })
    for (const what of ['sign-in-failed', 'sign-in-refused']) around.sums.tell(`${what} ${role}`)
    record(around, asked, { what: 'sign-in', lock: null, said: `signed in as ${role}`, difference: [] }, role)
    enter(around, asked, role)
    return { role, may: mayOf({ role }) }
  },
})

const signOut = operation({
  method: 'post',
  path: '/api/sign-out',
  summary: 'Ends the session',
  who: 'anybody',
  in: nothing,
  out: z.object({ role: z.null() }),
  // Without a session a body is not even read.
  refusals: [401],
  answer: ({ asked, around }) => {
    const { session: own, id, secure } = asked.var
    if (own && id !== undefined) {
      around.sessions.close(id)
      record(around, asked, { what: 'sign-out', lock: null, said: 'signed out', difference: [] })
    }
    deleteCookie(asked, cookieName(secure), { path: '/', secure })
    return { role: null }
  },
})

const confirm = operation({
  method: 'post',
  path: '/api/confirm',
  summary: 'Gives the password once more: for five minutes, actions that need it are done without asking again',
  who: 'signed-in',
  in: z.strictObject({ password }),
  out: z.object({ confirmed: z.boolean() }),
  refusals: [422, 429],
  answer: async ({ given, session: own, asked, around }) => {
    await judgePassword(around, asked, ownTry(asked, own), { password: given.password, code: 'value' })
    if (asked.var.id !== undefined) around.sessions.confirm(asked.var.id)
    return { confirmed: true }
  },
})

const sessions = operation({
  method: 'get',
  path: '/api/sessions',
  summary: "The open sessions of one's own role",
  who: 'signed-in',
  in: nothing,
  out: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      browser: z.string(),
      signedInSecondsAgo: count,
      usedSecondsAgo: count,
      here: z.boolean().describe('Whether it is the one that asks'),
    }),
  ),
  answer: ({ session: { role, name }, around }) =>
    around.sessions.list(role).map((one) => ({ ...one, here: one.name === name })),
})

const end = operation({
  method: 'post',
  path: '/api/sessions/end',
  summary: "Ends one other session of one's own role, or all others",
  who: 'signed-in',
  confirmed: true,
  in: z.union([z.strictObject({ name: z.string().max(20) }), z.strictObject({ others: z.literal(true) })]),
  out: z.object({ ended: count.describe('How many') }),
  answer: ({ given, session: { role, name }, asked, around }) => {
    const ended = around.sessions.closeWhere(role, (one) => ('others' in given ? one !== name : one === given.name))
    if (ended > 0) {
      const said = `signed out ${ended === 1 ? 'another browser' : `${ended} other browsers`}`
      record(around, asked, { what: 'sign-out', lock: null, said, difference: [] })
    }
    return { ended }
  },
})

const change = operation({
  method: 'post',
  path: '/api/password',
  summary: "Changes the password of one's own role: all its other sessions end",
  who: 'signed-in',
  in: z.strictObject({ old: password, new: password }),
  out: z.object({ changed: z.boolean() }),
  refusals: [404, 422, 429],
  answer: async ({ given, session: own, asked, around }) => {
    const { attempts, passwords, sessions: all } = around
    const { role, name } = own
    await judgePassword(around, asked, ownTry(asked, own), { password: given.old, code: 'value' })
    // The refusal of the other role's password could be used to guess it, so it counts as a try.
    const other = roles.find((one) => one !== role) ?? role
    const refused = attempts.take({ role: other, address: '', device: `taken for ${role}` })
    if (refused) throw new Refusal(429, 'attempts', 'too many new passwords; wait a little', {}, refused.waitSeconds)
    await passwords.change(role, given.new, { name, isKnown: true })
    all.closeWhere(role, (one) => one !== name)
    record(around, asked, { what: 'password', lock: null, said: `changed the password of the ${role}`, difference: [] })
    enter(around, asked, role)
    return { changed: true }
  },
})

/** Signing in and out, and one's own sessions and password. */
export const sessionRoutes = [session, signIn, signOut, confirm, sessions, end, change]
