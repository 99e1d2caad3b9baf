// A broker on a port of its own, and somebody who listens at it.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes, type AuthenticateError } from 'aedes'
import { connectAsync, type MqttClient } from 'mqtt'

interface Manner {
  /** Without one, anybody may. */
  login?: { username: string; password: string }
  tls?: true
}

/** As the protocol numbers a wrong user name or password. */
const badLogin = 4

export class Broker {
  /** What a client needs to trust it; null without TLS. */
  readonly authority: string | null
  readonly #login: { username: string; password: string } | undefined
  readonly #key: string
  readonly #sockets = new Set<Socket>()
  #port = 0
  #broker: Aedes | null = null
  #server: Server | null = null

  private constructor({ login, tls }: Manner) {
    this.#login = login
    const { key, cert } = tls ? certificate() : { key: '', cert: null }
    this.#key = key
    this.authority = cert
  }

  static async start(manner: Manner = {}): Promise<Broker> {
    const broker = new Broker(manner)
    await broker.start()
    return broker
  }

  get url(): string {
    return `${this.authority === null ? 'mqtt' : 'mqtts'}://127.0.0.1:${this.#port}`
  }

  get #access() {
    return { ...this.#login, ...(this.authority === null ? {} : { ca: this.authority }) }
  }

  /** On the same port each time. */
  async start(): Promise<void> {
    const login = this.#login
    const broker = await Aedes.createBroker({
      authenticate(_, username, password, done) {
        if (!login || (username === login.username && password?.toString() === login.password)) return done(null, true)
        done(Object.assign(new Error('bad login'), { returnCode: badLogin }) as AuthenticateError, false)
      },
    })
    const handle = (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      broker.handle(socket)
    }
    const server =
      this.authority === null ? createServer(handle) : createTlsServer({ key: this.#key, cert: this.authority }, handle)
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    this.#broker = broker
  }

  /** All that it had in mind is gone with it. */
  async stop(): Promise<void> {
    const [server, broker] = [this.#server, this.#broker]
    this.#server = null
    this.#broker = null
    if (!server || !broker) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((done) => broker.close(done))
    await closed
  }

  async listener(): Promise<Listener> {
    const client = await connectAsync(this.url, { ...this.#access, reconnectPeriod: 200 })
    const listener = new Listener(client)
    await client.subscribeAsync('#', { qos: 1 })
    return listener
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** One that signs itself, for this machine. */
function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-broker-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost']
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    execFileSync('openssl', ['req', '-x509', ...made, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Hears all there is at a broker. */
export class Listener {
  readonly client: MqttClient
  /** What stands at each topic, by the last message. */
  readonly board = new Map<string, string>()
  /** Every message: when it came, and whether it had been kept. */
  readonly heard: { topic: string; text: string; at: number; kept: boolean }[] = []

  constructor(client: MqttClient) {
    this.client = client
    client.on('message', (topic, payload, packet) => {
      const text = payload.toString('utf8')
      this.heard.push({ topic, text, at: Date.now(), kept: packet.retain })
      if (text === '') this.board.delete(topic)
      else this.board.set(topic, text)
    })
  }

  // biome-ignore lint/suspicious/noExplicitAny: what is read from it is asserted on
  json(topic: string): any {
    const text = this.board.get(topic)
    return text === undefined ? null : JSON.parse(text)
  }

  async say(topic: string, text: string, retain = false): Promise<void> {
    await this.client.publishAsync(topic, text, { qos: 1, retain })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true)
  }
}
