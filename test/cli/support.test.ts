// The file for whoever helps: all there is to see, and no secret of the config in it, whatever the config is like.
import { readFileSync, statSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/index.ts'
import { Household } from '../e2e/daemon.ts'
import { oneLockAt } from '../household.ts'

const secrets = {
  topic: 'https://ntfy.example/topic-of-alice-and-bob',
  ntfy: 'tk_0123456789abcdef',
  mqtt: 'broker-pass-word',
  monitor: 'https://monitor.example/ping/6d1f0c3e',
  tracker: 'tracker-token-0123456789',
}

/** A household with a secret of each kind, some in the config itself and some in files. */
async function household(): Promise<{ home: Household; hidden: string[]; config: Record<string, unknown> }> {
  const world = await startSandbox()
  const home = new Household()
  onTestFinished(async () => {
    await home[Symbol.asyncDispose]()
    await world.close()
  })
  const tracker = { token: secrets.tracker, base_url: world.url }
  const config = {
    ...oneLockAt(world, { tracker, expect: { wearer: 'alice' } }),
    data: './data',
    mqtt: { url: 'mqtt://127.0.0.1:9', username: 'warden', password_file: './mqtt' },
    tell: { channels: { phone: { ntfy: secrets.topic, token_file: './ntfy' } }, about: ['token'] },
    heartbeat: { url: secrets.monitor },
  }
  home.write('config.yaml', JSON.stringify(config))
  home.write('ntfy', secrets.ntfy)
  home.write('mqtt', secrets.mqtt)
  home.write('rules/ours.yaml', 'rules:\n  - id: night-owl\n    when: lock.frozen is true\n    then: [add_time: 10m]\n')
  return { home, hidden: [...Object.values(secrets), world.tokens.chastify], config }
}

function expectNone(text: string, hidden: readonly string[]): void {
  for (const secret of hidden) {
    const at = text.indexOf(secret)
    expect(at < 0 ? 'silence' : text.slice(Math.max(0, at - 100), at + 100)).toBe('silence')
  }
}

test('of a running daemon: versions, doctor, check, status, config, ledger and log, readable by its owner alone', async () => {
  const { home, hidden } = await household()
  const daemon = home.start('run')
  await daemon.says('the lock is')
  const { code, out } = await home.run(['support', 'bundle.txt'], 60_000)
  expect([code, out]).toEqual([0, expect.stringContaining('read it before you send it')])
  const text = readFileSync(home.path('bundle.txt'), 'utf8')
  for (const title of [
    'Versions',
    'doctor',
    'check',
    'status',
    'The config',
    'The ledger',
    'The last lines of the log',
  ]) {
    expect(text).toContain(`## ${title}`)
  }
  expect(text).toMatch(/node \d+\./)
  expect(text).toContain('fault  mqtt: ')
  expect(text).toContain('night-owl')
  expect(text).toContain('watching with 1 rule, live')
  expect(text).toContain('mode: live')
  expectNone(text, hidden)
  expect(statSync(home.path('bundle.txt')).mode & 0o777).toBe(0o600)
  const again = await home.run(['support', 'bundle.txt'])
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('is there already')])
  await daemon.term()
})

test('with a config that is faulty, where nobody can tell which of its texts are secrets', async () => {
  const { home, hidden, config } = await household()
  const { chastify: token, monitor } = { chastify: hidden.at(-1) ?? '', monitor: secrets.monitor }
  const odd = { ...config, [token]: monitor, tokens: { chastify: token }, limits: { allow: ['add_time'] } }
  home.write('config.yaml', `# my old token: ${token}\n${JSON.stringify(odd)}`)
  const { code } = await home.run(['support', 'bundle.txt'], 60_000)
  expect(code).toBe(0)
  const text = readFileSync(home.path('bundle.txt'), 'utf8')
  expect(text).toContain('## The config')
  expect(text).toContain('- add_time')
  expectNone(text, hidden)
})

test('with no config at all', async () => {
  await using home = new Household()
  const { code } = await home.run(['support', 'bundle.txt'])
  expect(code).toBe(0)
  expect(readFileSync(home.path('bundle.txt'), 'utf8')).toContain('there is no config')
})
