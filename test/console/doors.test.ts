// Who gets in, and from where: everything that is refused before anybody looks at what was asked.
import { describe, expect, test } from 'vitest'
import { House, passwords } from './house.ts'

const signIn = (role: string, password: string) => ({ body: { role, password } })

describe.concurrent('signing in', () => {
  test('with the right password, a session in a cookie that no script and no other site can use', async () => {
    await using house = await House.open()
    const reply = await house.ask('/api/sign-in', signIn('keyholder', passwords.keyholder))
    expect(reply.status).toBe(200)
    expect(reply.json).toMatchObject({ role: 'keyholder', may: ['stop', 'set', 'settle', 'edit-rules'] })
    const [cookie = '', ...more] = reply.headers['set-cookie'] ?? []
    expect(more).toEqual([expect.stringMatching(/^lockwarden-device-keyholder=.*; HttpOnly; SameSite=Strict$/)])
    expect(cookie).toMatch(/^lockwarden=[\w-]{43};/)
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Strict/)
    expect(cookie).toMatch(/; Path=\//)
    expect(cookie).not.toMatch(/Domain/)
  })

  test('behind https the cookie is for https alone', async () => {
    await using house = await House.open({ console: { url: 'https://lock.example.net' } })
    const reply = await house.ask('/api/sign-in', {
      ...signIn('wearer', passwords.wearer),
      headers: { host: 'lock.example.net', origin: 'https://lock.example.net' },
    })
    expect(reply.status).toBe(200)
    expect(reply.headers['set-cookie']?.[0]).toMatch(/^__Host-lockwarden=.*; Secure/)
  })

  test('a wrong password, or that of the other, is refused', async () => {
    await using house = await House.open()
    for (const password of ['', 'wrong', passwords.wearer, `${passwords.keyholder} `]) {
      const reply = await house.ask('/api/sign-in', signIn('keyholder', password))
      expect([password, reply.status]).toEqual([password, 401])
      expect(reply.headers['set-cookie']).toBeUndefined()
    }
  })

  test('the eleventh try is refused even with the right password, for this role alone', async () => {
    await using house = await House.open()
    const tries = await Promise.all(
      Array.from({ length: 14 }, () => house.ask('/api/sign-in', signIn('keyholder', 'wrong'))),
    )
    expect(tries.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(4)
    while ((await house.ask('/api/sign-in', signIn('keyholder', 'wrong'))).status === 401);
    const right = await house.ask('/api/sign-in', signIn('keyholder', passwords.keyholder))
    expect(right.status).toBe(429)
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(600)
    expect(right.headers['set-cookie']).toBeUndefined()
    const wearer = await house.as('wearer')
    const { json: audit } = await wearer.ask('/api/audit')
    const said = audit.map(({ what }: { what: string }) => what)
    expect(said.filter((what: string) => what === 'sign-in-failed')).toHaveLength(1)
    expect(said.filter((what: string) => what === 'sign-in-refused')).toHaveLength(1)
    await house.end()
    expect(house.read('data/audit.jsonl')).toContain('a wrong password for keyholder: 9 more times"')
    expect(house.read('data/audit.jsonl')).not.toContain(passwords.keyholder)
  })

  test('ten right ones in a row use nothing up', async () => {
    await using house = await House.open()
    for (let i = 0; i < 11; i++) await house.as('keyholder')
  })

  test('out again, the cookie opens nothing; nor does one after a restart, or one made up', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const wearer = await house.as('wearer')
    expect((await keyholder.ask('/api/status')).status).toBe(200)
    expect((await keyholder.ask('/api/sign-out', { body: {} })).status).toBe(200)
    expect((await keyholder.ask('/api/status')).status).toBe(401)
    expect((await wearer.ask('/api/status')).status).toBe(200)
    await house.end()
    await house.start()
    expect((await wearer.ask('/api/status')).status).toBe(401)
    const made = await house.ask('/api/status', { headers: { cookie: `lockwarden=${'A'.repeat(43)}` } })
    expect(made.status).toBe(401)
  })
})

describe.concurrent('without a session', () => {
  test('nothing is shown and nothing done', async () => {
    await using house = await House.open()
    const paths = ['status', 'facts', 'history', 'why?rule=many-points', 'rules', 'limits', 'inputs', 'ahead']
    const more = ['unsettled', 'audit', 'events', 'rule-files', 'rule-files/ours.yaml?lock=main', 'examples']
    for (const path of [...paths, ...more]) {
      const reply = await house.ask(`/api/${path}`)
      expect([path, reply.status]).toEqual([path, 401])
    }
    const lock = 'main'
    const changes = { stop: {}, resume: {}, accept: { lock }, set: { input: 'vacation', value: 'on' } }
    for (const [path, body] of Object.entries({ ...changes, settle: { id: 'x', happened: true } })) {
      const reply = await house.ask(`/api/${path}`, { body })
      expect([path, reply.status]).toEqual([path, 401])
    }
    const save = await house.ask('/api/rule-files/ours.yaml', {
      method: 'PUT',
      body: { lock, text: '', version: null },
    })
    expect(save.status).toBe(401)
    const { json } = await house.ask('/api/session')
    expect(json).toMatchObject({ role: null, viewOnly: false, locks: [], may: [] })
    expect(house.has('data/STOP')).toBe(false)
  })

  test('and without any password, all is shown on this machine and nothing done', async () => {
    await using house = await House.open({ withoutPasswords: true })
    expect((await house.ask('/api/session')).json).toMatchObject({ role: null, viewOnly: true, locks: ['main'] })
    expect((await house.ask('/api/status')).status).toBe(200)
    const stop = await house.ask('/api/stop', { body: {} })
    expect(stop.status).toBe(403)
    expect(stop.json.code).toBe('view-only')
    expect((await house.ask('/api/sign-in', signIn('wearer', passwords.wearer))).status).toBe(401)
  })
})

describe.concurrent('from elsewhere', () => {
  test.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example', '127.0.0.2'])(
    'the forged host "%s" is not answered',
    async (host) => {
      await using house = await House.open()
      const wearer = await house.as('wearer')
      for (const path of ['/', '/api/session', '/api/status']) {
        const reply = await wearer.ask(path, { headers: { host } })
        expect([path, reply.status]).toEqual([path, 421])
        expect(reply.text).not.toContain('"locks"')
      }
    },
  )

  test('this machine is answered under its three names', async () => {
    await using house = await House.open()
    for (const host of [`localhost:${house.port}`, `127.0.0.1:${house.port}`, `[::1]:${house.port}`]) {
      expect((await house.ask('/api/session', { headers: { host } })).status).toBe(200)
    }
  })

  test('what changes something comes from a page of our own, whatever cookie it brings', async () => {
    await using house = await House.open({ console: { url: 'https://lock.example.net' } })
    const wearer = await house.as('wearer')
    const forged: Record<string, Record<string, string | undefined>> = {
      'another origin': { origin: 'https://evil.example' },
      'the origin of another port': { origin: 'http://127.0.0.1:1' },
      'the other of our own origins': { origin: 'https://lock.example.net' },
      'no origin': { origin: undefined },
      'the origin null': { origin: 'null' },
      'a form of another site': { 'sec-fetch-site': 'cross-site' },
      'another page of the same site': { 'sec-fetch-site': 'same-site' },
      'no header of our own': { 'x-lockwarden': undefined },
    }
    for (const [what, headers] of Object.entries(forged)) {
      const reply = await wearer.ask('/api/stop', { body: {}, headers })
      expect([what, reply.status]).toEqual([what, 403])
    }
    const form = await wearer.ask('/api/stop', {
      raw: 'lock=main',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(form.status).toBe(415)
    const text = await wearer.ask('/api/stop', { raw: '{}', headers: { 'content-type': 'text/plain' } })
    expect(text.status).toBe(415)
    for (const method of ['DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD']) {
      expect((await wearer.ask('/api/stop', { method })).status).toBe(405)
    }
    expect(house.has('data/STOP')).toBe(false)
    expect((await wearer.ask('/api/stop', { body: {} })).status).toBe(200)
    expect(house.has('data/STOP')).toBe(true)
  })
})

describe.concurrent('every response', () => {
  test('carries the headers that keep other sites and scripts out', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const replies = {
      page: await house.ask('/'),
      'no page': await house.ask('/nothing.html'),
      data: await keyholder.ask('/api/status'),
      'signed out': await house.ask('/api/status'),
      'a wrong host': await house.ask('/', { headers: { host: 'evil.example' } }),
      'a wrong origin': await house.ask('/api/stop', { body: {}, headers: { origin: 'https://evil.example' } }),
      'no JSON': await keyholder.ask('/api/stop', { raw: '{' }),
      'too large': await keyholder.ask('/api/stop', { raw: 'x'.repeat(300_000) }),
    }
    for (const [what, { headers }] of Object.entries(replies)) {
      expect([what, headers['content-security-policy']]).toEqual([
        what,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      ])
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cache-control']).toMatch(/^no-(store|cache)$/)
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('a body of 10 MB is refused, and the next request is answered', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const huge = JSON.stringify({ lock: 'x'.repeat(10_000_000) })
    for (const path of ['/api/stop', '/api/rule-files/check']) {
      const reply = await keyholder.ask(path, { raw: huge }).catch((error) => ({ status: error.code }))
      expect(reply.status).toBeOneOf([413, 'EPIPE', 'ECONNRESET'])
      const chunked = await keyholder
        .ask(path, { raw: huge, headers: { 'transfer-encoding': 'chunked' } })
        .catch((error) => ({ status: error.code }))
      expect(chunked.status).toBeOneOf([413, 'EPIPE', 'ECONNRESET'])
    }
    expect((await keyholder.ask('/api/status')).status).toBe(200)
  })

  test('no path leads out of the pages', async () => {
    await using house = await House.open()
    for (const path of ['/../server.ts', '/..%2fserver.ts', '/%2e%2e/server.ts', '//etc/passwd', '/api/../../x']) {
      expect([path, (await house.ask(path)).status]).toEqual([path, 404])
    }
  })
})
