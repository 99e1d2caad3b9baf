// What people and containers are told of a daemon that answers although a loop of it stands still.
import { mkdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { listen, socketOf } from '../../src/daemon/control.ts'
import type { Health } from '../../src/queries/health.ts'
import { household } from './daemon.ts'
import { openServices } from './services.ts'

const words = 'its loop has stood still for 1 min 30 s; the log tells why; else start it again'

describe.concurrent('a daemon', () => {
  test.for<[string, Health, number, string]>([
    ['that goes round', { ok: true, troubles: [] }, 0, 'alive\n'],
    ['whose loop stands still', { ok: false, troubles: [`main: ${words}`] }, 1, `main: ${words}`],
  ])('%s: health says so', async ([, answer, code, said], { expect }) => {
    await using services = await openServices()
    await using home = household(services)
    mkdirSync(home.data)
    const control = await listen(socketOf(home.data), { health: () => answer })
    const told = await home.run(['health'])
    await control.close()
    expect(told.out.startsWith(said)).toBe(true)
    expect(told.code).toBe(code)
  })

  test('whose loop stands still: doctor names it as a fault', async () => {
    await using services = await openServices()
    await using home = household(services)
    mkdirSync(home.data, { mode: 0o700 })
    const lock = { lock: 'main', stuckSeconds: 90, standstill: null, mend: null, services: [], unsettled: [] }
    const status = () => ({ faults: [], limitsFaulty: false, restartNeeded: false, locks: [lock] })
    const control = await listen(socketOf(home.data), { status })
    const told = await home.run(['doctor'])
    await control.close()
    expect(told.out).toMatch(new RegExp(`^fault +main: daemon: ${words}`, 'm'))
    expect(told.code).toBe(1)
  })
})
