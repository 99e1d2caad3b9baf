// The daemon is ended, started again and told to read again, by its commands, by signals, and through npm.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listen } from '../../src/daemon/control.ts'
import { Daemon, household, project } from './daemon.ts'
import { Services } from './services.ts'

const rule = (id: string) => `rules:\n  - id: ${id}\n    when: lock.taskPoints > 1000000\n    then: [log: Never]\n`

describe.concurrent('a daemon', () => {
  test('is ended by quit, wherever it is asked from', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    const none = await home.run(['quit'])
    expect([none.code, none.out]).toEqual([0, `No daemon runs on ${home.data}.\n`])
    const daemon = home.start('run')
    await daemon.says('watching with')
    const said = await home.run(['quit', '--data', home.data])
    expect([said.code, said.all]).toEqual([0, 'The daemon has ended.\n'])
    expect((await daemon.ended).code).toBe(0)
    expect(existsSync(join(home.data, 'daemon.json'))).toBe(false)
  })

  test('that does not answer is ended by its process', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    const daemon = home.start('run')
    await daemon.says('watching with')
    const tenant = JSON.parse(readFileSync(join(home.data, 'daemon.json'), 'utf8'))
    expect(tenant.version).toMatch(/^\d+\.\d+\.\d+/)
    // A socket that nobody listens on.
    const asking = home.path('control.sock')
    writeFileSync(asking, '')
    await home.run(['quit'])
    expect((await daemon.ended).code).toBe(0)
  })

  test('is started again by who started it, and told what to do where nobody would', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    const alone = home.start('run')
    await alone.says('watching with')
    const refused = await home.run(['restart'])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('nothing would start the daemon again; end it with "lockwarden quit"')
    expect(alone.over).toBe(false)
    await home.run(['quit'])
    await alone.ended
    home.env.INVOCATION_ID = '0123456789abcdef0123456789abcdef'
    const unit = home.start('run')
    await unit.says('watching with')
    const said = await home.run(['restart'])
    expect(said.code).toBe(0)
    expect(said.out).toMatch(/^The daemon has ended, and systemd starts it again/)
    expect((await unit.ended).code).toBe(75)
    const gone = await home.run(['restart'])
    expect([gone.code, gone.err]).toEqual([1, `lockwarden: no daemon runs on ${home.data}; start "lockwarden run"\n`])
  })

  test('reads its files again on SIGHUP, and goes on', async () => {
    await using services = await new Services().listen()
    await using home = household(services, { rules: { one: rule('first') } })
    const daemon = home.start('run')
    await daemon.until('an answer', async () => (await home.run(['health'])).code === 0)
    daemon.process.kill('SIGHUP')
    await daemon.says('the files are read again')
    home.write('rules/one.yaml', rule('second'))
    daemon.process.kill('SIGHUP')
    await daemon.says('rules and limits were read again')
    expect((await home.run(['health'])).code).toBe(0)
    expect((await daemon.term()).code).toBe(0)
  })

  test('that a terminal and its parent both tell to end is told once', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    const daemon = home.start('run')
    await daemon.says('watching with')
    daemon.process.kill('SIGINT')
    daemon.process.kill('SIGINT')
    expect((await daemon.ended).code).toBe(0)
    expect(daemon.said).toContain('ended')
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('started by npm ends on %s to npm', async (signal) => {
    await using services = await new Services().listen()
    await using home = household(services)
    const npm = new Daemon(
      spawn('npm', ['--prefix', project, 'start', '--', '--config', home.path('config.yaml')], {
        cwd: home.folder,
        env: { ...home.env, npm_config_update_notifier: 'false' },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    home.daemons.push(npm)
    await npm.says('watching with')
    await npm.kill(signal, 10_000)
    await npm.until('the end of the daemon', () => !existsSync(join(home.data, 'daemon.json')))
    expect(npm.said).toMatch(/"msg":"ended"/)
  })

  test('tells what holds now while its config is broken', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    const whole = readFileSync(home.path('config.yaml'), 'utf8')
    home.write('config.yaml', whole.replace('"version": 1', '"version": 1, "polls": 3'))
    const words = [['status'], ['facts'], ['why', 'quiet'], ['history']]
    for (const one of words) {
      const without = await home.run(one)
      expect([one, without.code, without.out]).toEqual([one, 2, ''])
      expect(without.err).toMatch(/config\.yaml:\d+:\d+: .*polls/)
    }
    home.write('config.yaml', whole)
    const daemon = home.start('run')
    await daemon.says('watching with')
    home.write('config.yaml', whole.replace('"version": 1', '"version": 1, "polls": 3'))
    await daemon.says('the config is faulty')
    const said = await home.run(['status'])
    expect(said.code).toBe(0)
    expect(said.out).toContain('THE CONFIG IS FAULTY: nothing restrictive is sent until it is fixed')
    expect(said.out).toMatch(/config\.yaml:\d+:\d+: .*polls/)
    expect(said.out).toContain('main (live)')
    expect(await home.json(['status'])).toMatchObject({ running: true, limitsFaulty: true })
    const [facts, why, history] = await Promise.all(words.slice(1).map((one) => home.run(one)))
    expect(facts).toMatchObject({ code: 0, out: expect.stringMatching(/^lock\.taskPoints +0 /m), err: '' })
    expect(why).toMatchObject({ code: 0, out: expect.stringMatching(/^quiet \(lock main, live\)/), err: '' })
    expect(history).toMatchObject({ code: 0, out: 'nothing was done yet\n', err: '' })
    expect(await home.run(['facts', 'lock.taskPonts'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean lock.taskPoints?'),
    })
  })

  test('of another build than the command is named by it', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    mkdirSync(home.data, { mode: 0o700 })
    // An answer of a build whose status had another form.
    const health = () => ({ ok: true, troubles: [] })
    const older = await listen(home.path('data/control.sock'), { status: () => ({ faults: 3 }), health }, '0.0.1 (old)')
    const status = await home.run(['status'])
    expect(status.code).toBe(1)
    expect(status.err).toMatch(
      /^lockwarden: the answer of the daemon is not understood: the running daemon is lockwarden 0\.0\.1 \(old\), and this command .*; start it again\n$/,
    )
    const well = await home.run(['health'])
    expect([well.code, well.out, well.err]).toEqual([
      0,
      'alive\n',
      expect.stringContaining('is lockwarden 0.0.1 (old)'),
    ])
    await older.close()
    const daemon = home.start('run')
    await daemon.until('an answer', async () => (await home.run(['health'])).code === 0)
    const same = await home.run(['status'])
    expect([same.code, same.all.includes('the running daemon is')]).toEqual([0, false])
    const version = (await home.run(['--version'])).out.trim()
    expect(version).toMatch(/^\d+\.\d+\.\d+( \([0-9a-f]{7}, \d{4}-\d\d-\d\d\))?$/)
  })
})
