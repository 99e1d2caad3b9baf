// How much memory strangers can have the daemon take, in a process of its own.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { hashPassword } from '../../src/config/password.ts'
import { home } from './house.ts'

/** Signs in so often at once, and tells what came of it and the most memory that the process ever held, in MB. */
const script = `
  import { request } from 'node:http'
  const { startApp } = await import(${JSON.stringify(join(home, 'src/app/app.ts'))})
  const { loadConfig } = await import(${JSON.stringify(join(home, 'src/config/load.ts'))})
  const pino = (await import(${JSON.stringify(join(home, 'node_modules/pino/pino.js'))})).default
  const config = await loadConfig(process.argv[1], {})
  const ending = new AbortController()
  const listening = { ...config, console: { ...config.console, port: 0 } }
  const app = await startApp({ config: listening, log: pino({ level: 'silent' }), env: {} }, ending.signal)
  const { port } = app.console
  const signIn = (i) => new Promise((done, fail) => {
    const body = JSON.stringify({ role: i % 2 ? 'wearer' : 'keyholder', password: 'a wrong password' })
    const headers = { 'content-type': 'application/json', 'x-lockwarden': '1', origin: 'http://127.0.0.1:' + port, 'x-forwarded-for': '203.0.113.' + i }
    const asking = request({ host: '127.0.0.1', port, path: '/api/sign-in', method: 'POST', headers, agent: false }, (response) => {
      response.resume().on('end', () => done([response.statusCode, response.headers['retry-after'] ?? '']))
    })
    asking.on('error', fail)
    asking.end(body)
  })
  const before = process.resourceUsage().maxRSS / 1024
  const replies = await Promise.all(Array.from({ length: 64 }, (_, i) => signIn(i)))
  const after = process.resourceUsage().maxRSS / 1024
  ending.abort()
  await app.done
  console.log(JSON.stringify({ before, after, replies }))
`

test('64 sign-ins at once take the memory of one, and those too many are told so at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-memory-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'rules'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('keyholder', await hashPassword('kept by bob 1'))
  write('wearer', await hashPassword('worn by alice 2'))
  const console = {
    trusted_proxy: '127.0.0.1',

    keyholder_password_file: './keyholder',
    wearer_password_file: './wearer',
  }
  const locks = { main: { chastify: { token: 'abc', base_url: 'http://127.0.0.1:9' } } }
  write('config.yaml', JSON.stringify({ version: 1, timezone: 'UTC', locks, console }))
  const config = join(folder, 'config.yaml')
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, config])
  const { before, after, replies } = JSON.parse(stdout) as {
    before: number
    after: number
    replies: [number, string][]
  }
  expect({ after, isBelow: after < 200 }).toEqual({ after, isBelow: true })
  expect({ before, after, isLittle: after - before < 64 }).toEqual({ before, after, isLittle: true })
  const judged = replies.filter(([status]) => status === 401)
  const refused = replies.filter(([status, wait]) => status === 429 && wait === '5')
  expect(judged.length).toBeGreaterThan(0)
  expect(judged.length + refused.length).toBe(64)
})
