// What rests on time and on counting, by tables: sessions, attempts, the guard, differences between texts.
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { PasswordHash } from '../../src/config/password.ts'
import { Proxies } from '../../src/console/address.ts'
import { Attempts, mostAttempts, windowMs } from '../../src/console/attempts.ts'
import { Crowd, mostOf, mostOfOneStranger } from '../../src/console/crowd.ts'
import { deviceOf, markDevice } from '../../src/console/device.ts'
import { differenceOf } from '../../src/console/difference.ts'
import { guard } from '../../src/console/guard.ts'
import { idleMs, longestMs, mostOfRole, Sessions } from '../../src/console/session.ts'
import { Turns } from '../../src/console/turns.ts'

describe('sessions', () => {
  test('end when nobody uses them, and in any case after a week', () => {
    let now = 0
    const sessions = new Sessions(() => now)
    const id = sessions.open('keyholder')
    expect(sessions.find(id)).toMatchObject({ role: 'keyholder' })
    now = idleMs - 1
    expect(sessions.goesOn(id)).toBe(true)
    now = idleMs + 1
    expect(sessions.goesOn(id)).toBe(false)
    expect(sessions.find(id)).toBeNull()

    const used = sessions.open('wearer')
    const begun = now
    while (now < begun + longestMs - idleMs / 2) {
      now += idleMs / 2
      expect(sessions.find(used)).not.toBeNull()
    }
    now = begun + longestMs + 1
    expect(sessions.find(used)).toBeNull()
  })

  test('are so many at most, and never two of one id', () => {
    let now = 0
    const sessions = new Sessions(() => now)
    const ids = Array.from({ length: 60 }, () => {
      now += 1
      return sessions.open('wearer')
    })
    expect(new Set(ids).size).toBe(60)
    expect(ids.filter((id) => sessions.goesOn(id))).toEqual(ids.slice(-mostOfRole))
    expect(sessions.find(undefined)).toBeNull()
    expect(sessions.find('')).toBeNull()
  })

  test('of one role leave those of the other alone', () => {
    let now = 0
    const sessions = new Sessions(() => now)
    const wearer = sessions.open('wearer')
    for (now = 1; now <= 200; now++) sessions.open('keyholder')
    expect(sessions.goesOn(wearer)).toBe(true)
    expect(sessions.list('keyholder')).toHaveLength(mostOfRole)
    expect(sessions.closeWhere('keyholder', () => true)).toBe(mostOfRole)
    expect(sessions.goesOn(wearer)).toBe(true)
  })

  test('that are over are told so, at once', () => {
    const sessions = new Sessions(() => 0)
    const id = sessions.open('wearer')
    const said: string[] = []
    sessions.whenOver(id, () => said.push('over'))
    sessions.whenOver(id, () => said.push('never'))()
    sessions.close(id)
    sessions.whenOver(id, () => said.push('long over'))
    expect(said).toEqual(['over', 'long over'])
  })
})

const by = (address: string, device: string | null = null) => ({ role: 'wearer' as const, address, device })

describe('attempts', () => {
  test('are counted by address and role, and come back with time', () => {
    let now = 0
    const attempts = new Attempts(() => now)
    for (let i = 0; i < mostAttempts; i++) {
      now = i * 1000
      expect(attempts.take(by('1.2.3.4'))).toBeNull()
    }
    expect(attempts.take(by('1.2.3.4'))).toEqual({ waitSeconds: windowMs / 1000 - 9 })
    expect(attempts.take(by('::ffff:1.2.3.4'))).not.toBeNull()
    expect(attempts.take({ ...by('1.2.3.4'), role: 'keyholder' })).toBeNull()
    expect(attempts.take(by('1.2.3.5'))).toBeNull()
    now = windowMs
    expect(attempts.take(by('1.2.3.4'))).toBeNull()
    expect(attempts.take(by('1.2.3.4'))).not.toBeNull()
  })

  test('of one IPv6 network are those of one address', () => {
    const attempts = new Attempts(() => 0)
    for (let i = 0; i < mostAttempts; i++) attempts.take(by(`2001:db8:0:1::${i.toString(16)}`))
    expect(attempts.take(by('2001:0db8:0000:0001:ffff::1'))).not.toBeNull()
    expect(attempts.take(by('2001:db8:0:2::1'))).toBeNull()
  })

  test('from many addresses together are bounded, too', () => {
    const attempts = new Attempts(() => 0)
    const taken = Array.from({ length: 300 }, (_, i) => attempts.take(by(`10.0.0.${i % 256}`)))
    expect(taken.filter((one) => one === null)).toHaveLength(100)
  })

  test('of a device that is known are its own, whatever others use up', () => {
    const attempts = new Attempts(() => 0)
    for (let i = 0; i < 300; i++) attempts.take(by(`10.0.${i % 256}.1`))
    expect(attempts.take(by('10.9.9.9'))).not.toBeNull()
    for (let i = 0; i < mostAttempts; i++) expect(attempts.take(by('10.0.0.1', 'phone'))).toBeNull()
    expect(attempts.take(by('10.0.0.1', 'phone'))).not.toBeNull()
    expect(attempts.take(by('10.0.0.1', 'tablet'))).toBeNull()
  })

  test('that were right are given back', () => {
    const attempts = new Attempts(() => 0)
    for (let i = 0; i < 50; i++) {
      expect(attempts.take(by('1.2.3.4'))).toBeNull()
      attempts.giveBack(by('1.2.3.4'))
    }
  })
})

describe('the mark of a device', () => {
  const hash = (key: number): PasswordHash => {
    return { cost: 1, blockSize: 1, parallel: 1, salt: Buffer.alloc(16), key: Buffer.alloc(32, key) }
  }

  test('is good for its role and its password alone', () => {
    const mark = markDevice('wearer', hash(1))
    expect(deviceOf(mark, 'wearer', hash(1))).toMatch(/^[\w-]{22}$/)
    expect(deviceOf(mark, 'keyholder', hash(1))).toBeNull()
    expect(deviceOf(mark, 'wearer', hash(2))).toBeNull()
    expect(deviceOf(mark, 'wearer', null)).toBeNull()
    const [id = '', signature = ''] = mark.split('.')
    for (const forged of [undefined, '', 'x', `${'A'.repeat(22)}.${signature}`, `${id}.${'A'.repeat(43)}`, `${id}.`]) {
      expect(deviceOf(forged, 'wearer', hash(1))).toBeNull()
    }
  })
})

describe('turns', () => {
  const room = { strangers: 3, ofOne: 2, known: 2 }

  test('are taken one at a time, by those who are known first, and what is too much is told at once', async () => {
    const turns = new Turns('busy', room)
    const done: string[] = []
    let [under, most] = [0, 0]
    const work = (name: string) => async () => {
      under += 1
      most = Math.max(most, under)
      await new Promise((next) => setImmediate(next))
      under -= 1
      done.push(name)
    }
    const take = (name: string, isKnown = false) =>
      turns
        .take(name, isKnown, work(name))
        .catch(({ status, waitSeconds }) => done.push(`${name} ${status} ${waitSeconds}`))
    await Promise.all([
      take('first'),
      ...['a', 'a', 'a', 'b', 'c'].map((name) => take(name)),
      ...['phone', 'tablet', 'laptop'].map((name) => take(name, true)),
    ])
    expect(done).toEqual(['a 429 5', 'c 429 5', 'laptop 429 5', 'first', 'phone', 'tablet', 'a', 'a', 'b'])
    expect(most).toBe(1)
  })

  test('go on after one that fails', async () => {
    const turns = new Turns('busy', room)
    const failing = turns.take('a', false, () => Promise.reject(new Error('no')))
    const next = turns.take('b', false, () => Promise.resolve(2))
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe(2)
  })
})

describe('connections', () => {
  const come = (crowd: Crowd, address: string, isProxy = false) => {
    const socket = new Socket()
    crowd.add(socket, address, isProxy)
    return socket
  }
  const left = (sockets: readonly Socket[]) => sockets.map(({ destroyed }) => !destroyed)

  test('that are silent give way to newcomers, those of the address that has the most first', () => {
    const crowd = new Crowd()
    const other = come(crowd, '10.0.0.2')
    const silent = Array.from({ length: mostOfOneStranger }, () => come(crowd, '10.0.0.1'))
    const more = come(crowd, '10.0.0.1')
    expect(left([other, ...silent.slice(0, 2), more])).toEqual([true, false, true, true])
    const many = Array.from({ length: mostOf.stranger }, (_, i) => come(crowd, `10.1.${i}.1`))
    expect(left([other, ...many]).filter((is) => is).length + left([...silent, more]).filter((is) => is).length).toBe(
      mostOf.stranger,
    )
    expect(left(many.slice(-20))).not.toContain(false)
  })

  test('that have shown a session, or are being answered, stay', () => {
    const crowd = new Crowd()
    const [wearer, asking] = [come(crowd, '10.0.0.1'), come(crowd, '10.0.0.1')]
    crowd.place(wearer, 'wearer', '10.0.0.1')
    const answered = crowd.work(asking)
    for (let i = 0; i < 300; i++) come(crowd, '10.0.0.1')
    const keyholders = Array.from({ length: 60 }, () => {
      const socket = come(crowd, '10.0.0.3')
      crowd.place(socket, 'keyholder', '10.0.0.3')
      return socket
    })
    expect(left([wearer, asking])).toEqual([true, true])
    expect(left(keyholders).filter((is) => is)).toHaveLength(mostOf.keyholder)
    answered()
    for (let i = 0; i < 300; i++) come(crowd, '10.0.0.1')
    expect(left([wearer, asking])).toEqual([true, false])
  })
})

describe('who asks, behind proxies', () => {
  const proxies = new Proxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8'])
  test.each([
    ['203.0.113.1', '198.51.100.7', '203.0.113.1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '198.51.100.7, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '198.51.100.7, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['fd00::1', '2001:db8::5', '2001:db8::5'],
    ['127.0.0.1', '203.0.113.9:51234', '203.0.113.9'],
    ['127.0.0.1', '[2001:db8::5]:443', '2001:db8::5'],
    ['127.0.0.1', '203.0.113.9, unknown', '127.0.0.1'],
    ['127.0.0.1', '10.0.0.5', '10.0.0.5'],
    ['127.0.0.1', ' , ', '127.0.0.1'],
    ['unknown', '203.0.113.9', 'unknown'],
  ])('%s, which says %s: %s', (connected, forwarded, client) => {
    expect(proxies.clientOf(connected, forwarded)).toBe(client)
  })
})

describe('the guard', () => {
  const place = { url: 'https://lock.example.net', port: 8787 }
  const asking = (more: object) => ({
    method: 'GET',
    host: 'localhost:8787',
    origin: undefined,
    site: undefined,
    own: undefined,
    contentType: undefined,
    ...more,
  })
  test.each([
    ['localhost:8787', 'http://localhost:8787'],
    ['LOCALHOST:8787', 'http://localhost:8787'],
    ['[::1]:8787', 'http://[::1]:8787'],
    ['lock.example.net', 'https://lock.example.net'],
    ['lock.example.net:443', 'https://lock.example.net'],
    ['Lock.Example.Net', 'https://lock.example.net'],
    ['lock.example.net:8787', null],
    ['lock.example.net.', null],
    ['xlock.example.net', null],
    ['localhost', null],
    ['localhost:8788', null],
    ['127.1:8787', 'http://127.0.0.1:8787'],
    ['0x7f.1:8787', 'http://127.0.0.1:8787'],
    ['127.0.0.2:8787', null],
    ['user@localhost:8787', null],
    ['localhost:8787/evil', null],
    ['localhost:8787@evil.example', null],
    [undefined, null],
  ])('host %s', (host, origin) => {
    const guarded = guard(asking({ host }), place)
    expect('origin' in guarded ? guarded.origin : null).toBe(origin)
  })
})

describe('the difference of two texts', () => {
  test.each([
    ['a\nb\nc\n', 'a\nb\nc\n', []],
    ['a\nb\nc\n', 'a\nx\nc\n', [' a', '-b', '+x', ' c']],
    ['', 'a\n', ['+a']],
    ['a\n', '', ['-a']],
    ['1\n2\n3\n4\n5\n', '1\n2\n3\n4\n5\n6\n', [' 4', ' 5', '+6']],
    ['a\n1\n2\n3\n4\n5\nb\n', 'x\n1\n2\n3\n4\n5\ny\n', ['-a', '+x', ' 1', ' 2', '…', ' 4', ' 5', '-b', '+y']],
    ['a', 'a\nb', [' a', '+b']],
    ['a\nb\nc\nd\n', 'b\nc\nx\nd\n', ['-a', ' b', ' c', '+x', ' d']],
  ])('%j %j', (before, after, said) => {
    expect(differenceOf(before, after)).toEqual(said)
  })

  test('is bounded', () => {
    const lines = (from: number) => Array.from({ length: 20_000 }, (_, i) => `${from + i}`).join('\n')
    expect(differenceOf(lines(0), lines(100_000))).toHaveLength(401)
  })
})
