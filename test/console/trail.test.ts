// What stands in the audit, and what the wearer must see, whoever fills it.
import { describe, expect, test } from 'vitest'
import { say } from '../check/support.ts'
import { House, type Person, until, usualRules } from './house.ts'

const lock = 'main'
const name = 'ours.yaml'
const harsher = `${usualRules}  - id: at-once
    when: lock.taskPoints > 5
    then: [ add_time: 10m ]
`

async function put(person: Person, text: string) {
  const { json } = await person.ask(`/api/rule-files/${name}?lock=${lock}`)
  return person.ask(`/api/rule-files/${name}`, { method: 'PUT', body: { lock, text, version: json.version } })
}

describe.concurrent('rules that may do more', () => {
  test('are told until the wearer puts that away, whatever fills the audit meanwhile', async () => {
    await using house = await House.open()
    const [keyholder, wearer] = [await house.as('keyholder'), await house.as('wearer')]
    expect((await put(keyholder, harsher)).status).toBe(200)
    for (let i = 0; i < 120; i++) await keyholder.ask('/api/set', { body: { input: 'vacation', value: 'on' } })
    const listed = await wearer.ask('/api/audit?most=100')
    expect(listed.json.some(({ worst }: { worst?: object }) => worst)).toBe(false)
    const { json: raised } = await wearer.ask('/api/raised?lock=main')
    expect(raised).toMatchObject([{ lock, who: { role: 'keyholder' }, said: `saved ${name}`, times: 1 }])
    await house.end()
    await house.start()
    const again = await house.as('wearer')
    expect((await again.ask('/api/raised')).json).toEqual(raised)
    const seen = { body: { lock, at: raised[0].at } }
    expect((await (await house.as('keyholder')).ask('/api/raised/seen', seen)).status).toBe(403)
    expect((await again.ask('/api/raised/seen', seen)).json).toEqual({ seen: true })
    expect((await again.ask('/api/raised')).json).toEqual([])
    expect((await again.ask('/api/audit')).json[0]).toMatchObject({ what: 'seen', who: { role: 'wearer' } })
  })

  test('are not saved where they cannot be told', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    house.write('data/raised.json/in-the-way', '')
    expect((await put(keyholder, harsher)).status).toBe(500)
    expect(house.read(`rules/${name}`)).toBe(usualRules)
  })
})

describe.concurrent('limits that are others than before', () => {
  test('are shown to the wearer, changed under a daemon or without one', async () => {
    await using house = await House.open()
    const written = JSON.parse(house.read('config.yaml'))
    const wearer = await house.as('wearer')
    expect((await wearer.ask('/api/raised')).json).toEqual([])
    house.write('config.yaml', JSON.stringify({ ...written, limits: { add_time: { per_day: '9h' } } }))
    const [under] = await until('the notice', async () => {
      const { json } = await wearer.ask('/api/raised')
      return json.length > 0 && json
    })
    expect(under).toMatchObject({ lock, what: 'limits', who: { role: 'config' }, said: 'changed the limits' })
    expect(under.worst.before).toContain('add_time: each 1 h, per_day 3 h, per_lock 3 d')
    expect(under.worst.after).toContain('add_time: each 1 h, per_day 9 h, per_lock 3 d')
    const seen = { body: { lock, at: under.at, what: 'limits' } }
    expect((await wearer.ask('/api/raised/seen', { body: { lock, at: under.at } })).json).toEqual({ seen: false })
    expect((await wearer.ask('/api/raised/seen', seen)).json).toEqual({ seen: true })
    await house.end()
    house.write('config.yaml', JSON.stringify({ ...written, limits: { add_time: 'unlimited' } }))
    await house.start()
    const again = await house.as('wearer')
    const { json } = await again.ask('/api/raised')
    expect(json).toMatchObject([{ what: 'limits', worst: { after: expect.arrayContaining(['add_time: unlimited']) } }])
    const { json: audit } = await again.ask('/api/audit')
    const [entry] = audit.filter(({ what }: { what: string }) => what === 'limits')
    expect(entry.difference).toEqual(['- add_time: each 1 h, per_day 9 h, per_lock 3 d', '+ add_time: unlimited'])
  })
})

describe.concurrent('the audit', () => {
  test('tells what was refused, the first time and how often', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    for (let i = 0; i < 30; i++) await keyholder.ask('/api/resume', { body: {} })
    for (let i = 0; i < 30; i++) await house.ask('/api/stop', { body: {}, headers: { origin: 'http://evil.example' } })
    const { json } = await keyholder.ask('/api/audit')
    expect(json.filter(({ what }: { what: string }) => what === 'refused')).toMatchObject([
      { who: { role: null }, said: expect.stringContaining('a request from elsewhere') },
      { who: { role: 'keyholder' }, said: 'was refused POST /api/resume: this is for the wearer' },
    ])
    await house.end()
    expect(house.read('data/audit.jsonl').match(/29 more times/g)).toHaveLength(2)
  })

  test('tells what commands did, with a daemon and without one', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    for (const words of [['stop'], ['resume'], ['set', 'vacation', 'on'], ['set', 'checkin']]) {
      expect(await say(words, house.folder)).toMatchObject({ code: 0, err: [] })
    }
    const { json } = await wearer.ask('/api/audit')
    expect(json.slice(0, 4)).toMatchObject([
      { what: 'input', lock, who: { role: 'command' }, said: 'checkin was pressed' },
      { what: 'input', lock, who: { role: 'command' }, said: 'vacation was set to on' },
      { what: 'resume', who: { role: 'command' }, said: 'resumed all locks' },
      { what: 'stop', who: { role: 'command' }, said: 'stopped all locks' },
    ])
    await house.end()
    expect(await say(['stop'], house.folder)).toMatchObject({ code: 0, err: [] })
    expect(await say(['backup', 'b.db'], house.folder)).toMatchObject({ code: 0 })
    expect(await say(['restore', 'b.db'], house.folder)).toMatchObject({ code: 0, err: [] })
    const said = house
      .read('data/audit.jsonl')
      .trimEnd()
      .split('\n')
      .slice(-2)
      .map((line) => JSON.parse(line))
    expect(said).toMatchObject([{ what: 'stop' }, { what: 'restore', who: { role: 'command' } }])
    const looked = async () => (await say(['doctor', '--json'], house.folder)).out.join('\n')
    expect(await looked()).toMatch(/each following from the one before/)
    house.write('data/audit.jsonl', house.read('data/audit.jsonl').replace('stopped all', 'resumed all'))
    expect(await looked()).toMatch(/line \d+ of audit.jsonl does not follow/)
  })

  test('a place that is none is refused', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    expect((await wearer.ask('/api/audit?place=-1')).status).toBe(400)
    expect((await wearer.ask('/api/audit?place=0')).json).toEqual([])
  })
})
