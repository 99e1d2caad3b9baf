import { describe, expect, test } from 'vitest'
import { at } from '../../src/core/model/fact.ts'
import type { Json } from '../../src/core/model/service.ts'
import { chastify } from '../../src/services/chastify/service.ts'
import { answered, asked, inShort, topicOf, typesOf, understood, zone } from './support.ts'

const session = topicOf(chastify, 'chastify.session')
const id = '65f0c0ffee65f0c0ffee65f0'
const lockData = {
  frozen: false,
  unlockable: false,
  trusted: true,
  taskAssigned: true,
  timeLockedSeconds: 1420,
  timeRemainingSeconds: 27800,
  maxTimeRemainingSeconds: 86400,
  taskPoints: 12,
  taskPointsRequired: 20,
  lockTitle: 'Weekend Challenge',
  wearerUsername: 'alice',
  keyholderUsername: 'kh_bob',
  wearerLastSeenTimestamp: answered - 90_500,
  keyholderLastSeenTimestamp: null,
}
const body = (more: Record<string, Json> = {}, around: Record<string, Json> = {}): Json => ({
  role: 'wearer',
  scopes: ['session:read', 'lock:write'],
  lock: { _id: id },
  ...around,
  lockData: { ...lockData, ...more },
})
const facts = (more?: Record<string, Json>, around?: Record<string, Json>) =>
  Object.fromEntries([...understood(session, body(more, around)).facts].map(([name, fact]) => [name, inShort(fact)]))

const whole = {
  'lock.active': true,
  'lock.role': 'wearer',
  'lock.scopes': ['session:read', 'lock:write'],
  'lock.frozen': false,
  'lock.unlockable': false,
  'lock.trusted': true,
  'lock.taskAssigned': true,
  'lock.timeLockedSeconds': [1420, 1],
  'lock.timeRemainingSeconds': [27800, -1],
  'lock.maxTimeRemainingSeconds': 86400,
  'lock.taskPoints': 12,
  'lock.taskPointsRequired': 20,
  'lock.lockTitle': 'Weekend Challenge',
  'lock.wearerUsername': 'alice',
  'lock.keyholderUsername': 'kh_bob',
  'lock.wearerLastSeenTimestamp': answered - 90_500,
  'lock.keyholderLastSeenTimestamp': 'unknown: null',
  'lock.wearerLastSeenAgoSeconds': [90, 1],
  'lock.keyholderLastSeenAgoSeconds': 'unknown: null',
}

test('the request', () => {
  expect(session.standing).toBe(true)
  expect(session.request(new Map())).toEqual({
    service: 'chastify',
    as: 'owner',
    method: 'GET',
    path: '/api/apps/v1/session',
    body: null,
    lockId: null,
    budget: 'read',
  })
})

describe('a whole session', () => {
  test.each<[string, Json]>([
    ['bare', body()],
    ['in an envelope', { ok: true, data: body() }],
  ])('%s', (_, given) => {
    const made = understood(session, given)
    expect(Object.fromEntries([...made.facts].map(([name, fact]) => [name, inShort(fact)]))).toEqual(whole)
    expect(made.lock).toEqual({ id, timeLockedSeconds: 1420, wearer: 'alice' })
    expect(made.extras).toEqual({})
  })
  test('its facts are the catalogue’s, each with help', () => {
    expect(Object.keys(whole).sort()).toEqual(Object.keys(typesOf(chastify)).sort())
    expect(chastify.facts.every(({ help, source }) => help.length > 10 && source === 'chastify.session')).toBe(true)
  })
  test('counts run from the answer on, and know when they were asked', () => {
    const fact = understood(session, body()).facts.get('lock.timeRemainingSeconds')
    expect(fact).toMatchObject({ asked, since: answered })
    expect(fact && at(fact, answered + 10_000)).toEqual({ known: true, value: 27790 })
  })
  test('a frozen lock stands still, one that may be frozen too', () => {
    for (const frozen of [true, null, 'no'] as const) {
      expect(facts({ frozen })).toMatchObject({ 'lock.timeRemainingSeconds': 27800, 'lock.timeLockedSeconds': 1420 })
    }
  })
})

describe('a field by itself', () => {
  const { lockTitle: _, ...untitled } = lockData
  test('left out', () => {
    const made = understood(session, { lockData: untitled })
    expect(inShort(made.facts.get('lock.lockTitle'))).toBe('unknown: missing')
    expect(inShort(made.facts.get('lock.role'))).toBe('unknown: missing')
    expect(inShort(made.facts.get('lock.scopes'))).toBe('unknown: missing')
    expect(inShort(made.facts.get('lock.frozen'))).toBe(false)
  })
  test.each<[string, Json, unknown]>([
    ['frozen', null, 'unknown: null'],
    ['frozen', 0, false],
    ['frozen', 1, true],
    ['frozen', 'false', false],
    ['frozen', '1', true],
    ['frozen', 2, 'unknown: unreadable'],
    ['frozen', 'no', 'unknown: unreadable'],
    ['timeRemainingSeconds', '27800', [27800, -1]],
    ['timeRemainingSeconds', ' 27800.9 ', [27800, -1]],
    ['timeRemainingSeconds', 27800.9, [27800, -1]],
    ['timeRemainingSeconds', -5, [0, -1]],
    ['timeRemainingSeconds', '', 'unknown: unreadable'],
    ['timeRemainingSeconds', '0x10', 'unknown: unreadable'],
    ['timeRemainingSeconds', '2h', 'unknown: unreadable'],
    ['taskPoints', '7', 7],
    ['taskPoints', 7.5, 7.5],
    ['timeRemainingSeconds', 1e15, 'unknown: unreadable'],
    ['timeRemainingSeconds', Number.NaN, 'unknown: unreadable'],
    ['timeRemainingSeconds', Number.POSITIVE_INFINITY, 'unknown: unreadable'],
    ['timeRemainingSeconds', null, 'unknown: null'],
    ['timeRemainingSeconds', 0, [0, -1]],
    ['timeLockedSeconds', [1420], 'unknown: unreadable'],
    ['maxTimeRemainingSeconds', null, 'unknown: null'],
    ['taskPoints', 1e12, 'unknown: unreadable'],
    ['lockTitle', 7, 'unknown: unreadable'],
    ['lockTitle', 'a\u001b[2Jb', 'a [2Jb'],
    ['lockTitle', 'x'.repeat(600), `${'x'.repeat(499)}…`],
    ['wearerUsername', null, 'unknown: null'],
    ['wearerLastSeenTimestamp', 1_739_640_505, 'unknown: unreadable'],
    ['wearerLastSeenTimestamp', '1739640505123.5', 1_739_640_505_123],
    ['wearerLastSeenTimestamp', '2026-01-01', 'unknown: unreadable'],
  ])('%s: %j', (key, value, expected) => {
    expect(facts({ [key]: value })[`lock.${key}`]).toEqual(expected)
    expect(facts({ [key]: value })).toMatchObject({ 'lock.trusted': true, 'lock.taskAssigned': true })
  })
  test('runs by what it means, whatever the form', () => {
    const made = facts({ frozen: '0', timeRemainingSeconds: '60.5' })
    expect(made).toMatchObject({ 'lock.frozen': false, 'lock.timeRemainingSeconds': [60, -1] })
  })
  test('what cannot be read keeps what was sent, in short', () => {
    const sent = (value: Json) =>
      understood(session, { lockData: { ...lockData, frozen: value } }).facts.get('lock.frozen')
    expect(sent('mostly')).toMatchObject({ known: false, why: 'unreadable', sent: '"mostly"' })
    expect(sent(['x'])).toMatchObject({ sent: 'a list' })
    expect(sent({ a: 1 })).toMatchObject({ sent: 'a map' })
    expect(sent('y'.repeat(500))).toMatchObject({ sent: `"${'y'.repeat(38)}…` })
    expect(sent(null)).not.toHaveProperty('sent')
  })
  test('ages follow their timestamps', () => {
    expect(facts({ wearerLastSeenTimestamp: 'x' })['lock.wearerLastSeenAgoSeconds']).toBe('unknown: unreadable')
    expect(facts({ wearerLastSeenTimestamp: answered + 5000 })['lock.wearerLastSeenAgoSeconds']).toEqual([0, 1])
  })
  test.each<[Json, unknown]>([
    [[], []],
    [null, 'unknown: null'],
    ['session:read', 'unknown: unreadable'],
    [['a', 1], 'unknown: unreadable'],
  ])('scopes %j', (scopes, expected) => {
    expect(facts({}, { scopes })['lock.scopes']).toEqual(expected)
  })
})

describe('what the documents do not name', () => {
  test('plain values are kept, with their types', () => {
    const made = understood(session, body({ wearerLevel: 4, isTest: true, wearerBio: 'hi', extra: null, deep: {} }))
    expect(made.extras).toEqual({ 'lock.wearerLevel': 'number', 'lock.isTest': 'boolean', 'lock.wearerBio': 'text' })
    expect(inShort(made.facts.get('lock.wearerLevel'))).toBe(4)
    expect(inShort(made.facts.get('lock.extra'))).toBe('unknown: null')
    expect(made.facts.has('lock.deep')).toBe(false)
  })
  test('none takes the place of a fact made here or in core', () => {
    const made = understood(session, body({ active: false, role: 'x', frozenBy: 'x', wearerLastSeenAgoSeconds: 1 }))
    expect(made.extras).toEqual({})
    expect(inShort(made.facts.get('lock.active'))).toBe(true)
    expect(made.facts.has('lock.frozenBy')).toBe(false)
  })
  test('odd keys are dropped', () => {
    const odd = JSON.parse('{"__proto__":{"x":1},"a.b":1,"a b":2,"1a":3,"":4,"constructor":5,"toString":"x"}') as Json
    const made = understood(session, { lockData: odd })
    expect(made.extras).toEqual({ 'lock.constructor': 'number', 'lock.toString': 'text' })
    expect(inShort(made.facts.get('lock.frozen'))).toBe('unknown: missing')
  })
  test('a number that is too large to be one is none', () => {
    const odd = JSON.parse(
      '{"wearerLevel":1e999,"debt":-1e999,"timeRemainingSeconds":1e999,"taskPoints":1e999}',
    ) as Json
    const made = understood(session, { lockData: odd })
    expect(made.extras).toEqual({})
    for (const name of ['wearerLevel', 'debt', 'timeRemainingSeconds', 'taskPoints']) {
      expect(inShort(made.facts.get(`lock.${name}`)), name).toBe('unknown: unreadable')
    }
  })
  test('fifty of them, and no longer texts than 500', () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`key${i}`, 'x'.repeat(600)]))
    const made = understood(session, body(many))
    expect(Object.keys(made.extras)).toHaveLength(50)
    expect(inShort(made.facts.get('lock.key0'))).toHaveLength(500)
  })
  test('rules may name them', () => {
    expect([chastify.open('lock.wearerLevel'), chastify.open('tracker.x'), chastify.open('locked')]).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('the lock’s id', () => {
  test.each<[Record<string, Json>, Record<string, Json>, string | null]>([
    [{}, { lock: { _id: id } }, id],
    [{}, { lock: null, lockId: id }, id],
    [{ _id: id }, { lock: {} }, id],
    [{}, { lock: { _id: 'weekend' } }, null],
    [{}, { lock: { _id: `${id}0` } }, null],
    [{}, { lock: { _id: 7 } }, null],
    [{}, { lock: 'x', lockId: `${id}\r\nx: y` }, null],
  ])('%j %j', (more, around, expected) => {
    expect(understood(session, body(more, around)).lock?.id).toBe(expected)
  })
  test('without a readable time locked', () => {
    expect(understood(session, body({ timeLockedSeconds: null })).lock).toEqual({
      id,
      timeLockedSeconds: null,
      wearer: 'alice',
    })
  })
})

test.each<[Json, RegExp]>([
  [null, /no object/],
  ['lockData', /no object/],
  [[], /no object/],
  [{}, /no lockData/],
  [{ lockData: null }, /no lockData/],
  [{ lockData: [] }, /no lockData/],
  [{ data: { lockData: 'x' } }, /no lockData/],
  [{ data: null }, /no lockData/],
])('a body that is no session: %j', (given, message) => {
  expect(session.understand(given, asked, answered, zone)).toMatch(message)
})

test('without a lock there is that, and nothing else', () => {
  expect([...(session.withoutLock?.(asked) ?? [])].map(([name, fact]) => [name, inShort(fact)])).toEqual([
    ['lock.active', false],
  ])
})
