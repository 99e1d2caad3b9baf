// Passwords that are asked for again, changed from a page, and replaced on disk; and the sessions that end with them.
import { renameSync, rmSync, statSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hashPassword } from '../../src/config/password.ts'
import { confirmedMs } from '../../src/console/session.ts'
import { House, passwords, until } from './house.ts'

afterEach(() => void vi.restoreAllMocks())

const signIn = (role: string, password: string) => ({ body: { role, password } })

/** Has the clock that nobody sets run ahead. */
function ahead(ms: number): void {
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms)
}

describe('what weighs more', () => {
  test('asks for the password where it was not given lately', async () => {
    await using house = await House.open({ lock: { new_lock: 'ask' } })
    const wearer = await house.as('wearer')
    await until('the lock', async () => (await wearer.ask('/api/status')).json.locks[0].session)
    await wearer.ask('/api/stop', { body: {} })
    ahead(confirmedMs + 1000)
    for (const [path, body] of Object.entries({
      resume: {},
      accept: { lock: 'main' },
      'sessions/end': { others: true },
    })) {
      const asked = await wearer.ask(`/api/${path}`, { body })
      expect([path, asked.status, asked.json.code]).toEqual([path, 401, 'confirm'])
    }
    expect(house.has('data/STOP')).toBe(true)
    // Stopping never waits for anything.
    expect((await wearer.ask('/api/stop', { body: {} })).status).toBe(200)
    expect((await wearer.ask('/api/confirm', { body: { password: passwords.keyholder } })).status).toBe(422)
    expect((await wearer.ask('/api/resume', { body: {} })).status).toBe(401)
    expect((await wearer.ask('/api/confirm', { body: { password: passwords.wearer } })).status).toBe(200)
    expect((await wearer.ask('/api/resume', { body: {} })).status).toBe(200)
    expect((await wearer.ask('/api/accept', { body: { lock: 'main' } })).status).toBe(200)
    const { json } = await wearer.ask('/api/audit')
    expect(json.filter(({ what }: { what: string }) => what === 'refused')).toEqual([])
    expect(json.filter(({ what }: { what: string }) => what === 'sign-in-failed')).toHaveLength(1)
  })

  test('and whoever sits before an open page guesses no faster than at the door', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    const confirm = (password: string) => wearer.ask('/api/confirm', { body: { password } })
    for (let i = 0; i < 10; i++) expect((await confirm('a wrong password')).status).toBe(422)
    expect((await confirm(passwords.wearer)).status).toBe(429)
    await house.as('wearer')
  })
})

describe('a password changed from a page', () => {
  test('is the new one on disk and at the door, and ends all other sessions of its role', async () => {
    await using house = await House.open()
    const [here, there] = [await house.as('wearer'), await house.as('wearer')]
    const keyholder = await house.as('keyholder')
    const before = house.read('secrets/wearer')
    const change = (old: string, wanted: string) =>
      here.ask('/api/password', { body: { old, new: wanted } }).then(({ status, json }) => [status, json.error ?? ''])
    expect(await change('not the old one', 'sunlit gravel 7')).toEqual([422, 'this is not the password'])
    expect(await change(passwords.wearer, 'short')).toEqual([422, expect.stringContaining('at least 8')])
    expect(await change(passwords.wearer, 'Password123')).toEqual([422, expect.stringContaining('first that anybody')])
    expect(await change(passwords.wearer, passwords.keyholder)).toEqual([
      422,
      'this password cannot be used; choose another',
    ])
    expect(house.read('secrets/wearer')).toBe(before)
    const done = await here.ask('/api/password', { body: { old: passwords.wearer, new: 'sunlit gravel 7' } })
    expect(done.status).toBe(200)
    expect(house.read('secrets/wearer')).toMatch(/^scrypt:[^\n]+\n$/)
    expect(statSync(house.path('secrets/wearer')).mode & 0o777).toBe(0o600)
    expect((await there.ask('/api/status')).status).toBe(401)
    // The browser that changed it has until then the session it was given.
    await until('the end of its own', async () => (await here.ask('/api/status')).status === 401)
    expect((await keyholder.ask('/api/status')).status).toBe(200)
    const cookie = String(done.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    expect((await house.ask('/api/status', { headers: { cookie } })).status).toBe(200)
    expect((await house.ask('/api/sign-in', signIn('wearer', passwords.wearer))).status).toBe(401)
    expect((await house.ask('/api/sign-in', signIn('wearer', 'sunlit gravel 7'))).status).toBe(200)
    const { json } = await keyholder.ask('/api/audit')
    expect(json.find(({ what }: { what: string }) => what === 'password')).toMatchObject({
      who: { role: 'wearer' },
      said: 'changed the password of the wearer',
    })
    const all = house.read('data/audit.jsonl') + house.said
    for (const secret of ['sunlit gravel', passwords.wearer, 'scrypt:']) expect(all).not.toContain(secret)
    await house.end()
    await house.start()
    expect((await house.ask('/api/sign-in', signIn('wearer', 'sunlit gravel 7'))).status).toBe(200)
  })

  test('tells nobody the other’s by trying one after the other', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    let old = passwords.keyholder
    const change = async (wanted: string) =>
      (await keyholder.ask('/api/password', { body: { old, new: wanted } })).status
    const said = []
    for (let i = 0; i < 11; i++) said.push(await change('tiny'))
    expect(said).toEqual([...Array(10).fill(422), 429])
    old = 'another'
    expect(await change('sunlit gravel 7')).toBe(422)
  })
})

describe('a password file that is replaced', () => {
  test('is taken up at once, and ends the sessions of its role alone', async () => {
    await using house = await House.open()
    const [wearer, keyholder] = [await house.as('wearer'), await house.as('keyholder')]
    house.write('secrets/next', `${await hashPassword('sunlit gravel 7')}\n`)
    renameSync(house.path('secrets/next'), house.path('secrets/wearer'))
    await until('the end of the session', async () => (await wearer.ask('/api/status')).status === 401)
    expect((await keyholder.ask('/api/status')).status).toBe(200)
    expect((await house.ask('/api/sign-in', signIn('wearer', passwords.wearer))).status).toBe(401)
    expect((await house.ask('/api/sign-in', signIn('wearer', 'sunlit gravel 7'))).status).toBe(200)
    const { json } = await keyholder.ask('/api/audit')
    expect(json).toContainEqual(
      expect.objectContaining({ what: 'password', said: 'the password of the wearer is another one' }),
    )
    expect((await keyholder.ask('/api/status')).json.restartNeeded).toBe(false)
  })

  test('at the door it is good before anybody has looked', async () => {
    await using house = await House.open()
    house.write('secrets/wearer', `${await hashPassword('sunlit gravel 7')}\n`)
    expect((await house.ask('/api/sign-in', signIn('wearer', passwords.wearer))).status).toBe(401)
  })

  test('gone, or no hash, it lets nobody in as that, and opens nothing to others', async () => {
    await using house = await House.open()
    const [wearer, keyholder] = [await house.as('wearer'), await house.as('keyholder')]
    rmSync(house.path('secrets/wearer'))
    house.write('secrets/keyholder', 'oops')
    await until('the end of the wearer', async () => (await wearer.ask('/api/status')).status === 401)
    await until('the end of the keyholder', async () => (await keyholder.ask('/api/status')).status === 401)
    expect((await house.ask('/api/sign-in', signIn('wearer', passwords.wearer))).status).toBe(401)
    const { json } = await house.ask('/api/session')
    expect(json).toMatchObject({ viewOnly: false, signIn: { keyholder: false, wearer: false }, locks: [] })
    expect((await house.ask('/api/status')).status).toBe(401)
  })
})

describe('open sessions', () => {
  test('are seen and ended by who signed in as the same, and by nobody else', async () => {
    await using house = await House.open()
    const [here, keyholder] = [await house.as('wearer'), await house.as('keyholder')]
    const phone = await house.ask('/api/sign-in', {
      ...signIn('wearer', passwords.wearer),
      headers: { 'user-agent': 'Mozilla/5.0 (Android 14; <b>Mobile</b>) Firefox/140.0' },
    })
    const cookie = String(phone.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    const { json: open } = await here.ask('/api/sessions')
    expect(open).toHaveLength(2)
    const other = open.find((one: { here: boolean }) => !one.here)
    expect(other).toMatchObject({ address: '127.0.0.1', browser: 'Firefox on Android' })
    expect(Object.keys(other).sort()).toEqual(
      ['address', 'browser', 'here', 'name', 'signedInSecondsAgo', 'usedSecondsAgo'].sort(),
    )
    expect((await keyholder.ask('/api/sessions')).json).toHaveLength(1)
    const end = { body: { name: other.name } }
    expect((await keyholder.ask('/api/sessions/end', end)).json).toEqual({ ended: 0 })
    expect((await house.ask('/api/status', { headers: { cookie } })).status).toBe(200)
    expect((await here.ask('/api/sessions/end', end)).json).toEqual({ ended: 1 })
    expect((await house.ask('/api/status', { headers: { cookie } })).status).toBe(401)
    expect((await house.ask('/api/sessions')).status).toBe(401)
    await house.as('wearer')
    expect((await here.ask('/api/sessions/end', { body: { others: true } })).json).toEqual({ ended: 1 })
    expect((await here.ask('/api/status')).status).toBe(200)
    expect((await keyholder.ask('/api/status')).status).toBe(200)
    const { json: audit } = await here.ask('/api/audit')
    expect(audit[0]).toMatchObject({ what: 'sign-out', who: { role: 'wearer' }, said: 'signed out another browser' })
  })
})
