import { type Context, Hono, type Next } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie } from 'hono/cookie'
import { Mistake } from '../../document/fault.ts'
import { WrongQuestion } from '../../queries/given.ts'
import { NotTheirs } from '../../queries/settle.ts'
import type { Around } from '../around.ts'
import { type Asking, bodyOf, cookieName, type Env, queryOf } from '../asking.ts'
import { isFromElsewhere, notOurs } from '../guard.ts'
import type { Operation, Who } from '../operation.ts'
import { Refusal } from '../refusal.ts'
import { largestRuleFile } from '../rulefolder.ts'
import type { Session } from '../session.ts'
import { largestSignIn, signInPath } from '../signing.ts'
import { operations } from './operations.ts'

const largestBody = 256_000
/** A text of rules as JSON: its line ends and quotes take two characters. */
const largestRuleBody = 2 * largestRuleFile + 10_000
/** Pages use it to run counts by the daemon's clock. */
const clockHeader = 'x-lockwarden-now'

/** The console's answers, behind the guard. */
export function routesOf(around: Around): Hono<Env> {
  const app = new Hono<Env>()
  app.onError((error, asked) => refused(around, asked, error))
  app.notFound((asked) => asked.json({ error: 'there is nothing here', code: 'path' }, 404))
  app.use('/api/*', async (asked, next) => {
    await next()
    asked.header(clockHeader, String(around.daemon.clock.now()))
  })
  app.use((asked, next) => recognised(around, asked, next))
  app.use('/api/*', async (asked, next) => {
    if (isFromElsewhere(asked.req.header('sec-fetch-site'))) throw new Refusal(403, 'origin', notOurs)
    await next()
  })
  const [tiny, small, large] = [largestSignIn, largestBody, largestRuleBody].map(limitTo)
  app.use('/api/*', (asked, next) => {
    const { path } = asked.req
    return (path.startsWith('/api/rule-files') ? large : path === signInPath ? tiny : small)?.(asked, next) ?? next()
  })
  for (const one of operations) app[one.method](one.path, (asked) => answered(one, asked, around))
  app.get('*', (asked) => paged(around, asked))
  return app
}

/** Does an operation for somebody who may do it. Throws a `Refusal` or a `Mistake` if it is not done. */
async function answered(one: Operation, asked: Asking, around: Around): Promise<Response> {
  const session = sessionFor(one.who, asked, around)
  // Another person may use a page that was left open.
  if (one.confirmed && !around.sessions.isConfirmed(asked.var.id)) {
    throw new Refusal(401, 'confirm', 'give the password once more')
  }
  const given = one.method === 'get' ? queryOf(asked, one.in) : await bodyOf(asked, one.in)
  const told = await one.answer({ given, session: session as Session, asked, around })
  return told instanceof Response ? told : asked.json(told as object)
}

/** The session that allows an operation; null if none is needed. Throws a `Refusal` if it is not allowed. */
function sessionFor(who: Who, { var: { session } }: Asking, { passwords }: Around): Session | null {
  if (who === 'anybody') return session
  if (!session && passwords.areSet) throw new Refusal(401, 'signed-out', 'sign in first')
  if (who === 'looker') return session
  if (!session) {
    const words = 'this console has no passwords, so nothing can be changed here; "lockwarden password" makes them'
    throw new Refusal(403, 'view-only', words)
  }
  if (who === 'signed-in' || who === session.role) return session
  throw new Refusal(403, 'role', `this is for the ${who}`)
}

async function recognised({ sessions, arrivalOf }: Around, asked: Asking, next: Next): Promise<void> {
  const { origin, address } = arrivalOf(asked.env.incoming)
  const secure = origin.startsWith('https:')
  const id = getCookie(asked, cookieName(secure))
  const session = sessions.find(id)
  asked.set('secure', secure)
  asked.set('id', id)
  asked.set('session', session)
  asked.set('who', { role: session?.role ?? null, address })
  await next()
}

function limitTo(maxSize: number) {
  const onError = () => {
    throw new Refusal(413, 'too-large', 'the body is too large')
  }
  return bodyLimit({ maxSize, onError })
}

/** The error that a browser gets instead of an answer. */
function refused({ sums, trouble }: Around, asked: Context<Env>, thrown: unknown): Response {
  const error = thrown instanceof NotTheirs ? new Refusal(403, 'role', thrown.message) : thrown
  if (error instanceof Refusal) {
    if (error.status === 403) {
      const { who } = asked.var
      const said = `was refused ${asked.req.method} ${asked.req.path.slice(0, 100)}: ${error.message}`
      sums.count(`${who.role} ${said}`, { who, what: 'refused', lock: null, said, difference: [] })
    }
    if (error.waitSeconds !== null) asked.header('retry-after', String(error.waitSeconds))
    return asked.json({ error: error.message, code: error.code, ...error.more }, error.status)
  }
  if (error instanceof WrongQuestion) {
    return asked.json({ error: error.message, code: asked.req.method === 'GET' ? 'query' : 'body' }, 400)
  }
  if (error instanceof Mistake) return asked.json({ error: error.message, code: 'mistake' }, 422)
  trouble(error, `answering ${asked.req.method} ${asked.req.path}`)
  return asked.json({ error: 'that went wrong; the log says more', code: 'fault' }, 500)
}

function paged({ pages }: Around, asked: Asking): Response | Promise<Response> {
  const page = pages.get(asked.req.path)
  if (!page) return asked.notFound()
  const sent = { 'content-type': page.type, etag: page.etag, 'cache-control': 'no-cache' }
  if (asked.req.header('if-none-match') === page.etag) return asked.body(null, 304, sent)
  return asked.body(page.body, 200, sent)
}
