import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/core/model/service.ts'
import { tracker } from '../../src/services/tracker/service.ts'
import { actionOf, asked, factsOf, faults, read } from './support.ts'

const game = actionOf(tracker, 'tracker.game')
const start = actionOf(tracker, 'tracker.session.start')
const link = 'https://www.chastitytracker.org/link/AbC123'
const facts = factsOf({ 'tracker.sessionId': 123, 'tracker.linkGame': link })
const effect = (allow: string) => ({ toward: 'restricts', counts: 'game', seconds: 0, least: 0, allow })

describe('games', () => {
  test.each<[unknown, string, Json]>([
    ['dice', 'owner', { game: 'dice', dom: 0, session: 123 }],
    ['luck', 'owner', { game: 'luck', dom: 0, session: 123 }],
    [{ game: 'dice', as: 'dom' }, 'dom', { game: 'dice', dom: 1, session: 123 }],
    [{ game: 'luck', dom: 1 }, 'dom', { game: 'luck', dom: 1, session: 123 }],
    [{ game: 'luck', dom: 0 }, 'owner', { game: 'luck', dom: 0, session: 123 }],
    [{ game: 'link', as: 'public', type: 'rand' }, 'public', { game: 'link', dom: 0, token: 'AbC123', type: 'rand' }],
    [
      { game: 'link', dom: 0, token: 'Xyz', type: 'add' },
      'public',
      { game: 'link', dom: 0, token: 'Xyz', type: 'add' },
    ],
    [{ game: 'link', as: 'dom', type: 'sub' }, 'dom', { game: 'link', dom: 1, session: 123, type: 'sub' }],
    [
      { game: 'link', as: 'owner', type: 'add', penalty: 'accept' },
      'owner',
      { game: 'link', dom: 0, token: 'AbC123', type: 'add' },
    ],
    [
      { game: 'link', dom: 0, type: 'add', penalty: 'accept' },
      'owner',
      { game: 'link', dom: 0, token: 'AbC123', type: 'add' },
    ],
  ])('%j', (written, as, body) => {
    const params = read(game, written)
    const allow = JSON.stringify(written).includes('link') ? 'tracker.game.link' : 'tracker.game'
    expect(game.plan(params, facts, asked, asked)).toEqual({ go: effect(allow) })
    expect(game.worst(params)).toEqual(effect(allow))
    expect(game.request(params, game.worst(params), facts, null)).toEqual({
      service: 'tracker',
      as,
      method: 'POST',
      path: '/api/v2/games.php',
      body,
      lockId: null,
      budget: 'write',
    })
    expect(JSON.parse(JSON.stringify(params))).toEqual(params)
  })

  const waitsForSession = { waitsFor: ['tracker.sessions'] }
  const waitsForStats = { waitsFor: ['tracker.stats'] }
  const vote = { game: 'link', as: 'public', type: 'add' }
  test.each<[unknown, Record<string, string>, unknown]>([
    ['dice', {}, waitsForSession],
    ['dice', { 'tracker.sessionId': 'stale' }, waitsForSession],
    ['dice', { 'tracker.sessionId': 'fenced' }, waitsForSession],
    ['dice', { 'tracker.sessionId': 'unread' }, waitsForSession],
    ['dice', { 'tracker.sessionId': 'null' }, { refused: 'the tracker has no active session' }],
    ['dice', { 'tracker.sessionId': 'unreadable' }, { refused: 'the session of the tracker is unknown' }],
    [{ game: 'link', as: 'dom', type: 'add' }, {}, waitsForSession],
    [vote, {}, waitsForStats],
    [vote, { 'tracker.linkGame': 'stale' }, waitsForStats],
    [vote, { 'tracker.linkGame': 'null' }, { refused: 'the tracker tells no link game' }],
    [
      vote,
      { 'tracker.linkGame': 'https://www.chastitytracker.org/link.php' },
      { refused: 'tracker.linkGame holds no token' },
    ],
    [vote, { 'tracker.linkGame': 'no address' }, { refused: 'tracker.linkGame holds no token' }],
  ])('%j with %j', (written, known, expected) => {
    expect(game.plan(read(game, written), factsOf(known), asked, asked)).toEqual(expected)
  })

  test.each([
    ['https://t.example/link/AbC', 'AbC'],
    ['https://t.example/link/AbC/', 'AbC'],
    ['https://t.example/link.php?token=AbC&x=1', 'AbC'],
    ['https://t.example/link.php?l=AbC', 'AbC'],
  ])('the token of %s', (linkGame, token) => {
    const request = game.request(
      read(game, vote),
      effect('x') as never,
      factsOf({ 'tracker.linkGame': linkGame }),
      null,
    )
    expect(request.body).toMatchObject({ token })
  })

  test.each<[unknown, RegExp]>([
    [null, /dice or luck/],
    ['link', /as: public/],
    ['poker', /dice or luck/],
    [{ game: 'poker' }, /"game"/],
    [{ game: 'dice', type: 'add' }, /only the link game takes a type/],
    [{ game: 'dice', as: 'public' }, /only the link game can be played as public/],
    [{ game: 'dice', token: 'x' }, /only the link game takes a token/],
    [{ game: 'dice', penalty: 'accept' }, /brings a penalty/],
    [{ game: 'dice', as: 'dom', dom: 1 }, /say the same/],
    [{ game: 'link', type: 'add' }, /say who plays/],
    [{ game: 'link', as: 'public' }, /needs a type/],
    [{ game: 'link', as: 'dom' }, /needs a type/],
    [{ game: 'link', as: 'owner', type: 'add' }, /forces the greatest penalty on the owner/],
    [{ game: 'link', as: 'public', type: 'add', penalty: 'accept' }, /brings a penalty/],
    [{ game: 'link', as: 'owner', type: 'add', penalty: 'yes' }, /penalty/],
    [{ game: 'link', as: 'dom', type: 'add', token: 'x' }, /leave the token out/],
    [{ game: 'link', as: 'public', type: 'add', token: 'a b' }, /last part/],
    [{ game: 'dice', who: 'owner' }, /unrecognized_keys/],
  ])('refused at load: %j', (written, message) => {
    expect(faults(game, written)).toMatch(message)
  })

  test.each<[unknown, Json, Record<string, unknown>]>([
    ['dice', null, { did: 'rolled dice', action: 'tracker.game' }],
    [
      'dice',
      { ok: true, data: { operation: 'ADD', seconds: 7200 } },
      { did: 'rolled dice: added 2 h', action: 'tracker.game', operation: 'ADD', seconds: 7200 },
    ],
    [
      'luck',
      { operation: 'SUB', seconds: 86_400 },
      { did: 'tried luck: removed 1 d', action: 'tracker.game', operation: 'SUB', seconds: -86_400 },
    ],
    [
      vote,
      { ok: true, data: { operation: 'MUL', seconds: 5 } },
      { did: 'played the link game', action: 'tracker.game' },
    ],
    [
      vote,
      { ok: true, data: { operation: 'ADD', seconds: Number('1e999') } },
      { did: 'played the link game', action: 'tracker.game' },
    ],
    [
      vote,
      { ok: true, data: { operation: 'ADD', seconds: '5' } },
      { did: 'played the link game', action: 'tracker.game' },
    ],
  ])('did %j, answered %j', (written, body, expected) => {
    expect(game.did(read(game, written), effect('x') as never, body)).toEqual(expected)
  })
})

describe('starting a session', () => {
  test.each<[unknown, Json]>([
    [null, { insertl: 1, public: 0 }],
    [{}, { insertl: 1, public: 0 }],
    [
      { public: true, locked_by: 'kh_bob', scheduled_end: '2027-01-31 12:00' },
      { insertl: 1, public: 1, lockedby: 'kh_bob', scheduledend: '2027-01-31', scheduledendtime: '12:00' },
    ],
  ])('%j', (written, body) => {
    const params = read(start, written)
    const planned = { toward: 'restricts', counts: null, seconds: 0, least: 0, allow: 'tracker.session.start' }
    expect(start.plan(params, facts, asked, asked)).toEqual({ go: planned })
    expect(start.request(params, start.worst(params), facts, 'x')).toEqual({
      service: 'tracker',
      as: 'owner',
      method: 'POST',
      path: '/api/liveinsert.php',
      body,
      lockId: null,
      budget: 'write',
    })
  })
  test.each<[unknown, RegExp]>([
    ['now', /a map/],
    [{ scheduled_end: '2027-02-30 12:00' }, /no date or time that there is/],
    [{ scheduled_end: 'tomorrow' }, /UTC/],
    [{ public: 'yes' }, /public/],
    [{ start: 'now' }, /unrecognized_keys/],
  ])('refused at load: %j', (written, message) => {
    expect(faults(start, written)).toMatch(message)
  })
})

test('what is fenced is in the catalogue', () => {
  const known = new Set(tracker.facts.map(({ name }) => name))
  for (const { fences } of tracker.actions) expect(fences.filter((name) => !known.has(name))).toEqual([])
  expect(game.rereads).toEqual(['tracker.stats'])
  expect(start.fences).toContain('tracker.sessionId')
})
