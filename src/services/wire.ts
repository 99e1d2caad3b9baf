import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { createBrotliDecompress, createUnzip } from 'node:zlib'

/** A connection that is idle longer is closed: services close theirs after a few seconds, too. */
const idleMs = 4000

const agents = {
  'http:': new Agent({ keepAlive: true, timeout: idleMs, scheduling: 'lifo' }),
  'https:': new TlsAgent({ keepAlive: true, timeout: idleMs, scheduling: 'lifo' }),
}

/** Statuses that come without a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** The way that one request takes: the wire, or a network that is made up. */
export type Way = Pick<Wire, 'connected' | 'end' | 'fetch'>

/**
 * One request on the wire, as a `fetch` for the HTTP client. The runtime's own `fetch` sends a request again after a
 * 421, lets go of its signal at a garbage collection, and does not tell whether a request can have left. This one sends
 * once, ends when it is told to, and knows whether there was a connection.
 */
export class Wire {
  #sending: ClientRequest | null = null
  #ended: Error | null = null
  #connected = false

  /** Whether there was a connection to send on; without one, surely nothing was sent. */
  get connected(): boolean {
    return this.#connected
  }

  /** Ends the request and its answer, whatever they are at. */
  end(): void {
    this.#ended ??= new Error('given up')
    this.#sending?.destroy(this.#ended)
  }

  /** Sends a request. Rejects where no answer begins; the body of an answer rejects where it breaks off. */
  readonly fetch = async (input: string | URL | Request): Promise<Response> => {
    const asked = input instanceof Request ? input : new Request(input)
    const body = asked.method === 'GET' ? null : Buffer.from(await asked.arrayBuffer())
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      if (this.#ended) throw this.#ended
      const url = new URL(asked.url)
      const headers = { ...Object.fromEntries(asked.headers), ...(body ? { 'content-length': body.length } : {}) }
      const tls = url.protocol === 'https:'
      const agent = agents[tls ? 'https:' : 'http:']
      this.#sending = (tls ? tlsRequest : plainRequest)(url, { method: asked.method, headers, agent })
      this.#sending.on('socket', (socket) => {
        if (this.#sending?.reusedSocket) this.#connected = true
        else
          socket.once(tls ? 'secureConnect' : 'connect', () => {
            this.#connected = true
          })
      })
      this.#sending.on('error', reject)
      this.#sending.on('response', resolve)
      this.#sending.end(body ?? undefined)
    })
    return responseOf(answer)
  }
}

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer
  const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
    (name === 'date' || name === 'retry-after') && typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  if (bodiless.has(status)) answer.resume()
  const body = bodiless.has(status) ? null : (Readable.toWeb(unpacked(answer)) as ReadableStream)
  return new Response(body, { status, headers, statusText: statusText.replace(/[^\x20-\x7e]/g, '') })
}

/** The body as it was before it was packed; nobody asked for that, but a server may do it. */
function unpacked(answer: IncomingMessage): Readable {
  const coding = answer.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (coding === 'identity') return answer
  const unpacking = coding === 'br' ? createBrotliDecompress() : createUnzip()
  answer.on('error', (error) => unpacking.destroy(error))
  unpacking.on('close', () => answer.destroy())
  return answer.pipe(unpacking)
}
