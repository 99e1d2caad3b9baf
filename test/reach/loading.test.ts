// What the config does not name is not even loaded: seen in the list of scripts that V8 keeps.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { House, until } from './house.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')

/** The parts and libraries of ours that a daemon with this config has loaded at its end. */
async function loadedWith(more: Record<string, unknown>): Promise<string[]> {
  await using house = await House.open()
  await house.end()
  const config = JSON.parse(house.read('config.yaml')) as Record<string, unknown>
  house.write('config.yaml', JSON.stringify({ ...config, ...more }))
  const scripts = join(house.folder, 'scripts')
  const env = { ...process.env, NODE_V8_COVERAGE: scripts }
  const daemon = spawn(process.execPath, [main, 'run'], { cwd: house.folder, env })
  let said = ''
  daemon.stdout.on('data', (text: Buffer) => {
    said += text.toString('utf8')
  })
  const gone = once(daemon, 'exit')
  await until('the lock', () => said.includes('the lock is'))
  daemon.kill('SIGTERM')
  await gone
  const text = readdirSync(scripts)
    .map((name) => readFileSync(join(scripts, name), 'utf8'))
    .join('')
  const rooms = [
    '/src/reach/metrics/',
    '/src/reach/mqtt/',
    '/src/reach/tell/',
    '/src/config/commonpasswords.ts',
    '/simulated/',
  ]
  const parts = [...rooms, '/prom-client/', '/node_modules/mqtt/', '/@zxcvbn-ts/']
  expect(text).toContain('/src/app/app.ts')
  return parts.filter((part) => text.includes(part))
}

test('nothing without a section, and of one section only its own', async () => {
  expect(await loadedWith({})).toEqual([])
  expect(await loadedWith({ console: { listen: '127.0.0.1:29465' } })).toEqual([])
  expect(await loadedWith({ metrics: { listen: '127.0.0.1:29464' } })).toEqual(['/src/reach/metrics/', '/prom-client/'])
  expect(await loadedWith({ mqtt: { url: 'mqtt://127.0.0.1:9' } })).toEqual(['/src/reach/mqtt/', '/node_modules/mqtt/'])
})
