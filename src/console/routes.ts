import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie } from 'hono/cookie'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import { NotTheirs, type Settled } from '../answers.ts'
import { type Role, roles } from '../config/console.ts'
import { type ExampleFile, examplesIn, fillIn, NotFilledIn } from '../config/examples.ts'
import { Mistake } from '../document/fault.ts'
import { type Answers, answered, consoleQuestions, questions, refuseUnknown, WrongQuestion } from '../questions.ts'
import type { Audit, Entry } from '../store/audit.ts'
import { RaisedNotices } from '../store/raised.ts'
import { Seen } from '../store/seen.ts'
import type { Sums } from '../store/sums.ts'
import type { Words } from '../views/catalogue.ts'
import type { Course } from '../views/timeline.ts'
import { type Arrival, type Asking as Asked, bodyOf, cookieName, type Env, pairsOf, queryOf } from './asking.ts'
import { differenceOf } from './difference.ts'
import type { Drafts } from './draft.ts'
import type { Judged } from './drafting.ts'
import type { Events } from './events.ts'
import { isFromElsewhere, notOurs } from './guard.ts'
import type { Page } from './pages.ts'
import type { Passwords } from './passwords.ts'
import { Refusal } from './refusal.ts'
import { largestRuleFile, type RuleFolder, type RuleText } from './rulefolder.ts'
import type { Session, Sessions } from './session.ts'
import { addSigning, largestSignIn, signInPath } from './signing.ts'

/** What the console shows and changes. */
export interface RoutePorts {
  sessions: Sessions
  passwords: Passwords
  version: string
  zone: string
  data: string
  audit: Audit
  sums: Sums
  locks: readonly string[]
  answers: Answers
  folders: ReadonlyMap<string, RuleFolder>
  drafts: Drafts
  /** How a lock stood between two moments, as it was recorded; null where nothing is. */
  course(lock: string, since: number): Promise<Course | null>
  /** What can be written into the rule files of a lock. */
  words(lock: string): Words
  /** The daemon's own clock, which may not be that of this machine. */
  now(): number
  /** Names that the rules in force of a lock declare. */
  declared(lock: string): { inputs: ReadonlySet<string>; tallies: ReadonlySet<string>; rules: ReadonlySet<string> }
  examples: readonly ExampleFile[]
  pages: ReadonlyMap<string, Page>
  events: Events
  /** Has changed rule files taken up at once. */
  reload(): Promise<void>
  stop(lock: string | null, words: string): void
  /** Tells how many switches were set. */
  resume(lock: string | null): number
  isStopped(lock: string): boolean
  trouble(error: unknown, doing: string): void
  /** A clock that nobody sets, in milliseconds. */
  ticks(): number
  /** What the server found of a request. */
  arrivalOf(incoming: object): Arrival
}

const largestBody = 256_000
/** A text of rules as JSON: its line ends and quotes take two characters. */
const largestRuleBody = 2 * largestRuleFile + 10_000
/** Of a role, or of all who look on where there are no passwords: nobody's pages take the place of another's. */
const mostStreams = 12
const mostStreamsOfOne = 4
const heartbeatMs = 20_000
const longestReloadMs = 5000
/** By it pages count down what runs with the daemon's clock. */
const clockHeader = 'x-lockwarden-now'
/** The longest course that is shown. */
const longestCourseMs = 90 * 86_400_000
const usualCourseMs = 7 * 86_400_000

const lockName = z.string().max(60)
const fileName = z.string().max(100)
const ruleText = z.string().max(2 * largestRuleFile)
const version = z.string().max(64).nullable()
const bodies = {
  lock: z.strictObject({ lock: lockName.optional() }),
  // For one lock at a time, so that what was done can be told of it.
  accept: questions.accept.required({ lock: true }),
  set: questions.set,
  release: questions.release.required({ lock: true }),
  seen: z.strictObject({ lock: lockName, at: z.number(), what: z.literal('limits').optional() }),
  settle: questions.settle.omit({ by: true }),
  draft: z.strictObject({ lock: lockName, name: fileName, text: ruleText }),
  trial: z.strictObject({ lock: lockName, name: fileName, text: ruleText, days: z.int().min(1).max(90).default(7) }),
  save: z.strictObject({ lock: lockName, text: ruleText, version }),
  undo: z.strictObject({ lock: lockName, version, to: z.string().max(20).optional() }),
  fill: z.strictObject({
    lock: lockName,
    file: z.string().max(100),
    id: z.string().max(100),
    values: z.record(z.string().max(200), z.string().max(2000)),
    enabled: z.boolean().default(true),
  }),
}

/** What the console answers, behind the guard. */
export function routesOf(ports: RoutePorts): Hono<Env> {
  const { answers, events, sessions, passwords, audit, sums } = ports
  const notices = new RaisedNotices(ports.data)
  const seen = new Seen(ports.data)
  const streams = new Map<string, number>()

  const record = (asked: Asked, entry: Omit<Entry, 'at' | 'who'>, role?: Role | null) => {
    const { address, role: own } = asked.var.who
    try {
      audit.add({ who: { role: role === undefined ? own : role, address }, ...entry })
    } catch (error) {
      // A full disk must not keep the switch from being set.
      ports.trouble(error, `writing down "${entry.said}"`)
    }
  }
  /** Throws for who may not look; without any password everybody on this machine may. */
  const looker = (asked: Asked): Session | null => {
    if (asked.var.session || !passwords.areSet) return asked.var.session
    throw new Refusal(401, 'signed-out', 'sign in first')
  }
  const signedIn = (asked: Asked, ...wanted: Role[]): Session => {
    const { session } = asked.var
    if (!session) {
      if (passwords.areSet) throw new Refusal(401, 'signed-out', 'sign in first')
      const words = 'this console has no passwords, so nothing is changed here; "lockwarden password" makes them'
      throw new Refusal(403, 'view-only', words)
    }
    if (wanted.length === 0 || wanted.includes(session.role)) return session
    throw new Refusal(403, 'role', `this is for the ${wanted.join(' or the ')}`)
  }
  /** Throws where somebody else may sit before a page that was left open. */
  const confirmed = (asked: Asked) => {
    if (sessions.isConfirmed(asked.var.id)) return
    throw new Refusal(401, 'confirm', 'give the password once more')
  }
  /** By whom work is counted that is done one piece at a time. */
  const askerOf = ({ var: { session, who } }: Asked) => {
    return { name: session?.name ?? who.address, isKnown: session?.role === 'keyholder' }
  }
  const lockOf = (name: string): string => {
    refuseUnknown('lock', name, ports.locks)
    return name
  }
  const folderOf = (lock: string): RuleFolder => {
    refuseUnknown('lock', lock, ports.folders.keys())
    return ports.folders.get(lock) as RuleFolder
  }

  const app = new Hono<Env>()
  app.onError((thrown, asked) => {
    const error = thrown instanceof NotTheirs ? new Refusal(403, 'role', thrown.message) : thrown
    if (error instanceof Refusal && error.status === 403) {
      const { who } = asked.var
      const said = `was refused ${asked.req.method} ${asked.req.path.slice(0, 100)}: ${error.message}`
      sums.count(`${who.role} ${said}`, { who, what: 'refused', lock: null, said, difference: [] })
    }
    if (error instanceof Refusal && error.waitSeconds !== null) asked.header('retry-after', String(error.waitSeconds))
    if (error instanceof Refusal)
      return asked.json({ error: error.message, code: error.code, ...error.more }, error.status)
    if (error instanceof WrongQuestion) {
      return asked.json({ error: error.message, code: asked.req.method === 'GET' ? 'query' : 'body' }, 400)
    }
    if (error instanceof Mistake) return asked.json({ error: error.message, code: 'mistake' }, 422)
    ports.trouble(error, `answering ${asked.req.method} ${asked.req.path}`)
    return asked.json({ error: 'that went wrong; the log says more', code: 'fault' }, 500)
  })
  app.notFound((asked) => asked.json({ error: 'there is nothing here', code: 'path' }, 404))
  app.use('/api/*', async (asked, next) => {
    await next()
    asked.header(clockHeader, String(ports.now()))
  })
  app.use(async (asked, next) => {
    const { origin, address } = ports.arrivalOf(asked.env.incoming)
    const secure = origin.startsWith('https:')
    const id = getCookie(asked, cookieName(secure))
    const session = sessions.find(id)
    asked.set('secure', secure)
    asked.set('id', id)
    asked.set('session', session)
    asked.set('who', { role: session?.role ?? null, address })
    await next()
  })
  const tooLarge = () => {
    throw new Refusal(413, 'too-large', 'the body is too large')
  }
  app.use('/api/*', async (asked, next) => {
    if (isFromElsewhere(asked.req.header('sec-fetch-site'))) throw new Refusal(403, 'origin', notOurs)
    await next()
  })
  const tiny = bodyLimit({ maxSize: largestSignIn, onError: tooLarge })
  const small = bodyLimit({ maxSize: largestBody, onError: tooLarge })
  const large = bodyLimit({ maxSize: largestRuleBody, onError: tooLarge })
  app.use('/api/*', (asked, next) => {
    const { path } = asked.req
    return (path.startsWith('/api/rule-files') ? large : path === signInPath ? tiny : small)(asked, next)
  })

  addSigning(app, { ...ports, signedIn, confirmed, record })

  const asks = { status: 'status', facts: 'facts', history: 'history', why: 'why', rules: 'rules', log: 'log' } as const
  for (const [path, question] of Object.entries({
    ...asks,
    limits: 'limits',
    inputs: 'pressable',
    ahead: 'ahead',
  } as const)) {
    app.get(`/api/${path}`, async (asked) => {
      looker(asked)
      return asked.json((await answered(answers, question, pairsOf(asked))) as never)
    })
  }
  app.get('/api/timeline', async (asked) => {
    looker(asked)
    const query = queryOf(asked, consoleQuestions.timeline)
    const past = (await answers.history(query)) as { lock: string }[]
    const ahead = (await answers.ahead({ lock: query.lock })) as { lock: string; moments: unknown[] }[]
    const now = ports.now()
    const since = Math.max(now - longestCourseMs, query.since?.(now, ports.zone) ?? now - usualCourseMs)
    const timelines = ahead.map(async ({ lock, moments }) => ({
      lock,
      since,
      now,
      course: await ports.course(lock, since),
      past: past.filter((row) => row.lock === lock),
      ahead: moments,
    }))
    return asked.json(await Promise.all(timelines))
  })
  app.get('/api/unsettled', async (asked) => {
    looker(asked)
    const { locks } = (await answers.status(queryOf(asked, consoleQuestions.unsettled))) as {
      locks: { lock: string; unsettled: object[] }[]
    }
    return asked.json(locks.flatMap(({ lock, unsettled }) => unsettled.map((row) => ({ lock, ...row }))))
  })
  app.get('/api/audit', (asked) => {
    looker(asked)
    const { most, before, place } = queryOf(asked, consoleQuestions.audit)
    return asked.json(audit.newest(most, before?.(ports.now(), ports.zone), place))
  })
  app.get('/api/raised', (asked) => {
    looker(asked)
    const { lock } = queryOf(asked, consoleQuestions.raised)
    if (lock !== undefined) lockOf(lock)
    return asked.json(notices.list().filter((one) => lock === undefined || one.lock === lock))
  })
  app.post('/api/raised/seen', async (asked) => {
    signedIn(asked, 'wearer')
    const { lock, at, what } = await bodyOf(asked, bodies.seen)
    const found = notices.putAway(lockOf(lock), at, what)
    const said = what === 'limits' ? 'saw that the limits are others' : 'saw that the rules may do more'
    if (found) record(asked, { what: 'seen', lock, said, difference: [] })
    return asked.json({ seen: found !== null })
  })
  app.get('/api/settled', async (asked) => {
    const { role } = signedIn(asked)
    const said = (await answers.settled(queryOf(asked, questions.settled))) as Settled[]
    return asked.json(said.filter(({ lock, by, at }) => by !== role && at > seen.upTo(role, lock)))
  })
  app.post('/api/settled/seen', async (asked) => {
    const { role } = signedIn(asked)
    const { lock, at } = await bodyOf(asked, bodies.seen)
    const other = roles.find((one) => one !== role)
    seen.mark(role, lockOf(lock), Math.min(at, ports.now()))
    record(asked, { what: 'seen', lock, said: `saw what the ${other} said of actions`, difference: [] })
    return asked.json({ seen: true })
  })

  app.get('/api/events', async (asked) => {
    looker(asked)
    queryOf(asked, consoleQuestions.events)
    const { id, session, who } = asked.var
    const counted = { [`role ${who.role}`]: mostStreams, [`one ${session?.name ?? who.address}`]: mostStreamsOfOne }
    if (Object.entries(counted).some(([key, most]) => (streams.get(key) ?? 0) >= most)) {
      throw new Refusal(503, 'streams', 'too many pages are open', {}, 30)
    }
    for (const key of Object.keys(counted)) streams.set(key, (streams.get(key) ?? 0) + 1)
    return streamSSE(
      asked,
      async (stream) => {
        let gone = () => {}
        const over = new Promise<void>((resolve) => {
          gone = resolve
        })
        stream.onAbort(gone)
        const forget = id !== undefined && session !== null ? sessions.whenOver(id, () => gone()) : () => undefined
        const isOut = () => id !== undefined && session !== null && !sessions.goesOn(id)
        // A reader that is slow gets the latest alone, and fills no memory.
        let waiting: { n: number; data: string } | null = null
        let writes = false
        const write = async () => {
          writes = true
          while (waiting !== null) {
            const { n, data } = waiting
            waiting = null
            await stream.writeSSE({ event: 'snapshot', id: String(n), data, retry: 3000 })
          }
          writes = false
        }
        let leave = () => {}
        try {
          leave = await events.add({
            push(n, data) {
              if (isOut()) return gone()
              waiting = { n, data }
              if (!writes) write().catch(gone)
            },
          })
          while (!stream.aborted && !stream.closed) {
            const isOver = await Promise.race([over.then(() => true), pause(heartbeatMs).then(() => false)])
            if (isOver || isOut()) break
            await stream.write(': still here\n\n')
          }
        } finally {
          leave()
          forget()
          for (const key of Object.keys(counted)) {
            const left = (streams.get(key) ?? 1) - 1
            if (left > 0) streams.set(key, left)
            else streams.delete(key)
          }
        }
      },
      async (error) => ports.trouble(error, 'telling a page what is new'),
    )
  })

  app.post('/api/stop', async (asked) => {
    const { role } = signedIn(asked)
    const { lock = null } = await bodyOf(asked, bodies.lock)
    if (lock !== null) lockOf(lock)
    const before = stoppedOf(ports)
    ports.stop(lock, `stopped by the ${role}, at the console`)
    await nudge(ports)
    record(asked, { what: 'stop', lock, said: `stopped ${lock ?? 'all locks'}`, difference: changes(before, ports) })
    return asked.json({ stopped: stoppedOf(ports) })
  })
  app.post('/api/resume', async (asked) => {
    signedIn(asked, 'wearer')
    confirmed(asked)
    const { lock = null } = await bodyOf(asked, bodies.lock)
    if (lock !== null) lockOf(lock)
    const before = stoppedOf(ports)
    const removed = ports.resume(lock)
    await nudge(ports)
    record(asked, { what: 'resume', lock, said: `resumed ${lock ?? 'all locks'}`, difference: changes(before, ports) })
    return asked.json({ removed, stopped: stoppedOf(ports) })
  })
  app.post('/api/accept', async (asked) => {
    signedIn(asked, 'wearer')
    confirmed(asked)
    const { lock } = await bodyOf(asked, bodies.accept)
    const [done] = (await answers.accept({ lock })) as { session: string | null }[]
    const session = done?.session ?? null
    if (session === null || session === 'none') {
      throw new Refusal(409, 'no-lock', session === null ? 'the lock was not read yet' : 'there is no active lock')
    }
    record(asked, {
      what: 'accept',
      lock,
      said: `said yes to the lock ${session}`,
      difference: [`accepted: ${session}`],
    })
    return asked.json({ lock, session })
  })
  app.post('/api/set', async (asked) => {
    const { role } = signedIn(asked)
    const wanted = await bodyOf(asked, bodies.set)
    const { lock, input, value = 'press' } = wanted
    const known = (await answers.pressable({ lock })) as {
      lock: string
      inputs: { name: string; by: Role[]; value: unknown }[]
    }[]
    const found = known.flatMap((one) => one.inputs.filter(({ name }) => name === input))
    if (!found.every(({ by }) => by.includes(role))) {
      throw new Refusal(403, 'role', `${input} is not for the ${role}`)
    }
    const done = (await answers.set(wanted)) as { lock: string; type: string }[]
    const was = found.map((one) => String(one.value)).join(', ')
    const difference = value === 'press' ? [`${input}: pressed`] : [`${input}: ${was} → ${value}`]
    const said = `${input} ${value === 'press' ? 'was pressed' : `was set to ${value ? 'on' : 'off'}`}`
    record(asked, { what: 'input', lock: lock ?? null, said, difference })
    return asked.json(done)
  })
  app.post('/api/release', async (asked) => {
    signedIn(asked)
    const { lock, rule } = await bodyOf(asked, bodies.release)
    const done = await answers.release({ lock, rule })
    record(asked, { what: 'release', lock, said: `let ${rule} go on`, difference: [`${rule}: held → goes on`] })
    return asked.json(done as never)
  })
  app.post('/api/settle', async (asked) => {
    const { role } = signedIn(asked)
    const wanted = await bodyOf(asked, bodies.settle)
    const { id, happened } = wanted
    const done = (await answers.settle({ ...wanted, by: role })) as { lock: string; said: string }
    const difference = [`${id}: unsettled → ${happened ? 'applied' : 'not-applied'}`]
    const said = `${done.said}: ${happened ? 'it happened' : 'it did not happen'}`
    record(asked, { what: 'settle', lock: done.lock, said, difference })
    return asked.json(done)
  })

  const told = ({ name, text, version: hash }: RuleText) => ({ name, version: hash, bytes: Buffer.byteLength(text) })
  app.get('/api/rule-files', async (asked) => {
    looker(asked)
    const { lock: wanted } = queryOf(asked, consoleQuestions.ruleFiles)
    const locks = wanted === undefined ? ports.locks : [lockOf(wanted)]
    return asked.json(
      await Promise.all(
        locks.map(async (lock) => {
          const { files, others } = await folderOf(lock).list()
          return { lock, files: files.map(told), others }
        }),
      ),
    )
  })
  app.get('/api/rule-files/:name', async (asked) => {
    looker(asked)
    const name = asked.req.param('name')
    const file = await folderOf(queryOf(asked, consoleQuestions.ofOneLock).lock).read(name)
    if (!file) throw new Refusal(404, 'file', 'there is no such file')
    return asked.json({ ...told(file), text: file.text })
  })
  app.post('/api/rule-files/check', async (asked) => {
    looker(asked)
    const { lock, name, text } = await bodyOf(asked, bodies.draft)
    const folder = folderOf(lock)
    const path = await folder.pathOf(name)
    return asked.json(
      await ports.drafts.check(askerOf(asked), { lock, name, path, text, folder: await folder.folder() }),
    )
  })
  app.post('/api/rule-files/preview', async (asked) => {
    looker(asked)
    const { lock, name, text } = await bodyOf(asked, bodies.draft)
    const folder = folderOf(lock)
    const path = await folder.pathOf(name)
    return asked.json(
      await ports.drafts.preview(askerOf(asked), { lock, name, path, text, folder: await folder.folder() }),
    )
  })
  app.post('/api/rule-files/backtest', async (asked) => {
    looker(asked)
    const { lock, name, text, days } = await bodyOf(asked, bodies.trial)
    const folder = folderOf(lock)
    if (!ports.drafts.canTry)
      throw new Refusal(404, 'no-record', 'nothing was recorded that rules could be tried out on')
    const path = await folder.pathOf(name)
    const written = { lock, name, path, text, folder: await folder.folder() }
    return asked.json(await ports.drafts.trial(askerOf(asked), written, days))
  })

  const save = async (
    asked: Asked,
    what: 'save' | 'undo',
    { lock, name, text, from }: { lock: string; name: string; text: string | null; from: string | null },
  ) => {
    const folder = folderOf(lock)
    const path = await folder.pathOf(name)
    let judged: Judged = { ok: true, faults: [], change: null }
    let takeBack = () => {}
    const said = `${what === 'undo' ? 'took back' : text === null ? 'took away' : 'saved'} ${name}`
    const { who } = asked.var
    const judge = async () => {
      judged = await ports.drafts.judge(askerOf(asked), { lock, name, path, text, folder: await folder.folder() })
      const { ok, faults, change } = judged
      if (!ok) throw new Refusal(422, 'faults', 'the rules would have a fault', { faults })
      // Before the save: rules that the wearer is not told of are not to be in force.
      if (change?.raised) takeBack = notices.add({ lock, who, said, worst: change })
    }
    const { before, version: saved } = await folder.save(name, text, from, who, what, judge).catch((error) => {
      takeBack()
      throw error
    })
    const { change, faults } = judged as Judged
    const difference = differenceOf(before?.text ?? '', text ?? '')
    const worse = change?.raised ? { worst: { before: change.before, after: change.after } } : {}
    record(asked, { what, lock, said, difference, ...worse })
    // It is on disk; where looking at the files hangs, it is taken up later.
    await Promise.race([ports.reload(), pause(longestReloadMs)])
    events.stir()
    return asked.json({ name, version: saved, faults, difference })
  }
  app.put('/api/rule-files/:name', async (asked) => {
    signedIn(asked, 'keyholder')
    const { lock, text, version: from } = await bodyOf(asked, bodies.save)
    return save(asked, 'save', { lock, name: asked.req.param('name'), text, from })
  })
  app.post('/api/rule-files/:name/undo', async (asked) => {
    signedIn(asked, 'keyholder')
    const { lock, version: from, to } = await bodyOf(asked, bodies.undo)
    const name = asked.req.param('name')
    const folder = folderOf(lock)
    const id = to ?? (await folder.earlier(name))[0]?.id
    if (id === undefined) throw new Refusal(404, 'version', `there is no earlier version of ${name}`)
    return save(asked, 'undo', { lock, name, text: await folder.earlierText(name, id), from })
  })
  app.get('/api/rule-files/:name/versions', async (asked) => {
    looker(asked)
    return asked.json(await folderOf(queryOf(asked, consoleQuestions.ofOneLock).lock).earlier(asked.req.param('name')))
  })
  app.get('/api/rule-files/:name/versions/:id', async (asked) => {
    looker(asked)
    const { name, id } = asked.req.param()
    return asked.json({
      id,
      text: await folderOf(queryOf(asked, consoleQuestions.ofOneLock).lock).earlierText(name, id),
    })
  })

  app.get('/api/catalogue', (asked) => {
    looker(asked)
    return asked.json(ports.words(lockOf(queryOf(asked, consoleQuestions.ofOneLock).lock)))
  })
  app.get('/api/examples', (asked) => {
    looker(asked)
    queryOf(asked, consoleQuestions.examples)
    const known = new Set(ports.locks.flatMap((lock) => [...ports.declared(lock).rules]))
    return asked.json(
      ports.examples.flatMap(examplesIn).map((example) => ({ ...example, present: known.has(example.id) })),
    )
  })
  app.post('/api/examples/fill', async (asked) => {
    looker(asked)
    const { lock, ...wanted } = await bodyOf(asked, bodies.fill)
    const declared = ports.declared(lockOf(lock))
    try {
      return asked.json({ name: `${wanted.id}.yaml`, text: fillIn(ports.examples, wanted, declared) })
    } catch (error) {
      if (!(error instanceof NotFilledIn)) throw error
      const { what, field, message } = error
      throw new Refusal(what === 'example' ? 404 : 422, what, message, field === null ? {} : { field })
    }
  })

  app.get('*', (asked) => {
    const page = ports.pages.get(asked.req.path)
    if (!page) return asked.notFound()
    const sent = { 'content-type': page.type, etag: page.etag, 'cache-control': 'no-cache' }
    if (asked.req.header('if-none-match') === page.etag) return asked.body(null, 304, sent)
    return asked.body(page.body, 200, sent)
  })
  return app
}

function stoppedOf(ports: RoutePorts): Record<string, boolean> {
  return Object.fromEntries(ports.locks.map((lock) => [lock, ports.isStopped(lock)]))
}

function changes(before: Record<string, boolean>, ports: RoutePorts): string[] {
  return Object.entries(stoppedOf(ports)).flatMap(([lock, is]) =>
    before[lock] === is ? [] : [`${lock}: ${is ? 'goes → stopped' : 'stopped → goes'}`],
  )
}

async function nudge({ answers, events }: RoutePorts): Promise<void> {
  await answers.nudge({})
  events.stir()
}

/** Wakes nobody up: a page that is gone needs no heartbeat. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
