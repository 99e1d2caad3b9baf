import { createHash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Mistake } from '../document/fault.ts'

/** What a daemon answers to the commands: a name, its parameters, and JSON back. */
export type Answers = Readonly<Record<string, (query: Readonly<Record<string, string>>) => unknown>>

/** The system refuses longer names for sockets. */
const longestSocketName = 100

/** Where the daemon of a data folder listens: in the folder, or where its path is too long, in the temporary one. */
export function socketOf(dataFolder: string): string {
  const inside = join(dataFolder, 'control.sock')
  if (Buffer.byteLength(inside) <= longestSocketName) return inside
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)
  return join(tmpdir(), `lockwarden-${name}.sock`)
}

/** Listens on a unix socket that only this user can open. */
export async function listen(socket: string, answers: Answers): Promise<{ close(): Promise<void> }> {
  rmSync(socket, { force: true })
  const server = createServer((incoming, outgoing) => {
    const asked = URL.parse(incoming.url ?? '/', 'http://daemon')
    const url = asked ?? new URL('http://daemon/')
    const answer = answers[url.pathname.slice(1)]
    const reply = (status: number, body: unknown) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (!answer || !Object.hasOwn(answers, url.pathname.slice(1))) return reply(404, { error: 'unknown question' })
    Promise.resolve()
      .then(() => answer(Object.fromEntries(url.searchParams)))
      .then(
        (body) => reply(200, body),
        (error: unknown) => reply(400, { error: error instanceof Error ? error.message : String(error) }),
      )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  chmodSync(socket, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A daemon's answer, or null where none listens. Throws with the daemon's own words where it refuses. */
export async function ask<T>(
  socket: string,
  question: string,
  query: Readonly<Record<string, string>> = {},
): Promise<T | null> {
  const path = `/${question}?${new URLSearchParams(query)}`
  return await new Promise<T | null>((resolve, reject) => {
    const asking = request({ socketPath: socket, path, timeout: 5000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        try {
          const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
          if (response.statusCode === 200) resolve(body)
          else reject(new Mistake(String(body.error)))
        } catch (error) {
          reject(error)
        }
      })
    })
    asking.on('timeout', () => asking.destroy(new Mistake('the daemon does not answer')))
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') resolve(null)
      else reject(error)
    })
    asking.end()
  })
}
