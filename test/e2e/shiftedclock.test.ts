// The wall clock of the daemon's process is set while a device runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { household } from './daemon.ts'
import { openServices } from './services.ts'

const [second, hour, day] = [1000, 3_600_000, 86_400_000]
const eachMs = 5000
const rules = `rules:
  - { id: one, when: lock.taskPoints > 0, then: [{ device: { command: vibration.start } }] }
  - { id: two, when: lock.taskPoints > 1, then: [{ log: { title: again } }] }
`
const limits = {
  allow: ['device', 'log'],
  device: { each: '5s', quiet: 'unlimited', commands: ['vibration.start'], params: 'unlimited' },
}
const shifts = [
  ['back by an hour', -hour],
  ['on by 400 days', 400 * day],
  ['back by 20 s', -20 * second],
  ['on by 60 s', 60 * second],
  ['back by 60 s', -60 * second],
  ['on by an hour', hour],
  ['back by 400 days', -400 * day],
] as const
/** Each of them takes some seconds; two are enough for every day. */
const tried = process.env.LOCKWARDEN_LONG ? shifts : shifts.slice(0, 2)

describe.concurrent('the clock of the machine', () => {
  test.each(tried)('set %s for a while: the device is stopped in time, and all goes on', async (_, by) => {
    const folder = mkdtempSync(join(tmpdir(), 'lockwarden-clock-'))
    const file = join(folder, 'shift')
    const preload = fileURLToPath(new URL('./shiftedclock.ts', import.meta.url))
    await using services = await openServices()
    const chastify = { token: 'dev-Ch4stifySecretTokenAAAA1111', base_url: services.url, device: { route: 'app' } }
    await using home = household(services, {
      limits,
      rules: { one: rules },
      lock: { chastify },
      env: { NODE_OPTIONS: `--import=${preload}`, LOCKWARDEN_TEST_SHIFT: file },
    })
    const daemon = home.start('run')
    const commands = () => services.posts('/api/apps/v1/device-command')
    services.points = 1
    await daemon.until('the start', () => commands().length === 1)
    writeFileSync(file, String(by))
    await daemon.until('the stop', () => commands().length === 2)
    const [start, stop] = commands()
    expect(stop?.body).toEqual({ command: 'all.stop' })
    expect((stop?.at ?? 0) - (start?.at ?? 0)).toBeLessThanOrEqual(eachMs + second)
    writeFileSync(file, '0')
    // Nothing that was stored meanwhile keeps the right clock from being believed, in this process or the next.
    await daemon.term()
    services.points = 2
    const next = home.start('run')
    await next.until('the other rule', () => services.done.includes('log'))
    expect((await home.run(['status'])).out).not.toMatch(/NOTHING IS/)
    const starts = commands().filter(({ body }) => (body as { command: string }).command === 'vibration.start')
    expect(starts).toHaveLength(1)
    rmSync(folder, { recursive: true })
  })
})
