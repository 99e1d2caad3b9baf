// What others on the machine can get at: the rules, the memory of the daemon.
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { hashPassword } from '../../src/config/password.ts'
import { household } from './daemon.ts'
import { openServices } from './services.ts'

const rules = { one: 'rules:\n  - id: one\n    when: lock.frozen is true\n    then: [unfreeze]\n' }

describe.concurrent('rules that others may write', () => {
  test('are told by check, doctor and run, the folder as well as a file', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    chmodSync(home.path('config.yaml'), 0o600)
    const file = home.path('rules/one.yaml')
    for (const [path, open, closed] of [
      [file, 0o664, 0o644],
      [home.path('rules'), 0o777, 0o755],
    ] as const) {
      chmodSync(path, open)
      const words = /others on this machine can change it, and with it what is done to the lock; chmod -R go-w/
      for (const command of [['check'], ['doctor'], ['run', '--once']]) {
        expect((await home.run(command)).all).toMatch(words)
      }
      chmodSync(path, closed)
      for (const command of [['check'], ['doctor'], ['run', '--once']]) {
        expect((await home.run(command)).all).not.toMatch(words)
      }
    }
  })
})

describe.concurrent('what others on the network can read', () => {
  const near = 'mqtt: { url: "mqtt://broker.lan", username: w, password_file: ./t }\n'
  const phone = (text: string) => `tell: { channels: { phone: { ${text}, token_file: ./t } } }\n`
  test.each([
    [near, /mqtt\.url: the password can be read on its way to another machine; use mqtts:\/\//],
    [near.replace('broker.lan', '127.0.0.1'), null],
    [near.replace('mqtt://', 'mqtts://'), null],
    ['mqtt: { url: "mqtt://broker.lan" }\n', null],
    [phone('gotify: "http://nas.lan"'), /tell\.channels\.phone: the token can be read on its way .*; use https:/],
    [phone('ntfy: "http://192.168.1.9/x"'), /tell\.channels\.phone: the token can be read/],
    [phone('ntfy: "https://ntfy.sh/x"'), null],
    ['metrics: { listen: "0.0.0.0:9464" }\n', /metrics\.listen: whoever reaches 0\.0\.0\.0:9464 reads how the locks/],
    ['metrics: { listen: "127.0.0.1:9464" }\n', null],
  ])('is told by check and doctor: %s', async (section, words) => {
    await using services = await openServices()
    await using home = household(services, { rules })
    home.write('t', 'tk_1234567890\n')
    for (const path of ['config.yaml', 't']) chmodSync(home.path(path), 0o600)
    const config = { ...parse(readFileSync(home.path('config.yaml'), 'utf8')), ...parse(section) }
    home.write('config.yaml', JSON.stringify(config))
    for (const command of [['check'], ['doctor']]) {
      const { all } = await home.run(command)
      if (words) expect(all.replace(/\s+/g, ' ')).toMatch(words)
      else expect(all).not.toMatch(/can be read on its way|metrics\.listen/)
    }
  })
})

describe.concurrent('a proxy before the console', () => {
  const both = { keyholder_password_file: './one', wearer_password_file: './two' }
  const far = { listen: '0.0.0.0:8787', url: 'https://lock.example.net', ...both }
  const unnamed = /console\.url: .* without trusted_proxy all who come that way have one address.*; name the address/
  const everybody = (network: string) => new RegExp(`console\\.trusted_proxy: ${network} trusts whoever connects`)
  test.each<[object, RegExp | null]>([
    [far, unnamed],
    [{ ...far, listen: '127.0.0.1:8787' }, unnamed],
    [{ ...far, url: 'http://localhost:8787' }, null],
    [{ ...far, trusted_proxy: '172.16.0.0/12' }, null],
    [{ ...far, trusted_proxy: ['10.0.0.0/8', 'fd00::/8'] }, null],
    [{ ...far, trusted_proxy: '0.0.0.0/1' }, everybody('0\\.0\\.0\\.0/1')],
    [{ ...far, trusted_proxy: ['127.0.0.1', '128.0.0.0/1'] }, everybody('128\\.0\\.0\\.0/1')],
    [{ ...far, trusted_proxy: '::/1' }, everybody('::/1')],
  ])('is told of by check and doctor: %j', async (section, words) => {
    await using services = await openServices()
    await using home = household(services, { rules })
    for (const name of ['one', 'two']) home.write(name, await hashPassword(`kept by ${name} 1`))
    for (const path of ['config.yaml', 'one', 'two']) chmodSync(home.path(path), 0o600)
    const config = { ...parse(readFileSync(home.path('config.yaml'), 'utf8')), console: section }
    home.write('config.yaml', JSON.stringify(config))
    for (const command of [['check'], ['doctor']]) {
      const said = (await home.run(command)).all.replace(/\s+/g, ' ')
      if (words) expect(said).toMatch(words)
      else expect(said).not.toMatch(/trusted_proxy/)
    }
  })
})

describe.concurrent('a running daemon', () => {
  test('opens no debugger by a signal, and goes on', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.until('a reading', () => services.gets('/api/apps/v1/session').length > 0)
    daemon.process.kill('SIGUSR1')
    const { length } = services.gets('/api/apps/v1/session')
    await daemon.until('another reading', () => services.gets('/api/apps/v1/session').length > length)
    expect(daemon.said).not.toContain('Debugger')
  })

  const prlimit = spawnSync('prlimit', ['--version']).status === 0
  test.skipIf(!prlimit)('is told of by doctor where a crash would write its memory to disk', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.until('a reading', () => services.gets('/api/apps/v1/session').length > 0)
    const limit = (core: string) => spawnSync('prlimit', ['--pid', String(daemon.process.pid), `--core=${core}`])
    const words = 'the system may write its memory'
    limit('unlimited:unlimited')
    expect((await home.run(['doctor'])).out).toContain(words)
    limit('0:unlimited')
    expect((await home.run(['doctor'])).out).not.toContain(words)
  })
})

describe.concurrent('a console for the locks of several wearers', () => {
  test.each<[string, string, boolean]>([
    ['alice', 'bob', true],
    ['alice', 'alice', false],
  ])('%s and %s: it is told that one password opens them all: %s', async (one, other, told) => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const config = parse(readFileSync(home.path('config.yaml'), 'utf8'))
    const [lock] = Object.values(config.locks) as object[]
    home.write('hash', await hashPassword('a-long-enough-password'))
    chmodSync(home.path('hash'), 0o600)
    config.locks = {
      one: { ...lock, expect: { wearer: one } },
      other: { ...lock, chastify: { token: 'dev-another-token' }, expect: { wearer: other } },
    }
    config.console = { wearer_password_file: './hash' }
    home.write('config.yaml', JSON.stringify(config))
    const { all } = await home.run(['check'])
    if (told) expect(all.replace(/\s+/g, ' ')).toContain('for all locks, those of alice and bob alike')
    else expect(all).not.toContain('for all locks')
  })
})
