import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** The timer itself: it rings until somebody presses it, and tells everybody too much where something is wrong. */
export class KitchenTimer {
  rings = false
  /** Epoch milliseconds. */
  endsAt = 0
  broken = false
  token = 'kitchen-4f1c9a77e2b05d36'
  /** Every body that was posted. */
  readonly posted: unknown[] = []
  reads = 0
  readonly #server = createServer(async (asked, reply) => {
    const body = await text(asked)
    if (asked.headers.authorization !== `Bearer ${this.token}`) return answer(reply, 401, { error: 'invalid' })
    if (asked.url !== '/timer') return answer(reply, 404, { error: 'nothing here' })
    if (this.broken)
      return answer(reply, 500, { error: 'broken', message: `asked with ${asked.headers.authorization}` })
    if (asked.method === 'POST') {
      const { minutes } = JSON.parse(body)
      this.posted.push({ minutes })
      this.endsAt = Date.now() + minutes * 60_000
    } else this.reads++
    return answer(reply, 200, {
      rings: this.rings,
      remaining: Math.max(0, Math.floor((this.endsAt - Date.now()) / 1000)),
    })
  })

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done))
    this.#server.closeAllConnections()
    await closed
  }
}

function answer(reply: ServerResponse, status: number, body: unknown): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
