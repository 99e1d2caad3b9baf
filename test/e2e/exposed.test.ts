// What others on the machine can get at: the rules, the memory of the daemon.
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
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
