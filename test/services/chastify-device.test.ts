// What a device can be told: which way it acts, and the request it becomes, whatever the route.
import { describe, expect, test } from 'vitest'
import { deviceCommands, deviceRequest, routedPath } from '../../src/services/chastify/device.ts'
import { chastify } from '../../src/services/chastify/service.ts'
import { actionOf, asked, factsOf, faults, read } from './support.ts'

const id = '65f0c0ffee65f0c0ffee65f0'
const kind = actionOf(chastify, 'device')
const nothingKnown = factsOf({})

function carry(written: unknown) {
  const params = read(kind, written)
  const planned = kind.plan(params, nothingKnown, asked, asked)
  if (!('go' in planned)) throw new Error(JSON.stringify(planned))
  return { params, effect: planned.go, request: kind.request(params, planned.go, nothingKnown, id) }
}

test('the commands are the seven of the page', () => {
  expect([...deviceCommands].sort()).toEqual([
    'all.stop',
    'shock.berserk.set',
    'shock.random.set',
    'shock.start',
    'shock.stop',
    'vibration.start',
    'vibration.stop',
  ])
})

describe('a stop is relief that needs no leave and may be sent twice; all else restricts and is counted', () => {
  test.each(deviceCommands)('%s', (command) => {
    const { params, effect } = carry(command)
    const stops = command.endsWith('.stop')
    expect(effect).toEqual({
      toward: stops ? 'relief' : 'restricts',
      counts: stops ? null : 'device',
      seconds: 0,
      least: 0,
      allow: stops ? '' : 'device',
      command,
    })
    expect(kind.worst(params)).toEqual(effect)
    expect(kind.repeatable(params)).toBe(stops)
    expect(kind.did(params, effect, null)).toEqual({ did: `sent ${command} to the device`, action: 'device' })
  })
})

describe('requests', () => {
  test('of a command alone', () => {
    expect(carry('vibration.start').request).toEqual({
      service: 'chastify',
      as: 'device',
      method: 'POST',
      path: '/device-command',
      body: { command: 'vibration.start' },
      lockId: id,
      budget: 'action',
    })
  })
  test.each([
    [{ intensity: 3, pattern: [1, 'a', null, true] }],
    [[1, 2]],
    ['text {{ lock.lockTitle }}'],
    [0],
    [false],
    [{ drawn: { between: [1, 2] }, template: ['x'], __proto__: 1 }],
  ])('parameters go out as given: %j', (params) => {
    expect(carry({ command: 'shock.start', params }).request.body).toEqual({ command: 'shock.start', params })
  })
  test('parameters that are null are none', () => {
    expect(carry({ command: 'all.stop', params: null }).request.body).toEqual({ command: 'all.stop' })
  })
  test('a stop does not wait for an allowance that other actions use up', () => {
    expect(carry('all.stop').request.budget).toBe('write')
    expect(deviceRequest('shock.start', null).budget).toBe('action')
  })
  test('by each route', () => {
    expect(routedPath({ route: 'app' })).toBe('/api/apps/v1/device-command')
    expect(routedPath({ route: 'extension', sessionId: 'a/b' })).toBe('/api/extensions/sessions/a%2Fb/device-command')
  })
})

test('what ends it all is a stop', () => {
  const { halt = null } = kind
  expect(kind.worst(halt)).toMatchObject({ toward: 'relief', command: 'all.stop' })
  expect(kind.request(halt, kind.worst(halt), nothingKnown, id).body).toEqual({ command: 'all.stop' })
})

test.each<[unknown, RegExp]>([
  ['vibrate', /a command: shock\.start/],
  [{ command: 'vibrate' }, /a command: shock\.start/],
  [{ params: {} }, /a command/],
  [{ command: 'all.stop', level: 2 }, /unrecognized_keys/],
  [{ command: 'all.stop', params: { a: Number.POSITIVE_INFINITY } }, /params/],
  [null, /a command/],
  [3, /a command/],
])('refused: %j', (written, message) => expect(faults(kind, written)).toMatch(message))
