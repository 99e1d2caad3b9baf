import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/core/model/service.ts'
import { tracker } from '../../src/services/tracker/service.ts'
import { answered, asked, factsOf, inShort, topicOf, typesOf, understood, zone } from './support.ts'

const stats = topicOf(tracker, 'tracker.stats')
const sessions = topicOf(tracker, 'tracker.sessions')
const histories = topicOf(tracker, 'tracker.histories')

const data = {
  nick: 'example',
  profile_url: null,
  locked: true,
  current_lock_start: '2026-01-15 09:00:00 UTC',
  scheduled_end: null,
  current_lock_time: '17 days 3 hours 12 minutes',
  total_locked_since: '1 months 2 days 4 hours',
  since_date: '2026-01-01 00:00:00',
  link_game: 'https://www.chastitytracker.org/link/AbC',
  last_full: '2026-01-15',
  last_ruined: null,
  last_ted: '2026-01-20',
  last_milking: null,
}
const meta = { version: 2 }
const start = Date.parse('2026-01-15T09:00:00Z')
const facts = (more: Record<string, Json> = {}) =>
  Object.fromEntries(
    [...understood(stats, { ok: true, data: { ...data, ...more }, meta }).facts].map(([name, fact]) => [
      name,
      inShort(fact),
    ]),
  )

test('topics and their requests', () => {
  expect(tracker.topics.map(({ topic, standing }) => [topic, standing])).toEqual([
    ['tracker.stats', true],
    ['tracker.sessions', false],
    ['tracker.histories', false],
  ])
  const request = { service: 'tracker', as: 'owner', method: 'GET', body: null, lockId: null, budget: 'read' }
  expect(stats.request(new Map())).toEqual({ ...request, path: '/api/v2/stats.php' })
  expect(sessions.request(new Map())).toEqual({ ...request, path: '/api/v2/sessions.php?active=1' })
  expect(histories.request(new Map())).toBeNull()
  expect(histories.request(factsOf({ 'tracker.sessionId': 'null' }))).toBeNull()
  expect(histories.request(factsOf({ 'tracker.sessionId': 123 }))).toEqual({
    ...request,
    path: '/api/v2/histories.php?session=123&limit=200',
  })
})

describe('stats', () => {
  const whole = {
    'tracker.nick': 'example',
    'tracker.profileUrl': 'unknown: null',
    'tracker.locked': true,
    'tracker.currentLockStart': start,
    'tracker.scheduledEnd': 'unknown: null',
    'tracker.currentLockTime': 1_480_320,
    'tracker.totalLockedSince': { least: 30 * 86_400 + 4 * 3600, most: 33 * 86_400 + 4 * 3600, pace: 0 },
    'tracker.sinceDate': Date.parse('2026-01-01T00:00:00Z'),
    'tracker.linkGame': 'https://www.chastitytracker.org/link/AbC',
    'tracker.lastFull': Date.parse('2026-01-14T23:00:00Z'),
    'tracker.lastRuined': 'unknown: none',
    'tracker.lastTed': Date.parse('2026-01-19T23:00:00Z'),
    'tracker.lastMilking': 'unknown: none',
    'tracker.lockedSeconds': [(answered - start) / 1000, 1],
    'tracker.lastFullAgoSeconds': [(answered - Date.parse('2026-01-14T23:00:00Z')) / 1000, 1],
    'tracker.lastRuinedAgoSeconds': 'unknown: none',
    'tracker.lastTedAgoSeconds': [(answered - Date.parse('2026-01-19T23:00:00Z')) / 1000, 1],
    'tracker.lastMilkingAgoSeconds': 'unknown: none',
  }
  test('the documented example', () => expect(facts()).toEqual(whole))
  test('without the envelope', () => {
    const made = understood(stats, data)
    expect(Object.fromEntries([...made.facts].map(([name, fact]) => [name, inShort(fact)]))).toEqual(whole)
    expect([made.lock, made.extras]).toEqual([null, {}])
  })
  test('the catalogue has every fact of every topic, and no other', () => {
    const others = ['tracker.sessionId', 'tracker.lastGameSeconds', 'tracker.lastPenaltyAt']
    expect(Object.keys(typesOf(tracker)).sort()).toEqual([...Object.keys(whole), ...others].sort())
    expect(tracker.facts.filter(({ help }) => help.length < 10)).toEqual([])
    expect(tracker.open('tracker.other')).toBe(false)
  })
  test.each<[string, Json, string, unknown]>([
    ['locked', 1, 'locked', true],
    ['locked', '0', 'lockedSeconds', 0],
    ['locked', 'perhaps', 'locked', 'unknown: unreadable'],
    ['locked', 'perhaps', 'lockedSeconds', 'unknown: unreadable'],
    ['nick', 7, 'nick', 'unknown: unreadable'],
    ['nick', 'a\nb', 'nick', 'a b'],
    ['scheduled_end', '2026-03-01 12:00:00 UTC', 'scheduledEnd', Date.parse('2026-03-01T12:00:00Z')],
    ['scheduled_end', 1_772_000_000, 'scheduledEnd', 'unknown: unreadable'],
    ['last_full', 'long ago', 'lastFull', 'unknown: unreadable'],
    ['last_full', 'long ago', 'lastFullAgoSeconds', 'unknown: unreadable'],
    ['last_full', '2026-02-04', 'lastFullAgoSeconds', [0, 1]],
    ['current_lock_time', '3 moons', 'currentLockTime', 'unknown: unreadable'],
  ])('%s %j: %s', (key, value, name, expected) => {
    expect(facts({ [key]: value })[`tracker.${name}`]).toEqual(expected)
    expect(facts({ [key]: value })['tracker.linkGame']).toBe(data.link_game)
  })
  test.each<[Record<string, Json>, unknown]>([
    [{ locked: false, current_lock_start: null, current_lock_time: null }, 0],
    [{ locked: false }, 0],
    [{ locked: null }, 'unknown: null'],
    [{ current_lock_start: null }, [1_480_320, 1]],
    [
      { current_lock_start: null, current_lock_time: '1 months 2 days' },
      { least: 30 * 86_400, most: 33 * 86_400, pace: 1 },
    ],
    [{ current_lock_start: null, current_lock_time: null }, 'unknown: null'],
    [{ current_lock_start: 'soon' }, 'unknown: unreadable'],
    [{ current_lock_start: '2027-01-01 00:00:00' }, [0, 1]],
  ])('lockedSeconds with %j', (more, expected) => {
    expect(facts(more)['tracker.lockedSeconds']).toEqual(expected)
  })
  test('what is worth hiding is not shown in part either', () => {
    const made = understood(stats, { ...data, link_game: ['https://www.chastitytracker.org/link/AbC'] })
    expect(made.facts.get('tracker.linkGame')).not.toHaveProperty('sent')
    expect(understood(stats, { ...data, nick: 7 }).facts.get('tracker.nick')).toHaveProperty('sent', '7')
  })
  test('a field left out', () => {
    const made = understood(stats, { ok: true, data: { locked: true } })
    expect(inShort(made.facts.get('tracker.nick'))).toBe('unknown: missing')
    expect(inShort(made.facts.get('tracker.lastFullAgoSeconds'))).toBe('unknown: missing')
    expect(inShort(made.facts.get('tracker.lockedSeconds'))).toBe('unknown: missing')
  })
  test.each<Json>([null, 'x', [], {}, { ok: true, data: [] }, { ok: true, data: { message: 'hi' } }])(
    'no stats: %j',
    (body) => {
      expect(stats.understand(body, asked, answered, zone)).toMatch(/^the answer /)
    },
  )
})

describe('sessions', () => {
  test.each<[Json, unknown]>([
    [{ ok: true, data: { items: [{ id: 123, active: true }] } }, 123],
    [
      {
        ok: true,
        data: {
          items: [
            { id: 122, active: 0 },
            { id: 123, active: 1 },
          ],
        },
      },
      123,
    ],
    [{ items: [{ id: 123 }] }, 123],
    [[{ id: 123 }], 123],
    [{ ok: true, data: { items: [] } }, 'unknown: null'],
    [{ ok: true, data: { items: [{ id: 9, active: false }] } }, 'unknown: null'],
    [{ ok: true, data: { items: [{ id: '9' }] } }, 9],
    [{ ok: true, data: { items: [{ id: 'nine' }] } }, 'unknown: unreadable'],
    [{ ok: true, data: { items: [{ id: -9 }] } }, 'unknown: unreadable'],
    [{ ok: true, data: { items: [{ id: 1 }, { id: 2 }] } }, 'unknown: unreadable'],
  ])('%j', (body, expected) => {
    expect([...understood(sessions, body).facts].map(([name, fact]) => [name, inShort(fact)])).toEqual([
      ['tracker.sessionId', expected],
    ])
  })
  test.each<Json>([null, {}, { ok: true, data: {} }, { ok: true, data: { items: 'x' } }])('no list: %j', (body) => {
    expect(sessions.understand(body, asked, answered, zone)).toBe('the answer has no items')
  })
})

describe('histories', () => {
  const item = (source: string | null, type: string, unit: Json, happened: Json) => ({ source, type, unit, happened })
  const readItems = (items: Json) => {
    const made = understood(histories, { ok: true, data: { items } })
    return ['tracker.lastGameSeconds', 'tracker.lastPenaltyAt'].map((name) => inShort(made.facts.get(name)))
  }
  const noon = Date.parse('2026-02-03T12:00:00.250Z')
  test.each<[Json, unknown, unknown]>([
    [[], 'unknown: none', 'unknown: none'],
    [[item(null, 'START', null, '2026-02-01 10:00:00')], 'unknown: none', 'unknown: none'],
    [[item('DICE', 'ADD', 7200, '2026-02-03 12:00:00.250')], 7200, 'unknown: none'],
    [[item('LUCK', 'SUB', 3600, '2026-02-03 12:00:00.250')], -3600, 'unknown: none'],
    [[item('PENALTY', 'ADD', 60, '2026-02-03 12:00:00.250')], 60, noon],
    [
      [
        item('MANUAL', 'ADD', 1, '2026-02-03 14:00:00.000'),
        item('DICE', 'ADD', 2, '2026-02-02 10:00:00.000'),
        item('LINK', 'SUB', 3, '2026-02-03 13:00:00.000'),
        item('PENALTY', 'ADD', 4, '2026-02-03 12:00:00.250'),
      ],
      -3,
      noon,
    ],
    [[item('DICE', 'ADD', '7200', '2026-02-03 12:00:00')], 7200, 'unknown: none'],
    [[item('DICE', 'ADD', 'much', '2026-02-03 12:00:00')], 'unknown: unreadable', 'unknown: none'],
    [[item('DICE', 'START', 5, '2026-02-03 12:00:00')], 'unknown: unreadable', 'unknown: none'],
    [[item('PENALTY', 'ADD', 5, 'then')], 'unknown: unreadable', 'unknown: unreadable'],
    [[item('DICE', 'SUB', 0, '2026-02-03 12:00:00')], 0, 'unknown: none'],
  ])('%j', (items, game, penalty) => {
    expect(readItems(items)).toEqual([game, penalty])
  })
  test('no list', () => {
    expect(histories.understand({ ok: true }, asked, answered, zone)).toBe('the answer has no items')
  })
})
