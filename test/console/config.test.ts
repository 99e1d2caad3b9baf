// The console section of the config, the hashes it names, and the command that makes them.
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { dictionary } from '@zxcvbn-ts/language-common'
import { afterAll, describe, expect, test } from 'vitest'
import { password } from '../../src/cli/password.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { loadConfig } from '../../src/config/load.ts'
import { hashPassword, isPassword, parsePasswordHash, passwordFault } from '../../src/config/password.ts'
import { Faulty, faultLine } from '../../src/document/fault.ts'
import { home } from './house.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockwarden-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const hash = await hashPassword('a fine password')
writeFileSync(join(folder, 'one'), `${hash}\n`)
writeFileSync(join(folder, 'two'), `${await hashPassword('another fine one')}\n`)
writeFileSync(join(folder, 'plain'), 'hunter2hunter2\n')
writeFileSync(join(folder, 'weak'), hash.replace(':32768:', ':1024:'))

let written = 0
async function load(section: unknown) {
  written += 1
  const file = join(folder, `config-${written}.yaml`)
  const locks = { main: { chastify: { token: 'abc-123' } } }
  writeFileSync(file, JSON.stringify({ version: 1, timezone: 'UTC', locks, console: section }))
  try {
    return { config: await loadConfig(file, {}), faults: [] }
  } catch (error) {
    if (!(error instanceof Faulty)) throw error
    return { config: null, faults: error.faults.map((fault) => faultLine(fault).replace(`${folder}/`, '')) }
  }
}

const both = { keyholder_password_file: './one', wearer_password_file: './two' }

describe('the console section', () => {
  test('left out there is no console; empty it is on this machine, to look at', async () => {
    expect((await load(undefined)).config?.console).toBeUndefined()
    expect((await load({})).config?.console).toEqual({
      host: '127.0.0.1',
      port: 8787,
      url: null,
      passwords: { keyholder: null, wearer: null },
      passwordFiles: { keyholder: null, wearer: null },
      trustedProxies: [],
    })
  })

  test('addresses', async () => {
    const open = { url: 'https://lock.example.net', ...both }
    expect((await load({ listen: '[::1]:80' })).config?.console).toMatchObject({ host: '::1', port: 80 })
    expect((await load({ listen: 'localhost:1' })).config?.console).toMatchObject({ host: 'localhost', port: 1 })
    expect((await load({ listen: '0.0.0.0:8787', ...open })).config?.console).toMatchObject({ host: '0.0.0.0' })
    for (const listen of [
      '8787',
      '127.0.0.1',
      '127.0.0.1:0',
      '127.0.0.1:70000',
      'example.net:80',
      '1.2.3.999:80',
      80,
    ]) {
      const { faults } = await load({ listen, ...open })
      expect([listen, faults.join()]).toEqual([listen, expect.stringContaining('an address and a port such as')])
    }
    for (const url of [
      'lock.example.net',
      'https://a:b@x.net',
      'https://x.net/path',
      'ftp://x.net',
      'https://x.net?a',
    ]) {
      expect([url, (await load({ url, ...both })).faults.length]).toEqual([url, 1])
    }
    expect((await load({ url: 'http://lock.example.net', ...both })).faults[0]).toContain('only sent by https')
    expect((await load({ url: 'http://localhost:9000' })).config?.console?.url).toBe('http://localhost:9000')
  })

  test.each([
    [{ listen: '0.0.0.0:8787', url: 'https://x.net' }],
    [{ listen: '192.168.1.5:8787', url: 'https://x.net', keyholder_password_file: './one' }],
    [{ listen: '[::]:8787', url: 'https://x.net', wearer_password_file: './one' }],
    [{ url: 'https://x.net' }],
    [{ url: 'https://x.net', wearer_password_file: './one' }],
  ])('what others can reach needs both passwords: %j', async (section) => {
    expect((await load(section)).faults.join()).toContain('needs a password for each role')
  })

  test('and its url', async () => {
    expect((await load({ listen: '0.0.0.0:8787', ...both })).faults.join()).toContain('needs its url')
  })

  test('a password file holds a hash, and what else it holds is not told', async () => {
    const { config } = await load(both)
    const kept = config?.console?.passwords.keyholder
    expect(kept && (await isPassword('a fine password', kept))).toBe(true)
    expect(kept && (await isPassword('another', kept))).toBe(false)
    for (const file of ['./plain', './weak', './nothing', '.', './config-1.yaml']) {
      const { faults } = await load({ wearer_password_file: file })
      expect(faults).toHaveLength(1)
      expect(faults[0]).toContain('"lockwarden password wearer" makes the file')
      expect(faults[0]).not.toContain('hunter2')
    }
    expect((await load({ wearer_password_file: './plain' })).faults[0]).toContain('no hash of a password')
  })

  test('a file of one role is none of the other, nor a copy of it', async () => {
    writeFileSync(join(folder, 'copy'), `${hash}\n`)
    for (const wearer_password_file of ['./one', './copy']) {
      const { faults } = await load({ keyholder_password_file: './one', wearer_password_file })
      expect(faults.join()).toContain('both roles have one password')
    }
  })

  test('proxies are addresses and networks', async () => {
    const trusted = async (trusted_proxy: unknown) => (await load({ trusted_proxy })).config?.console?.trustedProxies
    expect(await trusted('127.0.0.1')).toEqual(['127.0.0.1'])
    expect(await trusted(['172.16.0.0/12', 'fd00::/8', '::1'])).toEqual(['172.16.0.0/12', 'fd00::/8', '::1'])
    for (const wrong of ['proxy.example', '10.0.0.0/33', '0.0.0.0/0', '10.0.0', '', [], 10, ['::1', '::/129']]) {
      expect([wrong, (await load({ trusted_proxy: wrong })).faults.length]).toEqual([wrong, 1])
    }
  })

  test('a password in the config itself is refused without being told', async () => {
    const { faults } = await load({ wearer_password: 'hunter2hunter2' })
    expect(faults.join()).toContain('unknown key')
    expect(faults.join()).not.toContain('hunter2')
  })
})

describe('hashes', () => {
  test('of one password differ, and each knows it, however its letters are put together', async () => {
    const [one, other] = [
      parsePasswordHash(await hashPassword('fenêtre!')),
      parsePasswordHash(await hashPassword('fenêtre!')),
    ]
    expect(one?.key.equals(other?.key ?? Buffer.alloc(0))).toBe(false)
    expect(one && (await isPassword('fenêtre!'.normalize('NFD'), one))).toBe(true)
  })

  test('of earlier versions go on being good', async () => {
    const kept = parsePasswordHash(
      'scrypt:65536:8:1:MDEyMzQ1Njc4OWFiY2RlZg:Eah07EbSC-nq675r0JWmHNlTWf0EJrVzRlFKfWq_lDw',
    )
    expect(kept && (await isPassword('an earlier one', kept))).toBe(true)
    expect(kept && (await isPassword('another one', kept))).toBe(false)
  })

  test.each([
    '',
    'scrypt',
    hash.slice(0, -1),
    hash.replace('scrypt', 'md5'),
    hash.replace(':32768:', ':32769:'),
    hash.replace(':32768:', ':131072:'),
    hash.replace(':8:3:', ':8:0:'),
    hash.replace(':8:3:', ':8:64:'),
  ])('"%s" is none', (text) => {
    expect(parsePasswordHash(text)).toBeNull()
  })
})

describe('lockwarden password', () => {
  const terminal = (said: string[]): Terminal => ({
    out: (line) => void said.push(line),
    err: (line) => void said.push(line),
    env: {},
    folder,
    home,
    person: false,
    signal: new AbortController().signal,
    version: '1',
  })
  const run = (given: string, options = {}) => {
    const said: string[] = []
    return password(terminal(said), 'wearer', options, Readable.from([given])).then((code) => ({ code, said }))
  }

  test('prints the hash of the first line that comes in', async () => {
    const { code, said } = await run('open gravel 7\r\nmore\n')
    expect(code).toBe(0)
    const made = parsePasswordHash(said[0] ?? '')
    expect(said).toHaveLength(1)
    expect(made && (await isPassword('open gravel 7', made))).toBe(true)
  })

  test('writes it to a file of one’s own, and over none', async () => {
    await run('open gravel 7\n', { out: 'secrets/wearer' })
    const file = join(folder, 'secrets/wearer')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const before = readFileSync(file, 'utf8')
    await expect(run('another one\n', { out: 'secrets/wearer' })).rejects.toThrow('--force')
    expect(readFileSync(file, 'utf8')).toBe(before)
    await run('another one\n', { out: 'secrets/wearer', force: true })
    expect(readFileSync(file, 'utf8')).not.toBe(before)
  })

  test('refuses what is too short, and nothing', async () => {
    await expect(run('short\n')).rejects.toThrow('at least 8')
    await expect(run('')).rejects.toThrow('at least 8')
    await expect(run('with\ttabs in it\n')).rejects.toThrow('control')
  })

  test.each([
    'password',
    'Passw0rd!!',
    'lockwarden',
    'LockWarden2026',
    '!keyholder!',
    '12345678',
    'qwertzuiop',
    'aaaaaaaaaa',
    'abcdabcd',
    'SunshineSunshine1',
    'correct horse battery staple',
  ])('refuses "%s", which is tried first', async (common) => {
    await expect(run(`${common}\n`)).rejects.toThrow('first that anybody tries')
  })

  test('refuses each of the 3,000 commonest of eight characters and more', async () => {
    const longEnough = dictionary['passwords-common'].filter(({ length }) => length >= 8).slice(0, 3000)
    expect(longEnough).toHaveLength(3000)
    for (const common of longEnough) {
      expect([common, await passwordFault(common)]).toEqual([common, expect.stringContaining('anybody tries')])
    }
  })

  test.each(['48291bob7!92', 'sunlit gravel 7', 'password of bob', 'kept by bob 1', 'xK3-9fQz'])(
    'takes "%s"',
    async (own) => {
      expect(await passwordFault(own)).toBeNull()
    },
  )

  test('refuses the other one’s, which the config names or which stands beside', async () => {
    writeFileSync(join(folder, 'named.yaml'), 'console: { keyholder_password_file: ./one }\nlocks: 1\n')
    const named = run('a fine password\n', { config: 'named.yaml' })
    await expect(named).rejects.toThrow('this is the password of the keyholder')
    mkdirSync(join(folder, 'pair'))
    writeFileSync(join(folder, 'pair/keyholder'), `${hash}\n`)
    const beside = run('a fine password\n', { out: 'pair/wearer' })
    await expect(beside).rejects.toThrow('this is the password of the keyholder')
    expect((await run('another fine one\n', { out: 'pair/wearer' })).code).toBe(0)
  })

  test('on the command line', () => {
    const done = spawnSync(process.execPath, [join(home, 'src/main.ts'), 'password', 'keyholder'], {
      input: 'open gravel 7\n',
      encoding: 'utf8',
    })
    expect(done.status).toBe(0)
    expect(done.stdout).toMatch(/^scrypt:32768:8:3:[\w-]{22}:[\w-]{43}\n$/)
    const wrong = spawnSync(process.execPath, [join(home, 'src/main.ts'), 'password', 'nobody'], { encoding: 'utf8' })
    expect(wrong.status).toBe(2)
  })
})

describe('without a console', () => {
  test('nothing of it is loaded', async () => {
    const script = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      const { startApp } = await import(${JSON.stringify(join(home, 'src/app/app.ts'))})
      const { loadConfig } = await import(${JSON.stringify(join(home, 'src/config/load.ts'))})
      const pino = (await import(${JSON.stringify(join(home, 'node_modules/pino/pino.js'))})).default
      const config = await loadConfig(process.argv[1], {})
      const ending = new AbortController()
      const app = await startApp({ config, log: pino({ level: 'silent' }), env: {} }, ending.signal)
      ending.abort()
      await app.done
      console.log(JSON.stringify({ console: app.console, loaded: loaded.filter((url) => /hono|src.console/.test(url)), all: loaded.length }))
    `
    const run = async (section: unknown) => {
      const file = join(folder, 'run.yaml')
      const locks = { main: { chastify: { token: 'abc', base_url: 'http://127.0.0.1:9' }, rules: join(home, 'rules') } }
      const config = { version: 1, data: './data', locks, ...(section ? { console: section } : {}) }
      writeFileSync(file, JSON.stringify(config))
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file])
      return JSON.parse(stdout)
    }
    const without = await run(null)
    expect(without).toMatchObject({ console: null, loaded: [] })
    expect(without.all).toBeGreaterThan(50)
    const withOne = await run({ listen: '127.0.0.1:48787' })
    expect(withOne.loaded.length).toBeGreaterThan(10)
  })
})
