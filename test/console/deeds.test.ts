// What each role may do, what it does to the daemon, and what is written down of it.
import { describe, expect, test } from 'vitest'
import { House, until, usualRules } from './house.ts'

describe.concurrent('the switch', () => {
  test('anyone stops, the wearer alone resumes, and both stands in the trail', async () => {
    await using house = await House.open()
    const [keyholder, wearer] = [await house.as('keyholder'), await house.as('wearer')]
    const stopped = await keyholder.ask('/api/stop', { body: {} })
    expect(stopped.json).toEqual({ stopped: { main: true } })
    expect(house.read('data/STOP')).toContain('stopped by the keyholder')
    const refused = await keyholder.ask('/api/resume', { body: {} })
    expect(refused.status).toBe(403)
    expect(house.has('data/STOP')).toBe(true)
    const resumed = await wearer.ask('/api/resume', { body: {} })
    expect(resumed.json).toEqual({ removed: 1, stopped: { main: false } })
    expect(house.has('data/STOP')).toBe(false)
    expect((await wearer.ask('/api/stop', { body: { lock: 'main' } })).status).toBe(200)
    expect(house.has('data/STOP.main')).toBe(true)
    expect((await wearer.ask('/api/stop', { body: { lock: '../x' } })).status).toBe(400)
    const { json: audit } = await wearer.ask('/api/audit')
    expect(audit.slice(0, 4)).toMatchObject([
      {
        what: 'stop',
        lock: 'main',
        who: { role: 'wearer', address: '127.0.0.1' },
        difference: ['main: goes → stopped'],
      },
      { what: 'resume', lock: null, who: { role: 'wearer' }, difference: ['main: stopped → goes'] },
      { what: 'refused', who: { role: 'keyholder' }, said: 'was refused POST /api/resume: this is for the wearer' },
      { what: 'stop', lock: null, who: { role: 'keyholder' }, difference: ['main: goes → stopped'] },
    ])
    expect(Math.abs(audit[0].at - Date.now())).toBeLessThan(60_000)
  })

  test('nobody changes the limits here', async () => {
    await using house = await House.open()
    for (const role of ['keyholder', 'wearer'] as const) {
      const person = await house.as(role)
      const { json } = await person.ask('/api/limits')
      expect(json[0].lines).toContain('add_time: each 1 h, per_day 3 h, per_lock 3 d')
      for (const method of ['POST', 'PUT']) {
        const reply = await person.ask('/api/limits', { method, body: { lock: 'main', add_time: 'unlimited' } })
        expect(reply.status).toBe(404)
      }
    }
  })
})

describe.concurrent('a new lock', () => {
  test('waits for the yes of the wearer, not of the keyholder', async () => {
    await using house = await House.open({ lock: { new_lock: 'ask' } })
    const [keyholder, wearer] = [await house.as('keyholder'), await house.as('wearer')]
    await until('the lock', async () => (await wearer.ask('/api/status')).json.locks[0].session)
    expect((await keyholder.ask('/api/accept', { body: { lock: 'main' } })).status).toBe(403)
    expect((await wearer.ask('/api/accept', { body: { lock: 'main' } })).status).toBe(200)
    await until('the yes', async () => (await wearer.ask('/api/status')).json.locks[0].accepted)
    const { json: audit } = await wearer.ask('/api/audit')
    expect(audit[0]).toMatchObject({ what: 'accept', lock: 'main', who: { role: 'wearer' } })
  })
})

describe.concurrent('inputs', () => {
  test('are set by those whom the rules name', async () => {
    await using house = await House.open()
    const [keyholder, wearer] = [await house.as('keyholder'), await house.as('wearer')]
    await until('the lock', async () => (await wearer.ask('/api/status')).json.locks[0].session)
    const press = { body: { input: 'checkin', value: 'press' } }
    expect((await keyholder.ask('/api/set', press)).status).toBe(403)
    expect((await wearer.ask('/api/set', press)).json).toEqual([{ lock: 'main', type: 'button' }])
    expect((await keyholder.ask('/api/set', { body: { input: 'vacation', value: 'on' } })).status).toBe(200)
    const inputs = await until('both', async () => {
      const { json } = await wearer.ask('/api/inputs')
      const [vacation, checkin] = json[0].inputs
      return vacation.value === true && checkin.value === 1 && json[0].inputs
    })
    expect(inputs).toMatchObject([
      { name: 'vacation', type: 'switch', by: ['keyholder', 'wearer'] },
      { name: 'checkin', type: 'button', by: ['wearer'] },
    ])
    expect((await wearer.ask('/api/set', { body: { input: 'checkin', value: 'on' } })).status).toBe(400)
    expect((await wearer.ask('/api/set', { body: { input: 'nothing', value: 'on' } })).status).toBe(400)
    const { json: audit } = await wearer.ask('/api/audit')
    expect(audit.map(({ difference }: { difference: string[] }) => difference).slice(0, 2)).toEqual([
      ['vacation: false → true'],
      ['checkin: pressed'],
    ])
  })
})

describe.concurrent('what is not settled', () => {
  const rules = `inputs: { checkin: { type: button } }
rules:
  - id: adds
    when: input.checkin rises
    then: [ add_time: 5s ]
`

  test('that restriction did not happen is the wearer’s to say, and the other is shown what was said', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    house.world.fault({ call: 'add_time', kind: 'drop-after', times: 2 })
    const [keyholder, wearer] = [await house.as('keyholder'), await house.as('wearer')]
    await until('the lock', async () => (await keyholder.ask('/api/status')).json.locks[0].session)
    const lost = async (count: number) => {
      await keyholder.ask('/api/set', { body: { input: 'checkin', value: 'press' } })
      return until('the row', async () => {
        const { json } = await keyholder.ask('/api/unsettled')
        return json.length === count && json.at(-1)
      })
    }
    const first = await lost(1)
    expect(first).toMatchObject({ yes: ['keyholder', 'wearer'], no: ['wearer'] })
    const refused = await keyholder.ask('/api/settle', { body: { id: first.id, happened: false } })
    expect(refused).toMatchObject({ status: 403, json: { code: 'role' } })
    expect(refused.json.error).toBe(
      'that adds: add_time 5 s did not happen is for the wearer to say, not for the keyholder',
    )
    expect((await keyholder.ask('/api/unsettled')).json).toHaveLength(1)
    expect((await wearer.ask('/api/settle', { body: { id: first.id, happened: false } })).status).toBe(200)
    await until('the answer', async () => (await keyholder.ask('/api/unsettled')).json.length === 0)
    const second = await lost(1)
    expect((await keyholder.ask('/api/settle', { body: { id: second.id, happened: true } })).status).toBe(200)
    await until('the answer', async () => (await keyholder.ask('/api/unsettled')).json.length === 0)
    const { json: toKeyholder } = await keyholder.ask('/api/settled')
    expect(toKeyholder).toMatchObject([{ id: first.id, by: 'wearer', said: 'add_time 5 s', happened: false }])
    const { json: toWearer } = await wearer.ask('/api/settled?lock=main')
    expect(toWearer).toMatchObject([{ id: second.id, by: 'keyholder', happened: true }])
    const seen = { body: { lock: 'main', at: toWearer[0].at } }
    expect((await wearer.ask('/api/settled/seen', seen)).status).toBe(200)
    expect((await wearer.ask('/api/settled')).json).toEqual([])
    expect((await keyholder.ask('/api/settled')).json).toHaveLength(1)
    const { json: audit } = await wearer.ask('/api/audit')
    expect(audit.map(({ what, who }: { what: string; who: { role: string } }) => `${who.role} ${what}`)).toEqual(
      expect.arrayContaining(['keyholder refused', 'wearer settle', 'keyholder settle', 'wearer seen']),
    )
    expect((await keyholder.ask('/api/history')).json).toMatchObject([
      { state: 'applied', settledBy: 'keyholder' },
      { state: 'not-applied', settledBy: 'wearer', note: 'the wearer said so' },
    ])
  })

  test('that it happened is said by either of them, once', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    // Too small to be told from a reading, and its answer is lost.
    house.world.fault({ call: 'add_time', kind: 'drop-after', times: 1 })
    const keyholder = await house.as('keyholder')
    await until('the lock', async () => (await keyholder.ask('/api/status')).json.locks[0].session)
    await keyholder.ask('/api/set', { body: { input: 'checkin', value: 'press' } })
    const [row] = await until('the row', async () => {
      const { json } = await keyholder.ask('/api/unsettled')
      return json.length > 0 && json
    })
    expect(row).toMatchObject({ lock: 'main', rule: 'adds', action: 'add_time' })
    const done = await keyholder.ask('/api/settle', { body: { id: row.id, happened: true } })
    expect(done.json).toMatchObject({ lock: 'main' })
    await until('the answer', async () => (await keyholder.ask('/api/unsettled')).json.length === 0)
    expect((await keyholder.ask('/api/history')).json[0]).toMatchObject({ id: row.id, state: 'applied' })
    expect((await keyholder.ask('/api/settle', { body: { id: row.id, happened: false } })).status).toBe(422)
    const { json: audit } = await keyholder.ask('/api/audit')
    expect(audit[0]).toMatchObject({ what: 'settle', difference: [`${row.id}: unsettled → applied`] })
  })
})

describe.concurrent('what is shown', () => {
  test('is what the commands show', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': usualRules } })
    const keyholder = await house.as('keyholder')
    await until('the lock', async () => (await keyholder.ask('/api/status')).json.locks[0].session)
    const { json: rules } = await keyholder.ask('/api/rules?lock=main')
    expect(rules[0].rules[0]).toMatchObject({
      id: 'many-points',
      enabled: true,
      sentence: 'When more than 100000 points are earned: write “Many points” to the log.',
    })
    const { json: why } = await keyholder.ask('/api/why?rule=many-points')
    expect(why[0]).toMatchObject({ lock: 'main', decision: { fires: false, why: 'condition false' } })
    const { json: facts } = await keyholder.ask('/api/facts')
    expect(facts[0].facts.map(({ name }: { name: string }) => name)).toContain('lock.timeRemainingSeconds')
    const { json: ahead } = await keyholder.ask('/api/ahead')
    expect(ahead[0].moments[0].at).toBeGreaterThan(Date.now() - 5000)
    expect((await keyholder.ask('/api/why?rule=nothing')).status).toBe(400)
    expect((await keyholder.ask('/api/status?lock=nothing')).status).toBe(400)
    const { json: session } = await keyholder.ask('/api/session')
    expect(session).toMatchObject({ role: 'keyholder', locks: ['main'], version: '1.2.3', zone: 'Europe/Berlin' })
    for (const token of Object.values(house.world.tokens)) {
      for (const path of ['status', 'facts', 'history', 'limits', 'audit']) {
        expect((await keyholder.ask(`/api/${path}`)).text).not.toContain(token)
      }
    }
  })
})
