// The document of the console's API: made from the schemas, valid, and what the running server answers by.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { openapiOf } from '../../src/console/openapi.ts'
import { operationGroups, operations } from '../../src/console/routes/operations.ts'
import { House, home, type Person, passwords, type Reply, until, usualRules } from './house.ts'

const written = readFileSync(join(home, 'docs/openapi.yaml'), 'utf8')
const document = parse(written)
const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false }).addSchema(document, 'api')

test('the file is what the script makes: run "node scripts/openapi.ts"', () => {
  expect(written).toBe(openapiOf(operationGroups))
})

test('it is a valid OpenAPI document', async () => {
  const found = await new Validator().validate(structuredClone(document))
  expect(found).toEqual({ valid: true })
})

test('what is no such document is not valid', async () => {
  const { paths, ...rest } = structuredClone(document)
  expect((await new Validator().validate({ ...rest, paths: { ...paths, status: {} } })).valid).toBe(false)
})

const adds = `tallies: { laps: {} }
${usualRules}  - id: adds
    when: input.checkin rises
    then: [ add_time: 5s ]
  - id: starts
    when: input.vacation becomes true
    then: [ tally.add: laps ]
  - id: circles
    when: tally.laps rises
    then: [ tally.add: laps ]
`
const fresh = 'rules:\n  - id: fresh\n    when: lock.taskPoints > 5\n    then:\n      - log: Points\n'

/** Whom the document names for an answer: an operation and a status. */
type Told = `${string} ${string} ${number}`

/** Holds answers to the document, and remembers which it held. */
class Held {
  readonly told = new Set<Told>()
  readonly faults: string[] = []

  /** The faults of an answer by the document; it is one that the document names. */
  add(method: string, path: string, { status, json, text, headers }: Reply): void {
    const known = operations.find((one) => one.method === method && isPath(one.path, path))
    const name = known?.path.replace(/:(\w+)/g, '{$1}') ?? path
    const place = ['paths', name, method, 'responses', String(status)]
    const answer = at(place)
    const said = `${method} ${path} ${status}`
    if (answer === undefined) {
      this.faults.push(`${said} is not in the document: ${text.slice(0, 200)}`)
      return
    }
    this.told.add(`${method} ${known?.path ?? path} ${status}`)
    const whole = '$ref' in answer ? String(answer.$ref).slice(2).split('/') : place
    const type = String(headers['content-type']).replace(/;.*/, '')
    const schema = [...whole, 'content', type, 'schema']
    if (at(schema) === undefined) this.faults.push(`${said} answers ${type}`)
    else if (type === 'application/json') this.hold(said, schema, json)
  }

  /** Holds what an event tells. */
  addEvent(text: string): void {
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? 'null'
    const place = ['paths', '/api/events', 'get', 'responses', '200', 'content', 'text/event-stream', 'x-event-data']
    this.hold('an event', place, JSON.parse(data))
  }

  private hold(said: string, place: readonly string[], json: unknown): void {
    const pointer = place.map((one) => encodeURIComponent(one.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    const validate = ajv.getSchema(`api#/${pointer}`)
    if (!validate) throw new Error(`there is no schema at ${pointer}`)
    if (!validate(json))
      this.faults.push(`${said}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(json).slice(0, 300)}`)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a document is read
function at(place: readonly string[]): any {
  return place.reduce((here, one) => here?.[one], document)
}

function isPath(path: string, asked: string): boolean {
  return new RegExp(`^${path.replace('.', '\\.').replace(/:\w+/g, '[^/]+')}$`).test(asked.replace(/\?.*/, ''))
}

type Ask = readonly [who: 'nobody' | 'keyholder' | 'wearer', asked: string, body: unknown, status: number]

const lock = 'main'
const file = '/api/rule-files/ours.yaml'
const [old, next] = ['a password of old', 'another password 3']

/** In their order: what a later one needs, an earlier one has made. */
const asks: readonly Ask[] = [
  ['nobody', 'get /api/session', undefined, 200],
  ['nobody', 'post /api/sign-in', { role: 'wearer', password: 'wrong' }, 401],
  ['nobody', 'post /api/sign-in', { role: 'nobody', password: 'wrong' }, 400],
  ['nobody', 'post /api/sign-in', { role: 'wearer', password: 'x'.repeat(20_000) }, 413],
  ['wearer', 'post /api/confirm', { password: old }, 422],
  ['wearer', 'post /api/confirm', { password: passwords.wearer }, 200],
  ['wearer', 'get /api/sessions', undefined, 200],
  ['wearer', 'post /api/sessions/end', { others: true }, 200],
  ['wearer', 'post /api/password', { old: passwords.wearer, new: 'x' }, 422],
  ['wearer', 'get /api/status', undefined, 200],
  ['wearer', 'get /api/facts', undefined, 200],
  ['wearer', 'get /api/facts?names=lock.frozen', undefined, 200],
  ['wearer', 'get /api/facts?names=lock.frozn', undefined, 400],
  ['wearer', 'get /api/history?since=7d', undefined, 200],
  ['wearer', 'get /api/why?rule=adds', undefined, 200],
  ['wearer', 'get /api/why?rule=many-points', undefined, 200],
  ['wearer', 'get /api/why', undefined, 400],
  ['wearer', 'get /api/rules', undefined, 200],
  ['wearer', 'get /api/limits', undefined, 200],
  ['wearer', 'get /api/inputs', undefined, 200],
  ['wearer', 'get /api/ahead', undefined, 200],
  ['wearer', 'get /api/log', undefined, 200],
  ['wearer', 'get /api/unsettled', undefined, 200],
  ['wearer', 'get /api/timeline', undefined, 200],
  ['wearer', 'post /api/stop', { lock }, 200],
  ['wearer', 'post /api/stop', { lock: 'mian' }, 400],
  ['keyholder', 'post /api/resume', { lock }, 403],
  ['wearer', 'post /api/resume', {}, 200],
  ['wearer', 'post /api/accept', { lock }, 200],
  ['wearer', 'post /api/set', { input: 'vacation', value: 'on' }, 200],
  ['keyholder', 'post /api/set', { input: 'checkin' }, 403],
  ['wearer', 'post /api/release', { lock, rule: 'adds' }, 422],
  ['wearer', 'post /api/settle', { id: 'none', happened: true }, 422],
  ['wearer', 'get /api/settled', undefined, 200],
  ['wearer', 'post /api/settled/seen', { lock, at: 1 }, 200],
  ['wearer', 'get /api/rule-files', undefined, 200],
  ['wearer', `get ${file}?lock=main`, undefined, 200],
  ['wearer', 'get /api/rule-files/none.yaml?lock=main', undefined, 404],
  ['wearer', 'get /api/rule-files/No.txt?lock=main', undefined, 400],
  ['wearer', 'post /api/rule-files/check', { lock, name: 'fresh.yaml', text: 'rules: [' }, 200],
  ['wearer', 'post /api/rule-files/preview', { lock, name: 'fresh.yaml', text: fresh }, 200],
  ['wearer', 'post /api/rule-files/preview', { lock, name: 'fresh.yaml', text: 'rules: [' }, 200],
  ['wearer', 'post /api/rule-files/backtest', { lock, name: 'fresh.yaml', text: fresh }, 200],
  ['wearer', 'put /api/rule-files/fresh.yaml', { lock, text: fresh, version: null }, 403],
  ['keyholder', 'put /api/rule-files/fresh.yaml', { lock, text: 'rules: [', version: null }, 422],
  ['keyholder', 'put /api/rule-files/fresh.yaml', { lock, text: fresh, version: null }, 200],
  ['keyholder', 'put /api/rule-files/fresh.yaml', { lock, text: fresh, version: 'another' }, 409],
  ['keyholder', 'get /api/rule-files/fresh.yaml/versions?lock=main', undefined, 200],
  ['keyholder', 'get /api/rule-files/fresh.yaml/versions/000001?lock=main', undefined, 200],
  ['keyholder', 'get /api/rule-files/fresh.yaml/versions/000009?lock=main', undefined, 404],
  ['keyholder', 'post /api/rule-files/ours.yaml/undo', { lock, version: null }, 404],
  ['wearer', 'get /api/raised', undefined, 200],
  ['wearer', 'post /api/raised/seen', { lock, at: 1 }, 200],
  ['wearer', 'get /api/catalogue?lock=main', undefined, 200],
  ['wearer', 'get /api/examples', undefined, 200],
  ['wearer', 'post /api/examples/fill', { lock, file: 'none.yaml', id: 'none', values: {} }, 404],
  ['wearer', 'get /api/openapi.yaml', undefined, 200],
  ['wearer', 'get /api/audit', undefined, 200],
  ['nobody', 'post /api/sign-out', {}, 401],
  ['keyholder', 'post /api/password', { old: passwords.keyholder, new: next }, 200],
  ['wearer', 'post /api/sign-out', {}, 200],
]

async function withPeople(house: House): Promise<Record<Ask[0], Pick<Person, 'ask'>>> {
  return { nobody: house, keyholder: await house.as('keyholder'), wearer: await house.as('wearer') }
}

describe('the running server answers as the document says', () => {
  test('each operation, and what each is refused with', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': adds } })
    house.world.fault({ call: 'add_time', kind: 'drop-after', times: 1 })
    const people = await withPeople(house)
    await until('the lock', async () => (await people.wearer.ask('/api/status')).json.locks[0].session)
    const held = new Held()
    const ask = async (who: Ask[0], asked: string, sending: { body?: unknown; headers?: Record<string, string> }) => {
      const [method = '', path = ''] = asked.split(' ')
      const reply = await people[who].ask(path, { method: method.toUpperCase(), ...sending })
      held.add(method, path, reply)
      return reply
    }
    // A row whose answer was lost, for the lists that hold such.
    await ask('wearer', 'post /api/set', { body: { input: 'checkin' } })
    const lost = await until('the row', async () => (await people.wearer.ask('/api/unsettled')).json[0])
    for (const [who, asked, body, status] of asks) {
      const reply = await ask(who, asked, body === undefined ? {} : { body })
      expect([asked, reply.status, reply.text.slice(0, 200)]).toEqual([asked, status, expect.anything()])
      if (asked.endsWith('/api/unsettled'))
        await ask('wearer', 'post /api/settle', { body: { id: lost.id, happened: true } })
      if (asked.endsWith('/api/settled')) await ask('keyholder', asked, {})
      if (asked.endsWith('/api/examples')) await ask('wearer', 'post /api/examples/fill', { body: filledIn(reply) })
      if (asked.startsWith('put') && status === 200) {
        await ask('keyholder', 'post /api/rule-files/fresh.yaml/undo', { body: { lock, version: reply.json.version } })
      }
    }
    people.wearer = await house.as('wearer')
    await until('a rule that is held', async () => isHeld(await people.wearer.ask('/api/status')))
    expect((await ask('wearer', 'post /api/release', { body: { lock, rule: 'circles' } })).status).toBe(200)
    await ask('nobody', 'post /api/sign-in', { body: { role: 'wearer', password: passwords.wearer } })
    expect(held.faults).toEqual([])
    expect(unheard(held, 200)).toEqual(['get /api/events'])
  })

  test('who is not signed in, comes from elsewhere, or sends no JSON', async () => {
    await using house = await House.open()
    const held = new Held()
    for (const { method, path } of operations) {
      const asked = path.replace(':name', 'ours.yaml').replace(':id', '000001')
      const sending = method === 'get' ? { method: 'GET' } : { method: method.toUpperCase(), body: {} }
      const ways: Record<string, string>[] = [{ host: 'elsewhere.example' }, { 'sec-fetch-site': 'cross-site' }]
      if (method !== 'get') ways.push({ 'content-type': 'text/plain' })
      for (const headers of [...ways, {}]) held.add(method, asked, await house.ask(asked, { ...sending, headers }))
    }
    expect(held.faults).toEqual([])
    const behind = operations
      .filter(({ who }) => who !== 'anybody')
      .map(({ method, path }): Told => `${method} ${path} 401`)
    expect(behind.filter((one) => !held.told.has(one))).toEqual([])
    expect([unheard(held, 403), unheard(held, 421)]).toEqual([[], []])
    expect(unheard(held, 415).filter((one) => !one.startsWith('get'))).toEqual([])
  })

  test('live updates', async () => {
    await using house = await House.open()
    const { cookie } = await house.as('wearer')
    const held = new Held()
    const streams = await Promise.all(
      [1, 2, 3, 4].map(() => fetch(`${house.origin}/api/events`, { headers: { cookie } })),
    )
    const reader = streams[0]?.body?.getReader()
    held.addEvent(new TextDecoder().decode((await reader?.read())?.value))
    held.add('get', '/api/events', await house.ask('/api/events', { headers: { cookie } }))
    expect(held.faults).toEqual([])
    expect([...held.told]).toEqual(['get /api/events 503'])
    expect(streams.map(({ headers }) => headers.get('content-type'))).toEqual(Array(4).fill('text/event-stream'))
    await Promise.all(streams.slice(1).map(({ body }) => body?.cancel()))
    await reader?.cancel()
  })

  test('the document itself is given to who is signed in, and to nobody else', async () => {
    await using house = await House.open()
    expect((await house.ask('/api/openapi.yaml')).status).toBe(401)
    const wearer = await house.as('wearer')
    expect((await wearer.ask('/api/openapi.yaml')).text).toBe(written)
  })
})

function isHeld({ json }: Reply): boolean {
  return json.locks[0].held.includes('circles')
}

/** The first example, as it is. */
function filledIn({ json }: Reply): object {
  const [{ file: from, id }] = json
  return { lock, file: from, id, values: {} }
}

/** Operations of which no answer with a status was held to the document. */
function unheard({ told }: Held, status: number): string[] {
  const missing = operations.filter(({ method, path }) => !told.has(`${method} ${path} ${status}`))
  return missing.map(({ method, path }) => `${method} ${path}`)
}
