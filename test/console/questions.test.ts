// Questions that are not as they should be, on the daemon's socket and at the console alike.
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { operations } from '../../src/console/routes/operations.ts'
import { socketNow } from '../../src/daemon/control.ts'
import { questions } from '../../src/queries/index.ts'
import { House, type Person, until } from './house.ts'

async function onSocket(house: House, path: string): Promise<{ status: number; error: string }> {
  return await new Promise((done, fail) => {
    const asking = request({ socketPath: socketNow(house.path('data')) ?? '', path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => done({ status: response.statusCode ?? 0, error: JSON.parse(text).error }))
    })
    asking.on('error', fail)
    asking.end()
  })
}

/** A house whose lock was read. */
async function opened(): Promise<{ house: House; wearer: Person }> {
  const house = await House.open()
  const wearer = await house.as('wearer')
  await until('the lock', async () => (await wearer.ask('/api/status')).json.locks[0].session)
  return { house, wearer }
}

const most = 'most: "X" is not a whole number from 1 to 1000, such as 50'
const moment = 'a length of time such as 7d or 12h, a date such as 2026-02-28, or epoch milliseconds'
const inputs = 'there is no input "chekin"; did you mean checkin?'
const value = 'value: "X" is neither on, off nor press; '

/** A question, where the console answers it by GET, and what is said of it. */
const shows: readonly (readonly [socket: string | null, http: string | null, error: string])[] = [
  ['health?now=1', null, 'unknown key "now"; known are '],
  ['log?most=0', 'log?most=0', most.replace('X', '0')],
  ['log?after=-1', 'log?after=-1', 'after: "-1" is not the number of a line such as 0'],
  ['log?least=loud', 'log?least=loud', 'least: "loud" is not one of debug, info, warn, error, silent'],
  ['log?lock=main', 'log?lock=main', 'unknown key "lock"'],
  ['logLevel?level=warning', null, 'level: "warning" is not one of debug, info, warn, error, silent'],
  ['nudge?lock=main', null, 'unknown key "lock"; known are '],
  ['status?lock=mian', 'status?lock=mian', 'there is no lock "mian"; did you mean main?'],
  ['status?lock=', 'status?lock=', 'lock: an empty text says nothing'],
  ['status?lokc=main', 'status?lokc=main', 'unknown key "lokc"; did you mean lock?'],
  ['status?lock=main&lock=main', 'status?lock=main&lock=main', '"lock" is asked twice; say it once'],
  ['status?__proto__=x', 'status?__proto__=x', 'unknown key "__proto__"; known are lock'],
  ['facts?names=lock.frozn', 'facts?names=lock.frozn', 'there is no fact "lock.frozn"; did you mean lock.frozen?'],
  ['facts?name=lock.frozen', 'facts?name=lock.frozen', 'unknown key "name"; did you mean names?'],
  ['history?since=yesterday', 'history?since=yesterday', `since: "yesterday" is not ${moment}`],
  ['history?since=NaN', 'history?since=NaN', `since: "NaN" is not ${moment}`],
  ['history?since=2026', 'history?since=2026', `since: "2026" is not ${moment}`],
  ['history?since=2026-02-30', 'history?since=2026-02-30', `since: "2026-02-30" is not ${moment}`],
  ['history?state=aplied', 'history?state=aplied', 'did you mean applied?'],
  ['history?state=Applied', 'history?state=Applied', 'did you mean applied?'],
  ['history?rule=mny-points', 'history?rule=mny-points', 'there is no rule "mny-points"; did you mean many-points?'],
  ['history?most=ten', 'history?most=ten', most.replace('X', 'ten')],
  ['history?most=0', 'history?most=0', most.replace('X', '0')],
  ['history?most=-1', 'history?most=-1', most.replace('X', '-1')],
  ['history?most=1.5', 'history?most=1.5', most.replace('X', '1.5')],
  ['history?most=1001', 'history?most=1001', most.replace('X', '1001')],
  ['history?most=', 'history?most=', most.replace('X', '')],
  ['history?stat=applied', 'history?stat=applied', 'unknown key "stat"; did you mean state?'],
  ['why', 'why', '"rule" is missing'],
  ['why?rule=mny-points', 'why?rule=mny-points', 'there is no rule "mny-points"; did you mean many-points?'],
  ['why?rule=many-points&since=7d', 'why?rule=many-points&since=7d', 'unknown key "since"'],
  ['rules?rule=many-points', 'rules?rule=many-points', 'unknown key "rule"; known are lock'],
  ['limits?lock=mian', 'limits?lock=mian', 'did you mean main?'],
  ['pressable?lock=mian', 'inputs?lock=mian', 'did you mean main?'],
  ['ahead?most=5', 'ahead?most=5', 'unknown key "most"; known are lock'],
  ['quit?agian=true', null, 'unknown key "agian"; did you mean again?'],
  ['glance?lock=mian', null, 'did you mean main?'],
  ['settled?lock=mian', 'settled?lock=mian', 'did you mean main?'],
  ['noted?what=save&said=x', null, 'what: "save" is not one of stop, resume'],
  [null, 'session?x=1', 'unknown key "x"'],
  [null, 'sessions?x=1', 'unknown key "x"'],
  [null, 'events?lock=main', 'unknown key "lock"'],
  [null, 'examples?lock=main', 'unknown key "lock"'],
  [null, 'timeline?since=yesterday', `since: "yesterday" is not ${moment}`],
  [null, 'timeline?state=aplied', 'did you mean applied?'],
  [null, 'unsettled?lock=mian', 'did you mean main?'],
  [null, 'raised?lock=mian', 'did you mean main?'],
  [null, 'raised?at=1', 'unknown key "at"'],
  [null, 'audit?before=yesterday', `before: "yesterday" is not ${moment}`],
  [null, 'audit?before=', `before: "" is not ${moment}`],
  [null, 'audit?most=5000', most.replace('X', '5000')],
  [null, 'audit?place=-1', 'place: "-1" is not the place of an entry such as 0'],
  [null, 'audit?lock=main', 'unknown key "lock"'],
  [null, 'rule-files?lock=mian', 'did you mean main?'],
  [null, 'rule-files/ours.yaml', '"lock" is missing'],
  [null, 'rule-files/ours.yaml/versions?lock=mian', 'did you mean main?'],
  [null, 'rule-files/ours.yaml/versions/1', '"lock" is missing'],
  [null, 'catalogue', '"lock" is missing'],
  [null, 'openapi.yaml?lock=main', 'unknown key "lock"'],
]

/** What is to be done, on the socket and as a body. */
const does: readonly (readonly [socket: string, http: string, body: unknown, error: string])[] = [
  ['accept?lock=mian', 'accept', { lock: 'mian' }, 'there is no lock "mian"; did you mean main?'],
  ['accept?rule=x&lock=main', 'accept', { lock: 'main', rule: 'x' }, 'unknown key "rule"; known are lock'],
  ['release?lock=main', 'release', { lock: 'main' }, '"rule" is missing'],
  [
    'release?lock=main&rule=mny-points',
    'release',
    { lock: 'main', rule: 'mny-points' },
    'there is no rule "mny-points"; did you mean many-points?',
  ],
  ['settle?id=x', 'settle', { id: 'x' }, '"happened" is missing'],
  ['settle?id=x&happened=maybe', 'settle', { id: 'x', happened: 'maybe' }, 'happened: "maybe" is not true or false'],
  ['settle?happened=true', 'settle', { happened: true }, '"id" is missing'],
  ['settle?id=x&hapened=true', 'settle', { id: 'x', hapened: true }, 'did you mean happened?'],
  ['set?value=on', 'set', { value: 'on' }, '"input" is missing'],
  ['set?input=chekin', 'set', { input: 'chekin' }, inputs],
  ['set?input=vacation&value=onn', 'set', { input: 'vacation', value: 'onn' }, 'did you mean on?'],
  ['set?input=vacation&value=', 'set', { input: 'vacation', value: '' }, value.replace('X', '')],
  ['set?input=vacation&value=maybe', 'set', { input: 'vacation', value: 'maybe' }, value.replace('X', 'maybe')],
  ['set?input=vacation', 'set', { input: 'vacation' }, '"vacation" is a switch: set it to on or off'],
  ['set?input=checkin&value=on', 'set', { input: 'checkin', value: 'on' }, 'it is pressed, not set to on'],
  ['set?input=vacation&to=on', 'set', { input: 'vacation', to: 'on' }, 'unknown key "to"'],
]

describe('a wrong question gets 400 and what would be right', () => {
  test('on the socket and at the console, in the same words', async () => {
    const { house, wearer } = await opened()
    await using _ = house
    for (const [socket, http, error] of shows) {
      const told = socket === null ? null : await onSocket(house, `/${socket}`)
      if (told) expect([socket, told.status, told.error]).toEqual([socket, 400, expect.stringContaining(error)])
      if (http === null) continue
      const { status, json } = await wearer.ask(`/api/${http}`)
      expect([http, status, json.error]).toEqual([http, 400, expect.stringContaining(error)])
      expect(json.code).toBe('query')
      if (told) expect(json.error).toBe(told.error)
    }
  })

  test('where something is to be done, nothing of it is', async () => {
    const { house, wearer } = await opened()
    await using _ = house
    const audit = house.read('data/audit.jsonl')
    for (const [socket, http, body, error] of does) {
      const told = await onSocket(house, `/${socket}`)
      expect([socket, told.status, told.error]).toEqual([socket, 400, expect.stringContaining(error)])
      const { status, json } = await wearer.ask(`/api/${http}`, { body })
      expect([socket, status, json.error]).toEqual([socket, 400, told.error])
      expect(json.code).toBe('body')
    }
    for (const path of ['stop?lock=main', 'resume?lock=main', 'sign-out?x']) {
      expect([path, (await wearer.ask(`/api/${path}`, { body: {} })).status]).toEqual([path, 400])
    }
    expect(house.has('data/STOP')).toBe(false)
    expect(house.read('data/audit.jsonl')).toBe(audit)
    const [{ inputs }] = (await wearer.ask('/api/inputs')).json
    expect(inputs).toMatchObject([{ value: false }, { value: 0 }])
  })

  test('and each question that there is stands in these tables', () => {
    const onSockets = [...shows.map(([socket]) => socket ?? ''), ...does.map(([socket]) => socket)]
    const asked = new Set(onSockets.map((one) => one.replace(/\?.*/, '')))
    expect(Object.keys(questions).filter((one) => !asked.has(one))).toEqual([])
    const paths = shows.map(([, http]) => `/api/${http}`.replace(/\?.*/, ''))
    const shown = operations.filter(({ method }) => method === 'get').map(({ path }) => path)
    const isAsked = (path: string) => paths.some((one) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`).test(one))
    expect(shown.filter((path) => !isAsked(path))).toEqual([])
  })

  test('nobody is told names before who it is', async () => {
    await using house = await House.open()
    for (const path of ['status?lock=mian', 'history?state=aplied', 'rule-files/ours.yaml']) {
      expect([path, (await house.ask(`/api/${path}`)).status]).toEqual([path, 401])
    }
  })
})

test('what is right is taken as it is written', async () => {
  const { house, wearer } = await opened()
  await using _ = house
  const paths = ['history?since=7d&most=1000', 'history?since=2026-02-28', 'history?since=1772236800000', 'history']
  const names = Array.from({ length: 40 }, () => 'lock.frozen,lock.taskPoints').join()
  for (const path of [...paths, 'timeline?since=12h', `facts?names=${names}`]) {
    expect([path, (await wearer.ask(`/api/${path}`)).status]).toEqual([path, 200])
  }
  expect((await wearer.ask('/api/audit?before=1h')).json).toEqual([])
  expect((await wearer.ask('/api/set', { body: { input: 'vacation', value: 'ON' } })).status).toBe(200)
  expect((await wearer.ask('/api/set', { body: { input: 'checkin' } })).status).toBe(200)
  await until('both', async () => {
    const [{ inputs }] = (await wearer.ask('/api/inputs')).json
    return inputs[0].value === true && inputs[1].value === 1
  })
})

test('a question that there is none of is not taken for another', async () => {
  const { house } = await opened()
  await using _ = house
  for (const path of ['statu', 'toString', '__proto__', '']) {
    expect([path, (await onSocket(house, `/${path}`)).status]).toEqual([path, 404])
  }
  expect((await onSocket(house, '/statu')).error).toBe('there is no question "statu"; did you mean status?')
})
