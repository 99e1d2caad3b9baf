// What strangers, the other role and slow connections can do to those who are in; and what a proxy says of them.
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { say } from '../check/support.ts'
import { House, type Person, passwords, until } from './house.ts'

const wrong = (role: string) => ({ body: { role, password: 'a wrong password' } })
const right = (role: 'keyholder' | 'wearer') => ({ body: { role, password: passwords[role] } })

/** A connection that says no more than it is given; what comes back stands in `heard`. */
function opened(house: House, text: string): Promise<{ socket: Socket; heard: string; ended: Promise<void> }> {
  return new Promise((done) => {
    const socket = connect(house.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    const ended = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    const one = { socket, heard: '', ended }
    socket.setEncoding('utf8').on('data', (chunk) => {
      one.heard += chunk
    })
    socket.on('error', () => undefined)
    socket.once('connect', () => socket.write(text, () => done(one)))
    socket.once('close', () => done(one))
  })
}

function headOf(house: House, path: string, more: Record<string, string>, method = 'POST'): string {
  const usual = { host: `127.0.0.1:${house.port}`, origin: house.origin, 'x-lockwarden': '1' }
  const lines = Object.entries({ ...usual, 'content-type': 'application/json', ...more })
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** The cookies of a sign-in, as a browser sends them back. */
async function cookiesOf(house: House, role: 'keyholder' | 'wearer'): Promise<string> {
  const { headers } = await house.ask('/api/sign-in', right(role))
  return (headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ')
}

test('three hundred silent connections keep out nobody who has a session, nor who signs in, nor the commands', async () => {
  await using house = await House.open()
  const wearer = await house.as('wearer')
  const silent = await Promise.all(Array.from({ length: 150 }, () => opened(house, '')))
  const slow = await Promise.all(
    Array.from({ length: 150 }, () => opened(house, headOf(house, '/api/sign-in', { 'content-length': '60' }))),
  )
  expect((await wearer.ask('/api/stop', { body: {} })).status).toBe(200)
  expect((await wearer.ask('/api/resume', { body: {} })).status).toBe(200)
  expect((await (await house.as('keyholder')).ask('/api/status')).status).toBe(200)
  expect(await say(['stop'], house.folder)).toMatchObject({ code: 0, err: [] })
  expect((await say(['status'], house.folder)).out.join('\n')).toContain('STOPPED')
  expect([...silent, ...slow].filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(100)
})

test('a body from nobody is not waited for', async () => {
  await using house = await House.open()
  const large = { 'content-length': '200000' }
  for (const [path, more, status] of [
    ['/api/stop', large, 401],
    ['/api/rule-files/check', large, 401],
    ['/api/rule-files/check', { 'transfer-encoding': 'chunked' }, 401],
    ['/api/rule-files/check', { ...large, expect: '100-continue' }, 401],
    ['/%61pi/sign-in', large, 401],
    ['/api/sign-in', large, 413],
    ['/api/sign-in', { ...large, expect: '100-continue' }, 413],
  ] as const) {
    const one = await opened(house, headOf(house, path, more))
    await one.ended
    expect([path, one.heard.split('\r\n')[0]]).toEqual([path, expect.stringContaining(`HTTP/1.1 ${status} `)])
  }
  const got = await opened(house, headOf(house, '/', large, 'GET'))
  await got.ended
  expect(got.heard).toMatch(/^HTTP\/1.1 401 /)
})

test('who says nothing, or too slowly, is let go', async () => {
  await using house = await House.open()
  const all = await Promise.all([
    opened(house, ''),
    opened(house, 'GET / HTTP/1.1\r\nhost: '),
    opened(house, headOf(house, '/api/sign-in', { 'content-length': '60' })),
  ])
  await Promise.all(all.map(({ ended }) => ended))
})

test('ten wrong passwords shut out strangers of that address, not a device that was in before', async () => {
  await using house = await House.open()
  const cookie = await cookiesOf(house, 'wearer')
  const device = cookie.split('; ').find((one) => one.startsWith('lockwarden-device-wearer=')) ?? ''
  for (let i = 0; i < 10; i++) expect((await house.ask('/api/sign-in', wrong('wearer'))).status).toBe(401)
  expect((await house.ask('/api/sign-in', right('wearer'))).status).toBe(429)
  const known = { ...right('wearer'), headers: { cookie: device } }
  expect((await house.ask('/api/sign-in', known)).status).toBe(200)
  const forged = { ...right('wearer'), headers: { cookie: `${device.slice(0, -6)}AAAAAA` } }
  expect((await house.ask('/api/sign-in', forged)).status).toBe(429)
  await house.end()
  await house.start()
  for (let i = 0; i < 10; i++) {
    expect((await house.ask('/api/sign-in', { ...wrong('wearer'), headers: { cookie: device } })).status).toBe(401)
  }
  expect((await house.ask('/api/sign-in', known)).status).toBe(429)
  expect((await house.ask('/api/sign-in', right('wearer'))).status).toBe(200)
})

test('behind a proxy that is trusted each has an address and tries of their own', async () => {
  await using house = await House.open({ console: { trusted_proxy: '127.0.0.0/8' } })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  for (let i = 0; i < 10; i++) {
    // What a stranger writes before it is no address of theirs.
    const headers = from(`198.51.100.${i}, 203.0.113.9`)
    expect((await house.ask('/api/sign-in', { ...wrong('wearer'), headers })).status).toBe(401)
  }
  expect((await house.ask('/api/sign-in', { ...right('wearer'), headers: from('203.0.113.9') })).status).toBe(429)
  const other = await house.ask('/api/sign-in', { ...right('wearer'), headers: from('203.0.113.10') })
  expect(other.status).toBe(200)
  const cookie = String(other.headers['set-cookie']?.[0]).split(';')[0] ?? ''
  const { json } = await house.ask('/api/audit', { headers: { cookie } })
  const addresses = json.map(({ who }: { who: { address: string } }) => who.address)
  expect([addresses[0], ...new Set(addresses.slice(1))]).toEqual(['203.0.113.10', '203.0.113.9'])
})

test('browsers are told to come by https alone, where they did', async () => {
  await using house = await House.open({
    console: { url: 'https://lock.example.net', trusted_proxy: '127.0.0.1' },
  })
  const told = async (headers: Record<string, string>) =>
    (await house.ask('/api/session', { headers })).headers['strict-transport-security']
  expect(await told({ host: 'lock.example.net' })).toBe('max-age=31536000')
  expect(await told({ 'x-forwarded-proto': 'https' })).toBe('max-age=31536000')
  expect(await told({})).toBeUndefined()
  const refused = await house.ask('/', { headers: { host: 'evil.example', 'x-forwarded-proto': 'https' } })
  expect([refused.status, refused.headers['strict-transport-security']]).toEqual([421, 'max-age=31536000'])
  await using plain = await House.open()
  const { headers } = await plain.ask('/api/session', { headers: { 'x-forwarded-proto': 'https' } })
  expect(headers['strict-transport-security']).toBeUndefined()
})

test('another site gets nothing from behind the pages, however it writes the path', async () => {
  await using house = await House.open()
  const wearer = await house.as('wearer')
  const ask = (path: string, site: string) => wearer.ask(path, { headers: { 'sec-fetch-site': site } })
  for (const path of ['/api/status', '/%61pi/status', '/api/%73tatus', '/x/../api/status', '/./api/status']) {
    for (const site of ['cross-site', 'same-site']) {
      const { status, text } = await ask(path, site)
      expect([path, status]).toEqual([path, expect.toBeOneOf([403, 404])])
      expect(text).not.toContain('"locks"')
    }
  }
  expect((await ask('/%61pi/status', 'cross-site')).status).toBe(403)
  for (const site of ['same-origin', 'none']) expect((await ask('/api/status', site)).status).toBe(200)
  expect((await ask('/', 'cross-site')).status).toBe(200)
})

test('pages of one role take the place of no other’s, and those of a session end with it', async () => {
  await using house = await House.open()
  const listen = (cookie: string) => opened(house, headOf(house, '/api/events', { cookie }, 'GET'))
  const keyholders: Person[] = []
  for (let i = 0; i < 4; i++) keyholders.push(await house.as('keyholder'))
  const streams = await Promise.all(keyholders.flatMap(({ cookie }) => [1, 2, 3, 4].map(() => listen(cookie))))
  await until('all answers', async () => streams.every(({ heard }) => heard.includes('\r\n\r\n')))
  const open = streams.filter(({ heard }) => heard.startsWith('HTTP/1.1 200'))
  expect(open).toHaveLength(12)
  const wearer = await house.as('wearer')
  const own = await listen(wearer.cookie)
  await until('an answer', async () => own.heard.startsWith('HTTP/1.1 200'))
  expect((await keyholders[0]?.ask('/api/sessions/end', { body: { others: true } }))?.json).toEqual({ ended: 3 })
  await until('the end of the others', async () => open.filter(({ socket }) => !socket.destroyed).length === 4)
  expect(own.socket.destroyed).toBe(false)
})

test('heavy questions are answered one at a time, and too many are told so at once', async () => {
  await using house = await House.open()
  const keyholder = await house.as('keyholder')
  const text = `rules:\n${Array.from({ length: 200 }, (_, i) => `  - { id: r${i}, when: lock.taskPoints > ${i}, then: [ log: x ] }\n`).join('')}`
  const body = { lock: 'main', name: 'more.yaml', text }
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => keyholder.ask('/api/rule-files/preview', { body })),
  )
  const count = (status: number) => replies.filter((reply) => reply.status === status).length
  expect(count(200) + count(429)).toBe(20)
  expect(count(200)).toBeGreaterThan(0)
  expect(count(429)).toBeGreaterThan(0)
  expect(replies.find(({ status }) => status === 429)?.headers['retry-after']).toBe('5')
})

test('the daemon answers while rules are looked at, however many they are', async () => {
  await using house = await House.open()
  const keyholder = await house.as('keyholder')
  const rule = (i: number) => `  - { id: r${i}, when: lock.taskPoints > ${i}, then: [ log: x ] }\n`
  const text = `rules:\n${Array.from({ length: 1500 }, (_, i) => rule(i)).join('')}`
  let isDone = false
  const looking = keyholder
    .ask('/api/rule-files/preview', { body: { lock: 'main', name: 'more.yaml', text } })
    .finally(() => {
      isDone = true
    })
  let answers = 0
  while (!isDone) {
    expect((await house.ask('/api/session')).status).toBe(200)
    answers += 1
  }
  const { json } = await looking
  expect([json.ok, json.sentences.length]).toEqual([true, 1500])
  expect(answers).toBeGreaterThan(20)
})
