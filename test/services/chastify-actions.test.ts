import { describe, expect, test } from 'vitest'
import type { Effect, Json } from '../../src/core/model/service.ts'
import { chastify } from '../../src/services/chastify/service.ts'
import { actionOf, asked, factsOf, faults, read } from './support.ts'

const id = '65f0c0ffee65f0c0ffee65f0'
const calm = factsOf({ 'lock.frozen': false, 'lock.taskAssigned': false })
const action = (name: string, params: Json): readonly [string, Json] => ['/api/apps/v1/action', { name, params }]
const template = (text: string) => ({ template: [text] })

/** A written action carried through: its effect and its request. */
function carry(name: string, written: unknown, facts = calm) {
  const kind = actionOf(chastify, name)
  const params = read(kind, written)
  const plan = kind.plan(params, facts, asked, asked)
  if (!('go' in plan)) throw new Error(JSON.stringify(plan))
  const request = kind.request(params, plan.go, facts, id)
  return { kind, params, effect: plan.go, request, did: kind.did(params, plan.go, null) }
}

const relief = (allow: string, seconds = 0, counts: Effect['counts'] = null): Effect => ({
  toward: 'relief',
  counts,
  seconds,
  least: seconds === 0 ? 0 : 1,
  allow,
})
const restricts = (allow: string, counts: Effect['counts'] = null, seconds = 0, least = 0): Effect => ({
  toward: 'restricts',
  counts,
  seconds,
  least,
  allow,
})
const neutral = (allow: string): Effect => ({ toward: 'neutral', counts: null, seconds: 0, least: 0, allow })

describe('every action', () => {
  const assigned = { actor: 'extension', taskText: 'Write', points: 0, verificationRequired: false }
  test.each<[string, unknown, Effect, readonly [string, Json], string]>([
    ['add_time', '1h30m', restricts('add_time', 'add_time', 5400, 1), action('add_time', 5400), 'added 1 h 30 min'],
    ['add_time', { length: 90 }, restricts('add_time', 'add_time', 90, 1), action('add_time', 90), 'added 1 min 30 s'],
    ['remove_time', '15m', relief('remove_time', 900, 'remove_time'), action('remove_time', 900), 'removed 15 min'],
    [
      'apply_time',
      '10m',
      restricts('add_time', 'add_time', 600, 1),
      ['/api/apps/v1/lock/apply-time', { deltaSeconds: 600 }],
      'added 10 min',
    ],
    [
      'apply_time',
      '-5m',
      relief('remove_time', 300, 'remove_time'),
      ['/api/apps/v1/lock/apply-time', { deltaSeconds: -300 }],
      'removed 5 min',
    ],
    [
      'apply_time',
      { length: -300 },
      relief('remove_time', 300, 'remove_time'),
      ['/api/apps/v1/lock/apply-time', { deltaSeconds: -300 }],
      'removed 5 min',
    ],
    [
      'freeze',
      '30m',
      restricts('freeze', 'freeze', 1800, 60),
      ['/api/apps/v1/lock/freeze', { durationSeconds: 1800 }],
      'froze the lock for 30 min',
    ],
    ['unfreeze', null, relief('unfreeze'), ['/api/apps/v1/lock/unfreeze', {}], 'unfroze the lock'],
    ['unfreeze', {}, relief('unfreeze'), ['/api/apps/v1/lock/unfreeze', {}], 'unfroze the lock'],
    [
      'toggle_freeze',
      '5m',
      restricts('freeze', 'freeze', 300, 60),
      action('toggle_freeze', { durationSeconds: 300 }),
      'froze the lock for 5 min',
    ],
    [
      'pillory',
      '15m',
      restricts('pillory', null, 900, 1),
      action('pillory', { durationSeconds: 900 }),
      'put the wearer on the pillory for 15 min',
    ],
    ['pillory.end', null, relief('pillory.end'), action('pillory.end', {}), 'ended the pillory'],
    [
      'hygienic_unlock.start',
      '15m',
      relief('hygienic_unlock.start', 900),
      action('hygienic_unlock.start', { durationSeconds: 900 }),
      'started a hygienic opening of 15 min',
    ],
    [
      'settings.patch',
      { params: { a: [1, { b: null }] } },
      restricts('settings.patch'),
      action('settings.patch', { a: [1, { b: null }] }),
      'changed settings of the lock',
    ],
    ['task.assign', 'Write', restricts('task.assign', 'task'), action('task.assign', assigned), 'assigned a task'],
    [
      'task.assign',
      { text: 'Write', points: 5, duration: '45m', verification: true, if_open: 'skip' },
      restricts('task.assign', 'task'),
      action('task.assign', { ...assigned, points: 5, verificationRequired: true, durationSeconds: 2700 }),
      'assigned a task worth 5 points, 45 min long',
    ],
    [
      'task.start_timer',
      null,
      restricts('task.start_timer'),
      action('task.start_timer', {}),
      'started the timer of the task',
    ],
    [
      'task.complete',
      null,
      restricts('task.complete'),
      action('task.complete', { successful: true }),
      'completed the task',
    ],
    [
      'task.complete',
      {},
      restricts('task.complete'),
      action('task.complete', { successful: true }),
      'completed the task',
    ],
    [
      'task.complete',
      { successful: false },
      restricts('task.complete'),
      action('task.complete', { successful: false }),
      'closed the task as failed',
    ],
    [
      'log',
      'Last hour',
      neutral('log'),
      ['/api/apps/v1/logs/custom', { title: 'Last hour', role: 'extension' }],
      'wrote into the history of the lock',
    ],
    [
      'log',
      { title: 'T', description: 'D', role: 'wearer', icon: 'star', color: '#ffcc00' },
      neutral('log'),
      ['/api/apps/v1/logs/custom', { title: 'T', description: 'D', role: 'wearer', icon: 'star', color: '#ffcc00' }],
      'wrote into the history of the lock',
    ],
    [
      'notify',
      'Hello',
      neutral('notify'),
      [
        '/api/apps/v1/notifications/custom',
        { title: 'lockwarden', message: 'Hello', target: 'both', showPageOverlay: false },
      ],
      'notified wearer and keyholder',
    ],
    [
      'notify',
      { title: 'T', message: 'M', target: 'wearer', overlay: true },
      neutral('notify'),
      ['/api/apps/v1/notifications/custom', { title: 'T', message: 'M', target: 'wearer', showPageOverlay: true }],
      'notified the wearer',
    ],
  ])('%s: %j', (name, written, effect, [path, body], did) => {
    const made = carry(name, written)
    expect(made.effect).toEqual(effect)
    expect(made.request).toEqual({
      service: 'chastify',
      as: 'owner',
      method: 'POST',
      path,
      body,
      lockId: id,
      budget: 'action',
    })
    expect(made.did).toMatchObject({ did, action: name })
    expect(made.kind.worst(made.params)).toEqual(effect)
  })

  test('parameters are plain data that survive the ledger', () => {
    for (const [name, written] of [
      ['log', { title: '{{ lock.lockTitle }}!' }],
      ['notify', 'x {{ lock.timeRemainingSeconds | duration }}'],
      ['task.assign', '{{ did }}'],
    ] as const) {
      const params = read(actionOf(chastify, name), written)
      expect(JSON.parse(JSON.stringify(params))).toEqual(params)
    }
    expect(read(actionOf(chastify, 'log'), '{{ lock.lockTitle }}!')).toMatchObject({
      title: { template: [{ slot: 'lock.lockTitle', filters: [] }, '!'] },
      description: null,
    })
  })

  test('names are unique, with help that shows how to write them', () => {
    const names = chastify.actions.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(chastify.actions.filter(({ name, help }) => !help.includes(name))).toEqual([])
    expect(chastify.actions.every(({ service }) => service === 'chastify')).toBe(true)
  })

  test('what is fenced is in the catalogue, and is read again', () => {
    const known = new Set(chastify.facts.map(({ name }) => name))
    for (const { name, fences, rereads } of chastify.actions) {
      expect(fences.filter((fact) => !known.has(fact))).toEqual([])
      expect([name, rereads]).toEqual([name, fences.length > 0 ? ['chastify.session'] : []])
    }
    expect(actionOf(chastify, 'add_time').fences).toEqual(['lock.timeRemainingSeconds', 'lock.unlockable'])
    expect(actionOf(chastify, 'freeze').fences).toContain('lock.frozen')
    expect(actionOf(chastify, 'settings.patch').fences).toContain('lock.maxTimeRemainingSeconds')
    expect(actionOf(chastify, 'settings.patch').fences).not.toContain('lock.wearerUsername')
    expect(actionOf(chastify, 'notify').fences).toEqual([])
  })
})

test('a clamped size is what is sent and said', () => {
  for (const [name, written, path] of [
    ['add_time', '2h', { name: 'add_time', params: 600 }],
    ['apply_time', '-2h', { deltaSeconds: -600 }],
    ['freeze', '2h', { durationSeconds: 600 }],
    ['toggle_freeze', '2h', { name: 'toggle_freeze', params: { durationSeconds: 600 } }],
  ] as const) {
    const { kind, params, effect } = carry(name, written)
    const granted = { ...effect, seconds: 600 }
    expect(kind.request(params, granted, calm, null)).toMatchObject({ body: path, lockId: null })
    expect(kind.did(params, granted, null).did).toContain('10 min')
  }
})

test('did carries signed seconds where the action has a direction', () => {
  expect(carry('add_time', '10m').did).toEqual({ did: 'added 10 min', action: 'add_time', seconds: 600 })
  expect(carry('apply_time', '-10m').did.seconds).toBe(-600)
  expect(carry('unfreeze', null).did).toEqual({ did: 'unfroze the lock', action: 'unfreeze' })
})

describe('freezing depends on the lock', () => {
  const plan = (name: string, frozen: boolean | string | null) => {
    const kind = actionOf(chastify, name)
    return kind.plan(read(kind, '10m'), factsOf(frozen === null ? {} : { 'lock.frozen': frozen }), asked, asked)
  }
  const freeze = { go: restricts('freeze', 'freeze', 600, 60) }
  const wait = { waitsFor: ['chastify.session'] }
  const refused = { refused: 'whether the lock is frozen is unknown' }
  test.each<[boolean | string | null, unknown, unknown]>([
    [false, freeze, freeze],
    [true, { refused: 'the lock is already frozen' }, { go: relief('unfreeze') }],
    ['stale', wait, wait],
    ['fenced', wait, wait],
    ['unread', wait, wait],
    [null, wait, wait],
    ['missing', refused, refused],
    ['null', refused, refused],
    ['unreadable', refused, refused],
  ])('frozen is %s', (frozen, onFreeze, onToggle) => {
    expect(plan('freeze', frozen)).toEqual(onFreeze)
    expect(plan('toggle_freeze', frozen)).toEqual(onToggle)
  })
  test('a toggle meant as relief freezes for the shortest time if it comes too late', () => {
    const made = carry('toggle_freeze', '10h', factsOf({ 'lock.frozen': true }))
    expect(made.request.body).toEqual({ name: 'toggle_freeze', params: { durationSeconds: 60 } })
    expect(made.did).toEqual({ did: 'unfroze the lock', action: 'toggle_freeze' })
    expect(made.kind.worst(made.params).toward).toBe('restricts')
  })
})

test.each<[boolean | string, unknown]>([
  [true, { refused: 'a task is already open' }],
  ['stale', { waitsFor: ['chastify.session'] }],
  ['fenced', { waitsFor: ['chastify.session'] }],
  ['unread', { waitsFor: ['chastify.session'] }],
  ['missing', { refused: 'whether a task is open is unknown' }],
  ['unreadable', { refused: 'whether a task is open is unknown' }],
])('a task is not assigned while taskAssigned is %s', (open, expected) => {
  const kind = actionOf(chastify, 'task.assign')
  expect(kind.plan(read(kind, 'Write'), factsOf({ 'lock.taskAssigned': open }), asked, asked)).toEqual(expected)
})

describe('texts', () => {
  test('filled in beyond the service’s limit they are cut', () => {
    const long = 'y'.repeat(3000)
    const bodyOf = (name: string, params: Json) =>
      actionOf(chastify, name).request(params, neutral(name), calm, null).body as Record<string, string>
    const log = { title: long, description: long, role: 'extension', icon: null, color: null }
    expect(bodyOf('log', log).title).toBe(`${'y'.repeat(179)}…`)
    expect(bodyOf('log', log).description).toHaveLength(2000)
    const sent = bodyOf('notify', { title: long, message: `${'y'.repeat(498)}😀z`, target: 'both', overlay: false })
    expect(sent.title).toHaveLength(100)
    expect(sent.message).toBe(`${'y'.repeat(498)}…`)
    const task = { text: long, points: 0, duration: null, verification: false }
    const assigned = actionOf(chastify, 'task.assign').request(task, neutral('x'), calm, null).body
    expect((assigned as { params: { taskText: string } }).params.taskText).toHaveLength(500)
  })
  test('a template nobody filled in says unknown', () => {
    const made = carry('log', 'on {{ lock.lockTitle }}')
    expect(made.request.body).toMatchObject({ title: 'on unknown' })
    expect(made.params).toMatchObject({ title: { template: ['on ', { slot: 'lock.lockTitle' }] } })
    expect(read(made.kind, 'x')).toMatchObject({ title: template('x') })
  })
})

describe('refused at load', () => {
  test.each<[string, unknown, RegExp]>([
    ['add_time', null, /length of time/],
    ['add_time', '0s', /at least 1 s/],
    ['add_time', '-1h', /length of time/],
    ['add_time', 'soon', /length of time/],
    ['add_time', { size: '1h' }, /unrecognized_keys/],
    ['apply_time', 0, /not 0/],
    ['apply_time', '-0s', /not 0/],
    ['apply_time', '--5m', /10m or -10m/],
    ['apply_time', 1.5, /whole seconds/],
    ['apply_time', true, /10m or -10m/],
    ['freeze', '59s', /at least 60 s/],
    ['freeze', '25h', /at most 24h/],
    ['freeze', null, /length of time/],
    ['toggle_freeze', '2d', /at most 24h/],
    ['unfreeze', '1h', /no parameters/],
    ['unfreeze', { length: '1h' }, /no parameters/],
    ['pillory.end', true, /no parameters/],
    ['task.start_timer', [], /no parameters/],
    ['settings.patch', null, /./],
    ['settings.patch', { params: 'x' }, /record/],
    ['task.assign', '', /too_small/],
    ['task.assign', 'x'.repeat(501), /500 characters/],
    ['task.assign', { text: 'x', points: -1 }, /points/],
    ['task.assign', { text: 'x', points: 1.5 }, /points/],
    ['task.assign', { text: 'x', if_open: 'ask' }, /if_open|ask/],
    ['task.assign', { text: 'x {{' }, /without/],
    ['task.complete', 'yes', /true or false/],
    ['log', 'x'.repeat(181), /180 characters/],
    ['log', { title: 'x', description: 'x'.repeat(2001) }, /2000 characters/],
    ['log', { title: 'x', role: 'admin' }, /role/],
    ['log', { title: 'x', color: 'red' }, /#ffcc00/],
    ['log', { text: 'x' }, /unrecognized_keys/],
    ['notify', { title: 'x'.repeat(101), message: 'x' }, /100 characters/],
    ['notify', { title: 'x' }, /message/],
    ['notify', 'x'.repeat(501), /500 characters/],
    ['notify', { message: 'x', target: 'all' }, /target/],
  ])('%s: %j', (name, written, message) => {
    expect(faults(actionOf(chastify, name), written)).toMatch(message)
  })
})
