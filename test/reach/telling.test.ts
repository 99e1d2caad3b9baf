// What people are told: troubles and the outbox by tables, the channels against a server, the whole in the daemon.

import { readdirSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { abouts, type Channel, type TellConfig } from '../../src/config/reach.ts'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { isTemplate, parseTemplate } from '../../src/core/language/text.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { noRules } from '../../src/core/model/rule.ts'
import type { Template } from '../../src/core/model/template.ts'
import { untried, wentWrong } from '../../src/core/model/wire.ts'
import { type Sight, sightOf } from '../../src/reach/sight.ts'
import {
  delivered,
  deliveriesOf,
  emptyOutbox,
  letGo,
  type Outbox,
  remindMs,
  type Saying,
  staleMs,
  takeUp,
  takeUpSummary,
} from '../../src/reach/tell/outbox.ts'
import { postingOf } from '../../src/reach/tell/requests.ts'
import { latestMoment, sayHowThingsStand } from '../../src/reach/tell/summary.ts'
import { openTeller } from '../../src/reach/tell/teller.ts'
import { type House as Looked, type Trouble, troublesOf } from '../../src/reach/tell/troubles.ts'
import { Secret } from '../../src/services/secret.ts'
import { House, until } from './house.ts'

const minute = 60_000
const hour = 60 * minute
/** 2026-03-02 12:00 in UTC. */
const noon = 1_772_452_800_000

const blank = sightOf({
  lock: 'main',
  mode: 'live',
  stopped: false,
  kept: emptyKept('seed'),
  passing: nothingSeen,
  last: null,
  stuckMs: 0,
  configured: [],
  topics: ['chastify.session'],
  limits: limitsOf([], 'UTC'),
  rules: noRules,
  now: noon,
  zone: 'UTC',
})
const well = {
  name: 'chastify',
  healthy: true,
  asked: true,
  dead: false,
  failures: 0,
  lastGood: noon,
  clockAheadSeconds: 0,
}

function keysOf(sight: Partial<Sight>, house: Partial<Looked> = {}): string[] {
  const looked = { sights: [{ ...blank, ...sight }], faults: 0, limitsFaulty: false, began: noon - hour, now: noon }
  return troublesOf({ ...looked, ...house }, abouts, 15 * minute).map(({ about, key }) => `${about}: ${key}`)
}

describe('troubles', () => {
  const away = { ...well, healthy: false, failures: 5 }
  const limit = { limit: 'add_time', per: 'day', unit: 'seconds', used: 600, of: 600 } as const
  test.each<[string, Partial<Sight>, Partial<Looked>, string[]]>([
    ['nothing, when all is well', { services: [well] }, {}, []],
    ['nothing of a service not asked yet', { services: [{ ...away, asked: false, lastGood: null }] }, {}, []],
    ['nothing of one away for a moment', { services: [{ ...away, lastGood: noon - 14 * minute }] }, {}, []],
    [
      'a service that stays away',
      { services: [{ ...away, lastGood: noon - 15 * minute }] },
      {},
      ['service: main service chastify'],
    ],
    [
      'one that never answered, from the start',
      { services: [{ ...away, lastGood: null }] },
      {},
      ['service: main service chastify'],
    ],
    ['not yet, right after it', { services: [{ ...away, lastGood: null }] }, { began: noon - minute }, []],
    [
      'a refused token, at once and by itself',
      { services: [{ ...away, dead: true }] },
      {},
      ['token: main token chastify'],
    ],
    ['a loop that stands still', { stuckSeconds: 61 }, {}, ['stuck: main stuck']],
    [
      'unsettled actions, each',
      {
        unsettled: [
          { id: 'ab', said: 'x' },
          { id: 'cd', said: 'y' },
        ],
      },
      {},
      ['unsettled: main unsettled ab', 'unsettled: main unsettled cd'],
    ],
    ['a limit that is reached', { limits: [limit] }, {}, ['limit: main limit add_time day seconds']],
    [
      'no limit that is not',
      {
        limits: [
          { ...limit, used: 599 },
          { ...limit, used: 0, of: 0 },
        ],
      },
      {},
      [],
    ],
    ['the switch', { stopped: true }, {}, ['stop: main stop']],
    ['a new lock', { standstill: 'not accepted' }, {}, ['lock: main standstill not accepted']],
    [
      "somebody else's lock",
      { standstill: 'not the expected wearer' },
      {},
      ['lock: main standstill not the expected wearer'],
    ],
    ['a clock', { standstill: 'clock doubtful' }, {}, ['clock: main standstill clock doubtful']],
    ['a database that is gone', { standstill: 'database gone' }, {}, ['storage: main standstill database gone']],
    [
      'a disk that takes nothing',
      { standstill: 'nothing can be stored' },
      {},
      ['storage: main standstill nothing can be stored'],
    ],
    ['no reading yet is none', { standstill: 'no reading yet' }, {}, []],
    [
      'a channel or the broker that stays dead',
      {},
      { wires: [{ ...wentWrong(untried('mqtt'), 'refused', noon), badSince: noon - 15 * minute }] },
      ['channel: wire mqtt'],
    ],
    ['not one that failed just now', {}, { wires: [wentWrong(untried('mqtt'), 'refused', noon)] }, []],
    ['rules', {}, { faults: 2 }, ['rules: rules']],
    ['a config', {}, { faults: 2, limitsFaulty: true }, ['rules: config']],
  ])('%s', (_, sight, house, keys) => {
    expect(keysOf(sight, house)).toEqual(keys)
  })

  test('only of what is asked for', () => {
    const looked = { sights: [{ ...blank, stopped: true }], faults: 1, limitsFaulty: false, began: 0, now: noon }
    expect(troublesOf(looked, ['stop'], minute).map(({ key }) => key)).toEqual(['main stop'])
  })
})

const trouble: Trouble = { key: 'k', about: 'service', lock: 'main', words: 'tracker is away', reminds: true }
const channels: readonly Channel[] = [
  { name: 'phone', kind: 'ntfy', url: new Secret('http://127.0.0.1/x'), token: null },
  { name: 'chat', kind: 'discord', url: new Secret('http://127.0.0.1/y') },
]
const names = ['phone', 'chat']
const tell: TellConfig = {
  channels,
  quiet: null,
  about: abouts,
  wording: 'plain',
  serviceDownMs: 15 * minute,
  summary: null,
}

/** Everything that is due, taken. */
function allTaken(outbox: Outbox, now: number, config: TellConfig = tell): { outbox: Outbox; texts: string[] } {
  const due = deliveriesOf(outbox, config, now, 'UTC')
  const after = due.reduce((before, one) => delivered(before, one, true, now), outbox)
  return { outbox: after, texts: due.map(({ channel, text }) => `${channel}: ${text}`) }
}

describe('the outbox', () => {
  test('tells a trouble once, again after six hours, and anew when it was over', () => {
    let outbox: Outbox = emptyOutbox
    const said: number[] = []
    const present = (at: number) => at < 14 * hour || (at >= 15 * hour && at < 16 * hour)
    for (let at = 0; at < 20 * hour; at += minute) {
      const now = noon + at
      outbox = takeUp(outbox, present(at) ? [trouble] : [], [], names, now)
      const taken = allTaken(outbox, now)
      if (taken.texts.length > 0) said.push(at)
      outbox = taken.outbox
    }
    expect(said).toEqual([0, remindMs, 2 * remindMs, 15 * hour])
    expect(outbox).toEqual(emptyOutbox)
  })

  test('what ends by itself or was meant is not told again while it lasts', () => {
    let outbox: Outbox = emptyOutbox
    let often = 0
    for (let at = 0; at < 30 * hour; at += 10 * minute) {
      outbox = takeUp(outbox, [{ ...trouble, reminds: false }], [], names, noon + at)
      const taken = allTaken(outbox, noon + at)
      often += taken.texts.length
      outbox = taken.outbox
    }
    expect(often).toBe(names.length)
  })

  test('one that is gone for a moment is not over, and nothing is written meanwhile', () => {
    const told = allTaken(takeUp(emptyOutbox, [trouble], [], names, noon), noon).outbox
    expect(takeUp(told, [trouble], [], names, noon + minute)).toBe(told)
    const gone = takeUp(told, [], [], names, noon + 2 * minute)
    const back = takeUp(gone, [trouble], [], names, noon + 4 * minute)
    expect(back.waiting).toEqual([])
    expect(takeUp(back, [trouble], [], names, noon + 10 * minute)).toBe(back)
  })

  test('quiet hours keep it until they end, across midnight', () => {
    const quiet = { ...tell, quiet: { from: 23 * 3600, to: 7 * 3600 } }
    const night = noon + 12 * hour
    let outbox = takeUp(emptyOutbox, [trouble], [], names, night)
    expect(deliveriesOf(outbox, quiet, night, 'UTC')).toEqual([])
    outbox = takeUp(outbox, [], [], names, night + hour)
    outbox = takeUp(outbox, [], [], names, night + 2 * hour)
    outbox = letGo(outbox, names, night + 6 * hour).outbox
    expect(deliveriesOf(outbox, quiet, noon + 19 * hour - 1000, 'UTC')).toEqual([])
    const [first] = deliveriesOf(outbox, quiet, noon + 19 * hour, 'UTC')
    expect(first).toMatchObject({ channel: 'phone', text: 'main: tracker is away (this is over by now)' })
    const [discreet] = deliveriesOf(outbox, { ...quiet, wording: 'discreet' }, noon + 19 * hour, 'UTC')
    expect(discreet).toMatchObject({ text: 'something needed you, and is over', about: '', lock: '' })
    const day = { ...tell, quiet: { from: 12 * 3600, to: 13 * 3600 } }
    expect(deliveriesOf(takeUp(emptyOutbox, [trouble], [], names, noon), day, noon, 'UTC')).toEqual([])
  })

  test('several that are due at once are one message; discreetly it tells nothing of them', () => {
    const other = { ...trouble, key: 'l', about: 'stop', words: 'the switch is set' } as const
    const outbox = takeUp(emptyOutbox, [trouble, other], [], ['phone'], noon)
    expect(deliveriesOf(outbox, tell, noon, 'UTC')).toEqual([
      {
        channel: 'phone',
        ids: ['k', 'l'],
        about: '',
        lock: 'main',
        text: 'main: tracker is away\nmain: the switch is set',
      },
    ])
    expect(deliveriesOf(outbox, { ...tell, wording: 'discreet' }, noon, 'UTC')).toEqual([
      { channel: 'phone', ids: ['k', 'l'], about: '', lock: '', text: 'something needs you' },
    ])
  })

  test('a channel that does not take it gets it later, the others only once', () => {
    let outbox = takeUp(emptyOutbox, [trouble], [], names, noon)
    const [phone, chat] = deliveriesOf(outbox, tell, noon, 'UTC')
    if (!phone || !chat) throw new Error('two deliveries')
    outbox = delivered(delivered(outbox, phone, false, noon), chat, true, noon)
    expect(deliveriesOf(outbox, tell, noon + minute - 1, 'UTC')).toEqual([])
    const again = deliveriesOf(outbox, tell, noon + minute, 'UTC')
    expect(again.map(({ channel }) => channel)).toEqual(['phone'])
    outbox = delivered(outbox, phone, false, noon + minute)
    expect(deliveriesOf(outbox, tell, noon + 2 * minute, 'UTC')).toEqual([])
    expect(deliveriesOf(outbox, tell, noon + 3 * minute, 'UTC')).toHaveLength(1)
    expect(letGo(outbox, names, noon + staleMs).gone).toBe(0)
    expect(letGo(outbox, names, noon + staleMs + 1)).toMatchObject({ gone: 1, outbox: { waiting: [] } })
    expect(letGo(outbox, ['chat'], noon)).toMatchObject({ gone: 1 })
  })

  test('what a rule says is told once, to whom it names, in its own words', () => {
    const saying: Saying = { id: 'main ab12', at: noon, lock: 'main', words: 'Time to wash', to: ['chat'] }
    const once = takeUp(emptyOutbox, [], [saying], names, noon)
    const taken = allTaken(once, noon, { ...tell, wording: 'discreet' })
    expect(taken.texts).toEqual(['chat: Time to wash'])
    expect(takeUp(taken.outbox, [], [saying], names, noon + hour)).toBe(taken.outbox)
    const all = takeUp(emptyOutbox, [], [{ ...saying, to: [] }], names, noon)
    expect(allTaken(all, noon).texts).toEqual(['phone: Time to wash', 'chat: Time to wash'])
    // What was said before this daemon knew of it, long ago, is not.
    expect(takeUp(emptyOutbox, [], [{ ...saying, at: noon - staleMs }], names, noon)).toBe(emptyOutbox)
  })
})

describe('a summary', () => {
  const daily = { day: null, at: 9 * 3600 }
  const at = (text: string) => Date.parse(text)

  test('has its moment each day, or once a week, by the clock of the zone', () => {
    expect(latestMoment(daily, at('2026-03-02T12:00:00Z'), 'UTC')).toBe(at('2026-03-02T09:00:00Z'))
    expect(latestMoment(daily, at('2026-03-02T08:59:59Z'), 'UTC')).toBe(at('2026-03-01T09:00:00Z'))
    expect(latestMoment(daily, at('2026-03-29T12:00:00Z'), 'Europe/Berlin')).toBe(at('2026-03-29T07:00:00Z'))
    // 2026-03-02 is a Monday.
    const weekly = { day: 1, at: 9 * 3600 }
    expect(latestMoment(weekly, at('2026-03-02T09:00:00Z'), 'UTC')).toBe(at('2026-03-02T09:00:00Z'))
    expect(latestMoment(weekly, at('2026-03-02T08:00:00Z'), 'UTC')).toBe(at('2026-02-23T09:00:00Z'))
  })

  test('is told once for each, none for the time before the first start, and one after days off', () => {
    const moment = (now: number) => latestMoment(daily, now, 'UTC')
    const told: number[] = []
    let outbox: Outbox = emptyOutbox
    const look = (now: number) => {
      outbox = takeUpSummary(outbox, moment(now), () => 'how it stands', ['phone'], now)
      const taken = allTaken(outbox, now, { ...tell, wording: 'discreet' })
      if (taken.texts.length > 0) told.push(now)
      expect(taken.texts.every((text) => text === 'phone: how it stands')).toBe(true)
      outbox = taken.outbox
    }
    for (let now = noon; now <= noon + 48 * hour; now += hour) look(now)
    expect(told).toEqual([noon + 21 * hour, noon + 45 * hour])
    look(noon + 240 * hour)
    look(noon + 241 * hour)
    expect(told).toHaveLength(3)
    // What troubles take up leaves it as it is.
    expect(takeUp(outbox, [trouble], [], names, noon + 241 * hour).summarised).toBe(outbox.summarised)
  })

  test('says in plain words what was done and what is wrong, and discreetly only whether somebody has to look', () => {
    const done = [{ lock: 'main', firings: 2, applied: 1, other: 1 }]
    const wrong = [{ lock: 'main', words: 'tracker is away' }]
    const said = (wording: TellConfig['wording'], troubles: typeof wrong) =>
      sayHowThingsStand(done, troubles, { wording, summary: daily })
    expect(said('plain', [])).toBe(
      'The last day:\nmain: 2 firings, 1 action done, 1 not done or not known\nNothing is wrong.',
    )
    expect(said('plain', wrong)).toContain('Still wrong:\nmain: tracker is away')
    expect(said('discreet', [])).toBe('all is well')
    expect(said('discreet', wrong)).toBe('it goes on, and something needs you')
  })
})

const template = (text: string): Template => {
  const read = parseTemplate(text)
  if (!isTemplate(read)) throw new Error(read.message)
  return read
}

describe('postings', () => {
  const token = new Secret('tk_123')
  const url = new Secret('https://example.net/hook')
  const said = { text: 'main: a "token" was\nrefused', about: 'token', lock: 'main' }
  const json = (channel: Channel) => JSON.parse(postingOf(channel, said).body) as unknown

  test('ntfy', () => {
    expect(postingOf({ name: 'x', kind: 'ntfy', url, token }, said)).toEqual({
      url: 'https://example.net/hook',
      headers: { 'content-type': 'text/plain; charset=utf-8', title: 'lockwarden', authorization: 'Bearer tk_123' },
      body: said.text,
    })
  })
  test('Gotify', () => {
    const channel: Channel = { name: 'x', kind: 'gotify', url: new Secret('https://example.net/push/'), token }
    expect(postingOf(channel, said)).toMatchObject({
      url: 'https://example.net/push/message',
      headers: { 'x-gotify-key': 'tk_123', 'content-type': 'application/json' },
    })
    expect(json(channel)).toEqual({ title: 'lockwarden', message: said.text, priority: 5 })
  })
  test('Discord, without anybody being called by a mention', () => {
    const channel: Channel = { name: 'x', kind: 'discord', url }
    expect(json(channel)).toEqual({ content: `lockwarden: ${said.text}`, allowed_mentions: { parse: [] } })
  })
  test('Telegram', () => {
    const channel: Channel = {
      name: 'x',
      kind: 'telegram',
      chat: '-100',
      url: new Secret('https://api.example.org'),
      token,
    }
    expect(postingOf(channel, said).url).toBe('https://api.example.org/bottk_123/sendMessage')
    expect(json(channel)).toEqual({ chat_id: '-100', text: `lockwarden: ${said.text}` })
  })
  test('a webhook: JSON without a template, and by a template that is JSON; else a text', () => {
    const hook = { name: 'x', kind: 'webhook', url, token: null } as const
    expect(json({ ...hook, template: null })).toEqual({
      title: 'lockwarden',
      message: said.text,
      about: 'token',
      lock: 'main',
    })
    const made = template('{"text": "{{ title }}: {{ message }}", "tags": ["{{ about }}"]}')
    expect(json({ ...hook, template: made })).toEqual({ text: `lockwarden: ${said.text}`, tags: ['token'] })
    expect(postingOf({ ...hook, template: template('{{ lock }} | {{ message }}') }, said)).toMatchObject({
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `main | ${said.text}`,
    })
  })
  test('never longer than all of them take', () => {
    expect(
      postingOf({ name: 'x', kind: 'ntfy', url, token: null }, { ...said, text: 'x'.repeat(9000) }).body.length,
    ).toBe(1500)
  })
})

interface Post {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** Takes messages, or answers with what is planned. */
class PostOffice {
  readonly posts: Post[] = []
  readonly plan: number[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const { url = '', headers } = incoming
        this.posts.push({ path: url, headers, body: Buffer.concat(chunks).toString('utf8') })
        const status = this.plan.shift() ?? 200
        if (status === 0) return void incoming.socket.destroy()
        outgoing.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('{}')
      })
    })
  }

  static async open(): Promise<PostOffice> {
    const office = new PostOffice()
    await new Promise<void>((resolve) => office.#server.listen(0, '127.0.0.1', resolve))
    return office
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }
}

describe('the wires', () => {
  const looked = { sights: [{ ...blank, stopped: true }], faults: 0, limitsFaulty: false }
  async function opened(office: Pick<PostOffice, 'url'>, house: House, more: { restMs?: number } = {}) {
    const url = new Secret(`${office.url}/my-secret-topic`)
    const said: string[] = []
    const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) }
    const one: TellConfig = { ...tell, channels: [{ name: 'phone', kind: 'ntfy', url, token: new Secret('tk_abc') }] }
    const ports = {
      tell: one,
      data: house.folder,
      zone: 'UTC',
      house: () => looked,
      sayings: () => [],
      now: Date.now,
      log,
    }
    return { teller: openTeller({ ...ports, restMs: more.restMs ?? 5 }), said }
  }

  test('tries again a few times what did not come through, and then leaves it to a later round', async () => {
    await using office = await PostOffice.open()
    await using house = await House.open()
    office.plan.push(503, 0, 200)
    const { teller, said } = await opened(office, house)
    await until('the third', () => office.posts.length === 3)
    await until('the note of it', () => house.has('told.json') && house.read('told.json').includes('"waiting":[]'))
    await teller.close()
    expect(said).toEqual([])
    expect(office.posts[0]).toMatchObject({ path: '/my-secret-topic', headers: { authorization: 'Bearer tk_abc' } })
    // A restart tells nothing again.
    const again = await opened(office, house)
    again.teller.stir()
    await new Promise((done) => setTimeout(done, 1200))
    await again.teller.close()
    expect(office.posts.length).toBe(3)
  })

  test.each([
    '{',
    '[]',
    '{"told":{},"said":{},"waiting":[{"id":"main stop"}]}',
    '{"told":{"main stop":{"at":1e999,"gone":null}},"said":{},"waiting":[]}',
    '{"told":{},"said":{},"waiting":[null]}',
  ])('what it kept is read by schema: %s is told, and then it tells anew', async (text) => {
    await using office = await PostOffice.open()
    await using house = await House.open()
    house.write('told.json', text)
    const { teller, said } = await opened(office, house)
    await until('the post', () => office.posts.length === 1)
    await teller.close()
    expect(said).toEqual([
      expect.stringContaining('told.json in the data folder is damaged; messages may be sent again'),
    ])
  })

  test('a port that is never asked is told as that', async () => {
    await using house = await House.open()
    const { teller, said } = await opened({ url: 'http://127.0.0.1:6000' }, house)
    await until('the words', () => said.length > 0)
    await teller.close()
    expect(said.join()).toContain('(Node and browsers refuse this port; choose another)')
  })

  test.each([
    ['it answered 401', [401], 1],
    ['it answered 302', [302], 1],
    ['it answered 500', [500, 500, 500], 3],
  ])('a refusal is said without an address: %s', async (words, plan, often) => {
    await using office = await PostOffice.open()
    await using house = await House.open()
    office.plan.push(...plan)
    const { teller, said } = await opened(office, house)
    await until('the words', () => said.length > 0)
    await teller.close()
    expect(said).toEqual([`the channel phone did not take a message (${words}); it is tried again`])
    expect(office.posts.length).toBe(often)
    expect(JSON.parse(house.read('told.json'))).toMatchObject({
      waiting: [{ id: 'main stop', to: { phone: { tries: 1 } } }],
    })
  })
})

describe('the daemon', () => {
  test('tells of the switch and of broken rules, discreetly, each once; no secret is anywhere', async () => {
    await using office = await PostOffice.open()
    const section = {
      channels: {
        phone: { ntfy: `${office.url}/topic-of-alice`, token_file: './secrets/ntfy' },
        home: { gotify: office.url, token_file: './secrets/gotify' },
        chat: { discord_file: './secrets/discord' },
        bot: { telegram: 4711, token_file: './secrets/bot', base_url: office.url },
        hook: { webhook: `${office.url}/hook`, template: '{"text": "{{ message }}"}' },
      },
    }
    const files = {
      'secrets/ntfy': 'tk_ntfyntfyntfy',
      'secrets/gotify': 'A-gotify-token',
      'secrets/discord': `${office.url}/api/webhooks/1/discord-secret\n`,
      'secrets/bot': '123456:telegram-secret',
    }
    await using house = await House.open({ config: { tell: section }, files })
    await until('a reading', () => house.app?.locks.get('main')?.passing.sessionSeen)
    await new Promise((done) => setTimeout(done, 800))
    expect(office.posts).toEqual([])
    house.write('data/STOP', 'by hand\n')
    await until('all five', () => office.posts.length === 5)
    expect(office.posts.map(({ path }) => path).sort()).toEqual([
      '/api/webhooks/1/discord-secret',
      '/bot123456:telegram-secret/sendMessage',
      '/hook',
      '/message',
      '/topic-of-alice',
    ])
    for (const { body } of office.posts) expect(body).toContain('something needs you')
    expect(office.posts.find(({ path }) => path === '/hook')?.body).toBe('{"text": "something needs you"}')
    house.write('rules/ours.yaml', 'rules: [{ id: One }]\n')
    await until('the rules', () => office.posts.length === 10, 25_000)
    await new Promise((done) => setTimeout(done, 2500))
    expect(office.posts.length).toBe(10)
    await house.end()
    // Whatever was stored, as bytes: the database, what it has not merged yet, and what was told.
    const stored = readdirSync(join(house.folder, 'data')).map((name) => house.bytes(`data/${name}`))
    const kept = house.said + stored.join('\n')
    expect(kept).toContain('main stop')
    for (const secret of [...Object.values(files), 'topic-of-alice', 'telegram-secret'])
      expect(kept).not.toContain(secret.trim())
  })

  test('plainly, it says what it is, but no names', async () => {
    await using office = await PostOffice.open()
    const section = { channels: { phone: { ntfy: `${office.url}/topic` } }, wording: 'plain', about: ['lock', 'token'] }
    await using house = await House.open({ config: { tell: section }, lock: { new_lock: 'ask' } })
    await until('the message', () => office.posts.length === 1)
    expect(office.posts[0]?.body).toBe(
      'main: there is a new lock; nothing is done to it until its wearer accepts it with "lockwarden accept"',
    )
    house.world.revoke('chastify')
    await until('the other', () => office.posts.length === 2)
    expect(office.posts[1]?.body).toContain('main: chastify has refused the token')
  })
})
