import { describe, expect, test } from 'vitest'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { lint } from '../../src/core/language/lint.ts'
import type { Expect } from '../../src/core/model/expect.ts'
import { finding } from '../../src/core/model/finding.ts'
import type { Answer, Json, Trouble } from '../../src/core/model/service.ts'
import { chastify } from '../../src/services/chastify/index.ts'
import { session } from '../../src/services/chastify/session.ts'
import { writingFindings } from '../../src/services/tracker/checkup.ts'
import {
  clockFinding,
  doctorLines,
  missingFinding,
  needsOf,
  readingFindings,
  ruleFindings,
  tokenFinding,
} from '../../src/views/doctor.ts'
import { berlin, lockA, moment, rulesOf } from '../core/bench.ts'

const now = moment('10:00')
const good = (body: Json, serverTime: number | null = now): Answer => ({
  asked: now,
  answered: now + 100,
  serverTime,
  ok: true,
  body,
})
const refused = (trouble: Trouble): Answer => ({
  asked: now,
  answered: now + 100,
  serverTime: now,
  ok: false,
  sent: 'yes',
  trouble,
  message: 'its words',
  retryAfterMs: null,
})
const lockBody = (data: Record<string, Json> = {}, more: Record<string, Json> = {}): Json => ({
  role: 'keyholder',
  scopes: ['lock:write'],
  lockData: {
    _id: lockA,
    lockTitle: 'A lock',
    wearerUsername: 'alice',
    trusted: true,
    timeRemainingSeconds: 60,
    ...data,
  },
  ...more,
})

describe('a token', () => {
  const tried = (answer: Answer) =>
    tokenFinding({ lock: 'main', name: 'chastify.token', service: 'Chastify', made: 'there', answer })

  test.each<[Trouble, 'fault' | 'warn', RegExp]>([
    ['invalid-token', 'fault', /copied whole/],
    ['missing-token', 'fault', /make another one there/],
    ['revoked-token', 'fault', /make another one there/],
    ['forbidden', 'fault', /permission/],
    ['rate-limited', 'warn', /in a minute/],
    ['unreachable', 'fault', /network/],
    ['timeout', 'fault', /network/],
    ['server-error', 'fault', /later/],
    ['redirected', 'fault', /base_url/],
    ['not-found', 'fault', /base_url/],
  ])('that meets %s is a %s with its mend', (trouble, severity, mend) => {
    const found = tried(refused(trouble))
    expect(found).toMatchObject({ severity, lock: 'main', about: 'chastify.token' })
    expect(found?.message).toContain('its words')
    expect(found?.mend).toMatch(mend)
  })

  test.each<Trouble>(['no-lock', 'lock-ended'])('that meets %s is good', (trouble) => {
    expect(tried(refused(trouble))).toBe(null)
  })
})

describe('the clock', () => {
  test.each([
    [0, 'ok'],
    [29, 'ok'],
    [-29, 'ok'],
    [45, 'warn'],
    [-45, 'warn'],
    [119, 'warn'],
    [600, 'fault'],
    [-600, 'fault'],
  ] as const)('%i s ahead is %s', (ahead, severity) => {
    const [found] = clockFinding('main', 'Chastify', good(null, now - ahead * 1000))
    expect(found?.severity).toBe(severity)
    if (severity !== 'ok') expect(found?.message).toMatch(ahead > 0 ? /ahead of/ : /behind/)
  })

  test('that a service does not tell is no fault; of no answer nothing is said', () => {
    expect(clockFinding('main', 'Chastify', good(null, null))[0]?.severity).toBe('warn')
    expect(clockFinding('main', 'Chastify', { ...refused('timeout'), serverTime: null })).toEqual([])
  })
})

describe('the lock', () => {
  const rules = rulesOf('rules:\n  - { id: night, when: lock.active is true, then: [freeze: 1h] }\n')
  const look = (answer: Answer, expects: Expect | null = null, limits = limitsOf([], berlin)) =>
    readingFindings({
      ...{ lock: 'main', service: chastify, token: 'chastify.token', as: 'owner', reads: [session.topic] },
      ...{ answer, kind: session, expects, rules, limits, zone: berlin },
    })
  const wrong = (answer: Answer, expects?: Expect | null, limits?: ReturnType<typeof limitsOf>) =>
    look(answer, expects, limits)
      .findings.filter(({ severity }) => severity !== 'ok')
      .map(({ severity, about }) => `${severity} ${about}`)

  test('with all in order has no findings but good ones, and an id', () => {
    expect(wrong(good(lockBody({ keyholderUsername: 'carol' })), { wearer: 'alice', keyholder: 'carol' })).toEqual([])
    expect(look(good(lockBody())).lockId).toBe(lockA)
  })

  test.each<[string, Answer, string[]]>([
    ['of another wearer', good(lockBody({ wearerUsername: 'bob' })), ['fault expect.wearer']],
    ['of nobody told', good(lockBody({ wearerUsername: null })), ['fault expect.wearer']],
    ['without an id', good(lockBody({ _id: null })), ['warn lock id']],
    ['in an unknown role', good(lockBody({}, { role: 'guest' })), ['warn role']],
    ['without a role', good(lockBody({}, { role: null })), ['warn role']],
    ['with a token without scopes', good(lockBody({}, { scopes: [] })), ['warn scopes']],
    ['with a token that only reads', good(lockBody({}, { scopes: ['session:read'] })), ['warn scopes']],
    ['whose scopes are not told', good(lockBody({}, { scopes: null })), []],
    ['whose timer is hidden', good(lockBody({ timeRemainingSeconds: null })), ['warn lock.timeRemainingSeconds']],
    ['that tells what cannot be read and no rule needs', good(lockBody({ taskPoints: 'x' })), []],
    ['in another form', good({ hello: 1 }), ['fault chastify.token']],
    ['that is not there', refused('no-lock'), []],
  ])('%s', (_, answer, expected) => {
    expect(wrong(answer, { wearer: 'alice' })).toEqual(expected)
  })

  test.each(['bob', null])('under the keyholder %s', (keyholderUsername) => {
    const answer = good(lockBody({ keyholderUsername }))
    expect(wrong(answer, { keyholder: 'carol' })).toEqual(['fault expect.keyholder'])
    expect(wrong(answer, { wearer: 'alice' })).toEqual([])
  })

  test('an untrusted keyholder freezes three times a day, where more is agreed', () => {
    const untrusted = good(lockBody({ trusted: false }))
    const more = limitsOf([{ freeze: { times_per_day: 5 } }], berlin)
    expect(wrong(untrusted)).toEqual([])
    expect(wrong(untrusted, null, more)).toEqual(['warn role'])
    expect(wrong(good(lockBody({ trusted: false }, { role: 'wearer' })), null, more)).toEqual([])
  })
})

describe('rules', () => {
  const rules = rulesOf(`rules:
  - { id: reads, when: tracker.locked is true, then: [log: a] }
  - { id: plays, when: lock.active is true, then: [tracker.game: dice] }
  - { id: dom, when: lock.active is true, then: [{ draw: [{ then: [{ tracker.game: { game: dice, as: dom } }] }, { then: [log: c] }] }] }
  - { id: says, when: lock.active is true, then: [log: "{{ tracker.nick }}"] }
  - { id: off, enabled: false, when: tracker.locked is true, then: [tracker.game: dice] }
  - { id: alone, when: lock.active is true, then: [log: b] }
`)

  test('that need the tracker are named, with whose token', () => {
    expect(needsOf('tracker', rules)).toEqual({
      owner: ['reads', 'plays', 'dom', 'says'],
      dom: ['dom'],
      writing: ['plays', 'dom'],
    })
    expect(writingFindings('main', ['plays'])[0]?.message).toContain('plays needs it')
    expect(writingFindings('main', [])).toEqual([])
    expect(missingFinding('main', 'tracker.token', ['reads', 'plays'])).toMatchObject({ severity: 'warn' })
    expect(missingFinding('main', 'tracker.token', [])).toMatchObject({ severity: 'ok' })
  })

  test('all switched off, or after the agreed end, do nothing', () => {
    const severities = (limits: ReturnType<typeof limitsOf>, some = rules) =>
      ruleFindings('main', some, limits, now, berlin).map(({ severity, about }) => `${severity} ${about}`)
    expect(severities(limitsOf([], berlin))).toEqual(['ok rules'])
    expect(severities(limitsOf([{ ends: '2026-03-01 12:00' }], berlin))).toEqual(['ok rules', 'warn limits.ends'])
    const off = rulesOf('rules:\n  - { id: off, enabled: false, when: lock.active is true, then: [log: a] }\n')
    expect(severities(limitsOf([], berlin), off)).toEqual(['ok rules'])
    const around = { limits: null, lacks: null, tested: null, now: 0, zone: berlin }
    expect(lint(off, around).map(({ message }) => message)).toEqual(['no rule is switched on, so nothing will be done'])
  })
})

test('its lines say what to do, and are summed up', () => {
  expect(doctorLines([finding('ok', 'node', 'version 24')])).toEqual(['ok     node: version 24', 'all is well'])
  expect(
    doctorLines([
      finding('fault', 'clock', 'it is 5 min behind', 'set it', 'main'),
      finding('warn', 'switch', 'it is set', 'resume'),
    ]),
  ).toEqual([
    'fault  main: clock: it is 5 min behind; set it',
    'warn   switch: it is set; resume',
    '1 fault, 1 warning',
  ])
})
