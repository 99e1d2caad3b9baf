import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Mistake, suggestion } from '../document/fault.ts'
import { systemWords } from '../errno.ts'
import { WrongQuestion } from '../queries/given.ts'
import { type Answer, type Asked, askedIn, type Question } from '../queries/index.ts'

const buildHeader = 'lockwarden-build'
/** The build that the last asked daemon reports. */
let answeredBy: string | null = null

/** The build of the daemon that this process asked last. Null if none has answered, empty if it does not say. */
export function buildAsked(): string | null {
  return answeredBy
}

/** The system refuses longer socket paths. */
const longestSocketName = 100
const privateFolder = /^lockwarden-[0-9a-f]{32}$/

/**
 * Where a daemon of a data folder listens: in the folder. If its path is too long, in a folder of its own below the
 * temporary folder, with a name that nobody can guess.
 */
export function socketOf(dataFolder: string): string {
  const inside = socketInside(dataFolder)
  if (inside !== null) return inside
  return join(tmpdir(), `lockwarden-${randomBytes(16).toString('hex')}`, 'control.sock')
}

/**
 * Where the daemon of a data folder listens, for commands. Null if none does, or if the path that it wrote down
 * (`socket` in `daemon.json`) now belongs to somebody else.
 */
export function socketNow(dataFolder: string): string | null {
  const inside = socketInside(dataFolder)
  if (inside !== null) return inside
  try {
    const { socket } = JSON.parse(readFileSync(join(dataFolder, 'daemon.json'), 'utf8')) as { socket?: unknown }
    return typeof socket === 'string' && isOurs(dirname(socket)) ? socket : null
  } catch {
    return null
  }
}

/** The socket of a daemon in its data folder; null where its path would be too long. */
export function socketInside(dataFolder: string): string | null {
  const inside = join(dataFolder, 'control.sock')
  return Buffer.byteLength(inside) <= longestSocketName ? inside : null
}

/** Whether only this user can write to a folder. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
}

/** A function for each question. It gets the parameters; its result is sent as JSON. */
export type Answering = { readonly [Q in Question]?: (asked: Asked<Q>) => unknown }

/**
 * Listens on a unix socket that only this user can open; it makes the folder if that is one for the socket alone.
 * Throws a `Mistake` if no socket can be made.
 */
export async function listen(socket: string, answers: Answering, build = ''): Promise<{ close(): Promise<void> }> {
  const folder = dirname(socket)
  const isPrivate = privateFolder.test(folder.slice(folder.lastIndexOf('/') + 1))
  const clear = () => {
    rmSync(socket, { force: true })
    if (isPrivate) rmdirSync(folder)
  }
  const server = createServer((incoming, outgoing) => {
    const asked = URL.parse(incoming.url ?? '/', 'http://daemon')
    const url = asked ?? new URL('http://daemon/')
    const question = url.pathname.slice(1)
    const reply = (status: number, body: unknown) => {
      outgoing.writeHead(status, { 'content-type': 'application/json', [buildHeader]: build }).end(JSON.stringify(body))
    }
    if (!Object.hasOwn(answers, question)) {
      return reply(404, { error: `there is no question "${question}"; ${suggestion(question, Object.keys(answers))}` })
    }
    answered(answers, question as Question, url.searchParams).then(
      (body) => reply(200, body),
      (error: unknown) => {
        const status = error instanceof WrongQuestion ? 400 : error instanceof Mistake ? 422 : 500
        const exitCode = error instanceof Mistake ? error.exitCode : 1
        reply(status, { error: error instanceof Error ? error.message : String(error), exitCode })
      },
    )
  })
  try {
    // Not recursive: if the folder exists, it is somebody else's.
    if (isPrivate) mkdirSync(folder, { mode: 0o700 })
    rmSync(socket, { force: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socket, resolve)
    })
    chmodSync(socket, 0o600)
  } catch (error) {
    server.close()
    throw new Mistake(
      `no socket can be made at ${socket} (${systemWords(error)}), which commands need to reach the daemon: name another folder under data: in the config, on a disk of this machine`,
    )
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          try {
            clear()
          } catch {
            // Only an empty folder of our own is left.
          }
          resolve()
        })
      }),
  }
}

async function answered<Q extends Question>(answers: Answering, question: Q, given: URLSearchParams): Promise<unknown> {
  const answer: ((asked: Asked<Q>) => unknown) | undefined = answers[question]
  return await answer?.(askedIn(question, given))
}

/**
 * A daemon's answer, or null if none listens (or there is no socket). Throws the daemon's own message if it refuses.
 */
export async function ask<Q extends Question>(
  socket: string | null,
  question: Q,
  query: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer<Q> | null> {
  if (socket === null) return null
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, value)
  const path = `/${question}?${given}`
  return await new Promise<Answer<Q> | null>((resolve, reject) => {
    const asking = request({ socketPath: socket, path, agent: false, timeout: 5000 }, (response) => {
      const chunks: Buffer[] = []
      answeredBy = String(response.headers[buildHeader] ?? '')
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        try {
          const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
          if (response.statusCode === 200) resolve(body)
          else reject(new Mistake(String(body.error), body.exitCode === 2 ? 2 : 1))
        } catch (error) {
          reject(error)
        }
      })
    })
    asking.on('timeout', () => asking.destroy(new Mistake('the daemon does not answer')))
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') resolve(null)
      else if (error instanceof Mistake) reject(error)
      else if (error.code === 'EACCES') {
        reject(new Mistake(`the daemon runs as another user: ${socket} may not be opened by this one`))
      } else if (error.code === 'ENOTDIR') {
        reject(new Mistake(`there is no data folder ${dirname(socket)}: a file is in its way; name another one: data:`))
      } else reject(new Mistake(`the daemon did not answer at ${socket} (${systemWords(error)})`))
    })
    asking.end()
  })
}
