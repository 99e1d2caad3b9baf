// A real Mosquitto on a port of its own, and somebody who listens at it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { until } from './house.ts'
import { found } from './promtool.ts'

/** By MOSQUITTO_PATH, or where Debian puts it; null where it is not installed. */
export const mosquitto = found(process.env.MOSQUITTO_PATH, ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'])

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

interface Manner {
  /** Without one, anybody may. */
  login?: { username: string; password: string }
  tls?: true
}

export class Broker {
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'lockwarden-broker-'))
  /** What a client needs to trust it; null without TLS. */
  readonly authority: string | null
  readonly #login: { username: string; password: string } | undefined
  #process: ChildProcess | null = null

  private constructor(port: number, { login, tls }: Manner) {
    this.port = port
    this.#login = login
    // It gives up being root.
    chmodSync(this.#folder, 0o755)
    const file = join(this.#folder, 'passwords')
    if (login) {
      // As mosquitto_passwd writes it.
      const salt = randomBytes(12)
      const hash = pbkdf2Sync(login.password, salt, 101, 64, 'sha512')
      const line = `${login.username}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`
      writeFileSync(file, line, { mode: 0o644 })
    }
    const access = login ? `allow_anonymous false\npassword_file ${file}\n` : 'allow_anonymous true\n'
    const [key, cert] = [join(this.#folder, 'key.pem'), join(this.#folder, 'cert.pem')]
    if (tls) {
      const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost']
      const names = ['-addext', 'subjectAltName=IP:127.0.0.1']
      execFileSync('openssl', ['req', '-x509', ...made, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' })
      chmodSync(key, 0o644)
    }
    this.authority = tls ? readFileSync(cert, 'utf8') : null
    const secure = tls ? `certfile ${cert}\nkeyfile ${key}\n` : ''
    const conf = `listener ${port} 127.0.0.1\npersistence false\n${access}${secure}`
    writeFileSync(join(this.#folder, 'broker.conf'), conf)
  }

  static async start(manner: Manner = {}): Promise<Broker> {
    const broker = new Broker(await freePort(), manner)
    await broker.start()
    return broker
  }

  get url(): string {
    return `${this.authority === null ? 'mqtt' : 'mqtts'}://127.0.0.1:${this.port}`
  }

  get #access() {
    return { ...this.#login, ...(this.authority === null ? {} : { ca: this.authority }) }
  }

  async start(): Promise<void> {
    this.#process = spawn(mosquitto ?? '', ['-c', join(this.#folder, 'broker.conf')], { stdio: 'ignore' })
    await until('the broker', async () => {
      const client = await connectAsync(this.url, { ...this.#access, reconnectPeriod: 0, connectTimeout: 500 }).catch(
        () => null,
      )
      await client?.endAsync(true)
      return client !== null
    })
  }

  /** All that it had in mind is gone with it. */
  async stop(): Promise<void> {
    const gone = this.#process
    this.#process = null
    if (!gone || gone.exitCode !== null) return
    const ended = once(gone, 'exit')
    gone.kill('SIGKILL')
    await ended
  }

  async listener(): Promise<Listener> {
    const client = await connectAsync(this.url, { ...this.#access, reconnectPeriod: 200 })
    const listener = new Listener(client)
    await client.subscribeAsync('#', { qos: 1 })
    return listener
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
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
