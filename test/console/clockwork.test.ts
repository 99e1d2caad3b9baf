// What rests on time and on counting, by tables: sessions, attempts, the guard, differences between texts.
import { describe, expect, test } from 'vitest'
import { Attempts, mostAttempts, windowMs } from '../../src/console/attempts.ts'
import { differenceOf } from '../../src/console/difference.ts'
import { guard } from '../../src/console/guard.ts'
import { idleMs, longestMs, mostOfRole, Sessions } from '../../src/console/session.ts'

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

  test('that were right are given back', () => {
    const attempts = new Attempts(() => 0)
    for (let i = 0; i < 50; i++) {
      expect(attempts.take(by('1.2.3.4'))).toBeNull()
      attempts.giveBack(by('1.2.3.4'))
    }
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
    ['a\nb\nc\nd\n', 'b\nc\nx\nd\n', ['-a', ' b', ' c', '+x', ' d']],
  ])('%j %j', (before, after, said) => {
    expect(differenceOf(before, after)).toEqual(said)
  })

  test('is bounded', () => {
    const lines = (from: number) => Array.from({ length: 20_000 }, (_, i) => `${from + i}`).join('\n')
    expect(differenceOf(lines(0), lines(100_000))).toHaveLength(401)
  })
})
