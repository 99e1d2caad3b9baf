// A third service, given to the program by the list alone: it is configured, read, acted at, examined and told of.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { crashWords } from '../../src/cli/crash.ts'
import { program } from '../../src/cli/program.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { services } from '../../src/services/index.ts'
import type { Secret } from '../../src/services/secret.ts'
import { until } from '../e2e/daemon.ts'
import { kitchenTimer } from './kitchentimer/index.ts'
import { KitchenTimer } from './kitchentimer/server.ts'

const home = fileURLToPath(new URL('../..', import.meta.url))
const tea = `rules:
  - id: tea
    when: timer.rings is true
    then:
      - timer.start: 4
`

/** A folder with a config that names the kitchen timer, and the commands as they run in it. */
class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockwarden-kitchen-'))
  readonly timer: KitchenTimer
  /** All that any command has printed. */
  said = ''
  hidden: readonly Secret[] = []
  readonly #ending = new AbortController()
  readonly #daemon: Promise<number>[] = []

  constructor(timer: KitchenTimer, url: string, sandbox: Sandbox, more: Record<string, unknown> = {}) {
    this.timer = timer
    const config = {
      version: 1,
      mode: 'live',
      timezone: 'UTC',
      locks: {
        main: {
          chastify: { token_file: './chastify', base_url: sandbox.url },
          kitchen: { url, token_file: './kitchen' },
          new_lock: 'auto',
          poll: { chastify: '1s', kitchen: '1s' },
          ...more,
        },
      },
      limits: { allow: ['timer.start'] },
    }
    mkdirSync(join(this.folder, 'rules'))
    this.write('rules/tea.yaml', tea)
    this.write('config.yaml', JSON.stringify(config))
    this.write('chastify', sandbox.tokens.chastify)
    this.write('kitchen', timer.token)
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
    chmodSync(join(this.folder, name), 0o600)
  }

  async run(...words: string[]): Promise<{ code: number; said: string }> {
    let said = ''
    const out = (line: string) => {
      said += `${line}\n`
      this.said += `${line}\n`
    }
    const code = await program(words, {
      out,
      err: out,
      hide: (secrets) => {
        this.hidden = secrets
      },
      services: [...services, kitchenTimer],
      env: { TZ: 'UTC', LOG_LEVEL: 'debug' },
      folder: this.folder,
      home,
      person: false,
      signal: this.#ending.signal,
      version: '0.0.0',
    })
    return { code, said }
  }

  start(): void {
    this.#daemon.push(this.run('run').then(({ code }) => code))
  }

  until(what: string, ask: () => boolean | Promise<boolean>): Promise<true> {
    return until(what, async () => (await ask()) || false, { otherwise: () => this.said }) as Promise<true>
  }

  async end(): Promise<number[]> {
    this.#ending.abort()
    return Promise.all(this.#daemon)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

test('a service made of its folder alone is checked, read, acted at and told of, and its token shows nowhere', async () => {
  const sandbox = await startSandbox()
  await using _ = { [Symbol.asyncDispose]: () => sandbox.close() }
  await using timer = new KitchenTimer()
  timer.endsAt = Date.now() + 150_000
  await using house = new House(timer, await timer.listen(), sandbox)

  expect(await house.run('check')).toMatchObject({ code: 0 })
  const doctor = await house.run('doctor')
  expect(doctor.said).toContain('main: kitchen.token: it reads timer')
  const facts = await house.run('facts', 'timer')
  expect(facts.said).toMatch(/^timer\.remaining +[12] min \d+ s .*kitchen\.timer$/m)
  expect(facts.said).toMatch(/^timer\.rings +false .*kitchen\.timer$/m)

  house.start()
  await house.until('readings', () => timer.reads >= 3)
  expect(timer.posted).toEqual([])
  timer.rings = true
  await house.until('the start of the timer', () => timer.posted.length > 0)
  const before = timer.reads
  await house.until('further readings', () => timer.reads >= before + 3)
  expect(timer.posted).toEqual([{ minutes: 4 }])

  expect((await house.run('why', 'tea')).said).toMatch(/timer\.rings is true/)
  expect((await house.run('history')).said).toMatch(/tea.*timer\.start.*applied/)
  expect((await house.run('status')).said).toMatch(/^ *kitchen/m)
  expect((await house.run('facts', 'timer.rings')).said).toContain('Whether the timer rings')
  expect(house.said).toContain('read kitchen.timer: it rings')

  const former = timer.token
  house.write('kitchen', 'kitchen-9b8e02d4c6f1a735')
  await house.until('the other token', () => house.said.includes('the token of kitchen was read again'))
  timer.token = 'kitchen-9b8e02d4c6f1a735'
  const since = timer.reads
  await house.until('readings with it', () => timer.reads >= since + 2)

  timer.broken = true
  await house.until('the trouble', () => house.said.includes('asked with Bearer [secret]'))
  expect((await house.run('status')).said).toMatch(/kitchen.*asked with Bearer \[secret\]/)
  expect((await house.run('support', 'support.txt')).code).toBe(0)
  expect(await house.end()).toEqual([0])

  const support = readFileSync(join(house.folder, 'support.txt'), 'utf8')
  expect(support).toContain('kitchen')
  const crash = crashWords(new Error(`sent ${timer.token}`), house.hidden)
  expect(crash).toContain('sent [secret]')
  for (const text of [house.said, support, crash]) {
    expect(text).not.toContain(timer.token)
    expect(text).not.toContain(former)
  }
})

test.each([
  [{ kitchen: { url: 'http://127.0.0.1:1' } }, /"token" is missing/],
  [{ kitchen: { url: 'ftp://timer', token_file: './kitchen' } }, /an address such as/],
  [{ kitchen: { token_file: './kitchen' } }, /"url" is missing/],
  [{ kitchen: { url: 'http://127.0.0.1:1', token_file: './nothing' } }, /nothing: there is no such file/],
  [{ poll: { kitchen: 'often' } }, /a length of time/],
  [{ kitchen: undefined }, /1 rule can never fire, since the config names no kitchen: tea/],
])('what is wrong with its section is told at its place: %j', async (more, words) => {
  const sandbox = await startSandbox()
  await using _ = { [Symbol.asyncDispose]: () => sandbox.close() }
  await using timer = new KitchenTimer()
  await using house = new House(timer, await timer.listen(), sandbox, more)
  expect((await house.run('check')).said).toMatch(words)
})
