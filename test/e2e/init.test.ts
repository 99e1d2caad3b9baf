// A first config, made with options and by questions, against the sandbox: what it says, and that nothing speaks against it.
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { check } from '../../src/cli/check.ts'
import { doctor } from '../../src/cli/doctor.ts'
import { init } from '../../src/cli/init.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { readExamples } from '../../src/config/examples.ts'
import { choicesOf } from '../../src/config/starter.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'
import { Household, project } from './daemon.ts'

/** An empty folder beside a sandbox with a lock of alice's. */
class Newcomer {
  readonly home = new Household()
  readonly sandbox: Sandbox
  said: string[] = []

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox
    this.home.write('token', `${sandbox.tokens.chastify}\n`)
  }

  env: Record<string, string> = { TZ: 'UTC' }

  get terminal(): Terminal {
    return {
      out: (line) => void this.said.push(line),
      err: (line) => void this.said.push(line),
      env: this.env,
      folder: this.home.folder,
      home: project,
      person: false,
      signal: new AbortController().signal,
      version: '0',
    }
  }

  /** By options, without anybody to ask. */
  init(options: Partial<Parameters<typeof init>[1]> = {}): Promise<number> {
    const all = { folder: 'lock', tokenFile: 'token', baseUrl: this.sandbox.url, ...options }
    return init(this.terminal, all, new PassThrough())
  }

  /** By answers, each given when what comes before it was asked. */
  async answer(
    answers: readonly (readonly [RegExp, string])[],
    options: Partial<Parameters<typeof init>[1]> = {},
  ): Promise<{ code: number; shown: string }> {
    const input: PassThrough & { isTTY?: boolean } = new PassThrough()
    input.isTTY = true
    const left = [...answers]
    let shown = ''
    let from = 0
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        shown += String(chunk)
        const [asked, answer] = left[0] ?? [/$^/, '']
        if (asked.test(shown.slice(from))) {
          left.shift()
          from = shown.length
          setImmediate(() => input.write(`${answer}\r`))
        }
        done()
      },
    })
    const code = await init(this.terminal, { folder: 'lock', baseUrl: this.sandbox.url, ...options }, input, output)
    expect(left).toEqual([])
    return { code, shown }
  }

  read(name: string): string {
    return readFileSync(this.home.path('lock', name), 'utf8')
  }

  /** All files, with their permissions. */
  files(): string[] {
    const folder = this.home.path('lock')
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((one) => join(one.parentPath, one.name))
      .map((path) => `${(statSync(path).mode & 0o777).toString(8)} ${relative(folder, path)}`)
      .sort()
  }

  /** What check and doctor find. */
  async troubles(config = 'lock/config.yaml', env: Readonly<Record<string, string>> = {}): Promise<string[]> {
    this.env = { ...this.env, ...env }
    this.said = []
    expect(await check(this.terminal, [], { config })).toBe(0)
    expect(this.said.at(-1)).toMatch(/no fault$/)
    const lints = this.said.filter((line) => line.includes('lint: '))
    this.said = []
    expect(await doctor(this.terminal, { config })).toBe(0)
    return [...lints, ...this.said.filter((line) => /^(fault|warn) /.test(line))]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]()
    await this.sandbox.close()
  }
}

async function newcomer(options: SandboxOptions = {}): Promise<Newcomer> {
  return new Newcomer(await startSandbox(options))
}

describe('init by options', () => {
  test('makes a config that check and doctor find nothing in, and secrets for its owner alone', async () => {
    await using here = await newcomer()
    // Doctor asks it how it does.
    const ntfy = createServer((_, reply) => reply.end('{"healthy":true}')).listen(0, '127.0.0.1')
    await once(ntfy, 'listening')
    onTestFinished(() => void ntfy.close())
    const topic = `http://127.0.0.1:${(ntfy.address() as AddressInfo).port}/some-topic`
    const example = ['daily-reward', 'weekday-task']
    expect(await here.init({ example, yes: true, console: true, ntfy: topic })).toBe(0)
    expect(here.files()).toEqual([
      '600 .gitignore',
      '600 config.yaml',
      '600 rules/daily-reward.yaml',
      '600 rules/weekday-task.yaml',
      '600 secrets/chastify',
      '600 secrets/keyholder',
      '600 secrets/ntfy',
      '600 secrets/wearer',
      '700 rules',
      '700 secrets',
    ])
    expect(here.read('secrets/chastify')).toBe(`${here.sandbox.tokens.chastify}\n`)
    expect(here.read('secrets/keyholder')).toMatch(/^scrypt:/)
    const told = here.said.join('\n')
    expect(told).toContain('it reads Weekend Challenge, the lock of alice')
    expect(told).toMatch(/^ {2}keyholder {2}\S{8,}$/m)
    expect(told).toContain('  lockwarden run --config lock/config.yaml')
    expect(told).not.toContain(here.sandbox.tokens.chastify)
    expect(here.read('config.yaml')).not.toContain(here.sandbox.tokens.chastify)
    expect(here.read('.gitignore').split('\n').slice(1)).toEqual(['/config.yaml', '/secrets/', '/data/', ''])
    expect(await here.troubles()).toEqual([])
    // One read tried the token, and doctor made another.
    expect(new Set(here.sandbox.seen.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['GET /api/apps/v1/session']),
    )
  })

  test('as a command, it goes by what is usual, and the first rule fires in a dry run', async () => {
    await using here = await newcomer()
    const { home, sandbox } = here
    const made = await home.run(['init', '--token-file', 'token', '--base-url', sandbox.url])
    expect([made.code, made.err]).toEqual([0, ''])
    expect(made.out).toMatch(/\n {2}lockwarden run\n$/)
    const ran = await home.run(['run', '--once'])
    expect([ran.code, ran.all]).toEqual([0, expect.stringContaining('new-lock')])
    expect(sandbox.applied).toEqual([])
    const again = await home.run(['init', '--token-file', 'token', '--base-url', sandbox.url])
    expect([again.code, again.err]).toEqual([
      2,
      'lockwarden: config.yaml and rules and secrets are here already, and init overwrites nothing; --folder names another folder\n',
    ])
  })

  test.each([
    ['a zone that is none', { timezone: 'berlin' }, '--timezone berlin: no time zone; is it Europe/Berlin?'],
    ['an example that is none', { example: ['awya'] }, '--example: there is no example awya; did you mean away?'],
    [
      'a rule that restricts',
      { example: ['away'] },
      '--example away restricts the wearer; if the wearer agrees, add --yes',
    ],
    ['a rule for the tracker', { example: ['thirty-days'] }, 'thirty-days cannot be used yet: it needs a token of'],
    ['a rule beyond the limits', { example: ['hygiene'] }, 'cannot be used yet: hygienic_unlock.start is always'],
    ['no token', { tokenFile: 'nothing' }, '--token-file nothing: there is no such file'],
    ['an address in the clear', { baseUrl: 'http://chastify.net' }, '--base-url: tokens are only sent by https'],
    ['a topic that is none', { ntfy: 'my-topic' }, '--ntfy: an address such as https://ntfy.sh/my-topic'],
    ['another wearer', { wearer: 'bob' }, "--wearer: the lock that the token reads is alice's, not bob's"],
  ])('refuses %s, and makes nothing', async (_, options, words) => {
    await using here = await newcomer()
    await expect(here.init(options)).rejects.toThrow(words)
    expect(existsSync(here.home.path('lock'))).toBe(false)
  })

  test('refuses a token that is revoked, or a service that is away, with the mend', async () => {
    await using here = await newcomer()
    here.sandbox.revoke('chastify')
    await expect(here.init()).rejects.toThrow(/the token in token does not work: it was revoked .* make another one/)
    await here.sandbox.close()
    await expect(here.init()).rejects.toThrow(/Chastify cannot be reached .* see to the network/)
    expect(existsSync(here.home.path('lock'))).toBe(false)
  })

  test('without an active lock the wearer is who was named, or not known', async () => {
    await using here = await newcomer({ chastify: { lock: null } })
    expect(await here.init()).toBe(0)
    expect(here.said.join('\n')).toContain('The token works; there is no active lock now.')
    expect(here.read('config.yaml')).toContain('# expect: { wearer: NAME }')
    expect(await here.troubles()).toEqual([])
    expect(await here.init({ folder: 'other', wearer: 'bob' })).toBe(0)
    expect(readFileSync(here.home.path('other/config.yaml'), 'utf8')).toContain('expect: { wearer: "bob" }')
  })

  test('a .gitignore that is there stays as it is', async () => {
    await using here = await newcomer()
    here.home.write('lock/.gitignore', 'mine')
    expect(await here.init()).toBe(0)
    expect(here.read('.gitignore')).toBe('mine')
  })

  test('a zone that is not that of the machine is a choice, and no trouble', async () => {
    await using here = await newcomer()
    await here.init({ timezone: 'Europe/Berlin' })
    expect(await here.troubles()).toEqual([])
  })

  test('any of what it makes that is there already stops it', async () => {
    for (const name of ['config.yaml', 'rules', 'secrets']) {
      await using here = await newcomer()
      here.home.write(`lock/${name}`, 'mine')
      await expect(here.init()).rejects.toThrow(`${name} is in lock already`)
      expect(readdirSync(here.home.path('lock'))).toEqual([name])
      expect(here.read(name)).toBe('mine')
    }
  })

  test('a folder that cannot be written to is said, and nothing is left behind', async () => {
    await using here = await newcomer()
    writeFileSync(here.home.path('file'), '')
    await expect(here.init({ folder: 'file/lock' })).rejects.toThrow(/cannot be written to .*nothing was left behind/)
  })

  test.skipIf(process.getuid?.() === 0)('what was written before a failure is taken away again', async () => {
    await using here = await newcomer()
    mkdirSync(here.home.path('lock'))
    chmodSync(here.home.path('lock'), 0o500)
    await expect(here.init()).rejects.toThrow('nothing was left behind')
    chmodSync(here.home.path('lock'), 0o700)
    expect(readdirSync(here.home.path('lock'))).toEqual([])
  })
})

describe('init by questions', () => {
  test('asks for all of it, says what is wrong and asks again, and shows no secret', async () => {
    await using here = await newcomer()
    const { chastify } = here.sandbox.tokens
    const { code, shown } = await here.answer([
      [/The token \(it is not shown\): $/, 'Bearer abc'],
      [/Bearer by itself[\s\S]*The token \(it is not shown\): $/, 'dev_wrong'],
      [/refuses it[\s\S]*The token \(it is not shown\): $/, chastify],
      [/the lock of alice[\s\S]*Whose lock may be acted on \[alice\]: $/, 'bob'],
      [/alice's, not bob's[\s\S]*acted on \[alice\]: $/, ''],
      [/time zone[\s\S]*\[UTC\]: $/, 'berlin'],
      [/is it Europe\/Berlin\?[\s\S]*\[UTC\]: $/, 'Europe/Berlin'],
      [/Example 1 of 2 \[new-lock\]: $/, 'away'],
      [/away restricts the wearer\. Take it\? \[y\/N\]: $/, ''],
      [/Example 1 of 2 \[new-lock\]: $/, 'awya'],
      [/did you mean away\?[\s\S]*Example 1 of 2/, 'daily-reward'],
      [/Example 2 of 2 \[last-hour\]: $/, 'bedtime'],
      [/Take it\? \[y\/N\]: $/, 'y'],
      [/browser[\s\S]*\[y\/N\]: $/, 'yes'],
      [/password of the keyholder \(Enter: make one for me\) \(it is not shown\): $/, 'short'],
      [/at least 8[\s\S]*keyholder[\s\S]*: $/, 'sunlit gravel 7'],
      [/Once more[\s\S]*: $/, 'sunlit gravel 8'],
      [/not the same[\s\S]*keyholder[\s\S]*: $/, 'sunlit gravel 7'],
      [/Once more[\s\S]*: $/, 'sunlit gravel 7'],
      [/password of the wearer[\s\S]*: $/, 'sunlit gravel 7'],
      [/both roles[\s\S]*password of the wearer[\s\S]*: $/, ''],
      [/ntfy topic[\s\S]*: $/, 'topic'],
      [/such as https:\/\/ntfy\.sh[\s\S]*ntfy topic[\s\S]*: $/, ''],
    ])
    expect(code).toBe(0)
    const all = shown + here.said.join('\n')
    for (const secret of [chastify, 'dev_wrong', 'sunlit gravel', 'Bearer abc']) expect(all).not.toContain(secret)
    expect(shown).toMatch(/^ {2}! {2}away +Six hours without a look$/m)
    expect(shown).not.toContain('thirty-days')
    expect(here.said.join('\n')).toMatch(/keyholder {2}\(as typed\)\n {2}wearer {5}\S{12}\n/)
    expect(here.read('config.yaml')).toMatch(/^timezone: Europe\/Berlin$/m)
    expect(readdirSync(here.home.path('lock/rules'))).toEqual(['bedtime.yaml', 'daily-reward.yaml'])
    expect(await here.troubles()).toEqual([])
  })

  test('without a token it names the sandbox, and how to end', async () => {
    await using here = await newcomer()
    await here.sandbox.close()
    const away: (readonly [RegExp, string])[] = [
      [/The token \(it is not shown\): $/, 'dev_token'],
      [/cannot be reached[\s\S]*Ctrl-C ends this, and nothing is made\.[\s\S]*The token/, '\u0003'],
    ]
    await expect(here.answer(away)).rejects.toThrow('there was no answer; nothing was made')
    const real: (readonly [RegExp, string])[] = [
      [/"lockwarden sandbox", in another terminal,[\s\S]*The token/, '\u0003'],
    ]
    await expect(here.answer(real, { baseUrl: undefined })).rejects.toThrow('there was no answer; nothing was made')
  })

  test('asks for nothing that an option has said', async () => {
    await using here = await newcomer()
    const options = {
      tokenFile: 'token',
      timezone: 'UTC',
      wearer: 'alice',
      example: ['points-reached'],
      console: false,
    }
    expect((await here.answer([[/ntfy topic/, '']], options)).code).toBe(0)
    expect(readdirSync(here.home.path('lock/rules'))).toEqual(['points-reached.yaml'])
  })

  test('an end makes nothing', async () => {
    await using here = await newcomer()
    await expect(here.answer([[/The token/, '\u0003']])).rejects.toThrow('there was no answer; nothing was made')
    expect(existsSync(here.home.path('lock'))).toBe(false)
  })
})

test('every example that init offers is clean with what it asks for, and restricts what it says', async () => {
  const examples = readExamples(join(project, 'rules'))
  const choices = choicesOf(examples, readFileSync(join(project, 'config.example.yaml'), 'utf8'), Date.now())
  const offered = choices.filter(({ lacks }) => lacks === null)
  expect(offered.length).toBeGreaterThan(20)
  const named = (wanted: boolean) => offered.filter(({ restricts }) => restricts === wanted).map(({ id }) => id)
  expect(named(true)).toEqual(expect.arrayContaining(['away', 'bedtime', 'wheel', 'weekday-task', 'checkin-missed']))
  expect(named(false)).toEqual(expect.arrayContaining(['new-lock', 'daily-reward', 'checkin-asked', 'thaw']))
  await using here = await newcomer()
  expect(await here.init({ example: offered.map(({ id }) => id), yes: true })).toBe(0)
  const troubles = await here.troubles()
  expect(troubles.filter((line) => !line.includes('lint: this rule may set itself off'))).toEqual([])
})

test('the config that is there to be copied is clean as well, with all examples', async () => {
  await using here = await newcomer()
  const example = readFileSync(join(project, 'config.example.yaml'), 'utf8')
  here.home.write('config.yaml', example.replace('# base_url: https://chastify.net', `base_url: ${here.sandbox.url}`))
  for (const name of readdirSync(join(project, 'rules'))) {
    here.home.write(`rules/${name}`, readFileSync(join(project, 'rules', name), 'utf8'))
  }
  const troubles = await here.troubles('config.yaml', { CHASTIFY_TOKEN: here.sandbox.tokens.chastify })
  // The one example that is on and needs a page at the Tracker, which not everybody has.
  expect(troubles.filter((line) => !line.includes('thirty-days'))).toEqual([])
})
