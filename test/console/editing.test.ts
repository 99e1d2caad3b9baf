// Rule files through the console: nothing is lost, nothing faulty is saved, and no name leads elsewhere.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { House, type Person, until, usualRules } from './house.ts'

const lock = 'main'
const name = 'ours.yaml'
const other = usualRules.replace('100000', '200000')

async function versionOf(person: Person, file = name): Promise<string> {
  return (await person.ask(`/api/rule-files/${file}?lock=main`)).json.version
}

function put(person: Person, text: string, version: string | null, file = name) {
  return person.ask(`/api/rule-files/${file}`, { method: 'PUT', body: { lock, text, version } })
}

describe.concurrent('saving', () => {
  test('takes effect at once, keeps what was, and can be taken back', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const saved = await put(keyholder, other, await versionOf(keyholder))
    expect([saved.status, saved.json.faults]).toEqual([200, []])
    expect(saved.json.difference).toContain('-    when: lock.taskPoints > 100000')
    expect(saved.json.difference).toContain('+    when: lock.taskPoints > 200000')
    expect(house.read('rules/ours.yaml')).toBe(other)
    const { json: rules } = await keyholder.ask('/api/rules')
    expect(rules[0].rules[0].sentence).toContain('200000')
    const { json: versions } = await keyholder.ask('/api/rule-files/ours.yaml/versions?lock=main')
    expect(versions).toMatchObject([{ id: '000001', why: 'save', who: { role: 'keyholder', address: '127.0.0.1' } }])
    const { json: earlier } = await keyholder.ask('/api/rule-files/ours.yaml/versions/000001?lock=main')
    expect(earlier.text).toBe(usualRules)
    expect(house.read('data/rule-versions/main/ours/000001.yaml')).toBe(usualRules)

    const undone = await keyholder.ask('/api/rule-files/ours.yaml/undo', {
      body: { lock, version: saved.json.version },
    })
    expect(undone.status).toBe(200)
    expect(house.read('rules/ours.yaml')).toBe(usualRules)
    expect((await keyholder.ask('/api/rules')).json[0].rules[0].sentence).toContain('100000')
    const { json: audit } = await keyholder.ask('/api/audit')
    expect(audit.slice(0, 2)).toMatchObject([
      { what: 'undo', lock, who: { role: 'keyholder' } },
      { what: 'save', lock, who: { role: 'keyholder' } },
    ])
    expect(audit[1].difference).toContain('+    when: lock.taskPoints > 200000')
    expect(readdirSync(house.path('rules'))).toEqual(['ours.yaml'])
  })

  test('a new file is made, and taken away again by taking it back', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const text = 'rules:\n  - id: two\n    when: lock.frozen becomes true\n    then: [ log: Two ]\n'
    expect((await put(keyholder, text, 'x', 'two.yaml')).status).toBe(409)
    const saved = await put(keyholder, text, null, 'two.yaml')
    expect(saved.status).toBe(200)
    expect((await put(keyholder, text, null, 'two.yaml')).status).toBe(409)
    expect((await keyholder.ask('/api/rules')).json[0].rules).toHaveLength(2)
    const body = { lock, version: saved.json.version }
    expect((await keyholder.ask('/api/rule-files/two.yaml/undo', { body })).status).toBe(200)
    expect(house.has('rules/two.yaml')).toBe(false)
    expect((await keyholder.ask('/api/rules')).json[0].rules).toHaveLength(1)
    const redone = await keyholder.ask('/api/rule-files/two.yaml/undo', { body: { lock, version: null } })
    expect(redone.status).toBe(200)
    expect(house.read('rules/two.yaml')).toBe(text)
  })

  test('is not for the wearer', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    const version = await versionOf(wearer)
    expect((await put(wearer, other, version)).status).toBe(403)
    expect((await wearer.ask('/api/rule-files/ours.yaml/undo', { body: { lock, version } })).status).toBe(403)
    expect(house.read('rules/ours.yaml')).toBe(usualRules)
  })

  test('a set of rules with a fault is refused, wherever the fault is', async () => {
    await using house = await House.open({
      rules: {
        [name]: usualRules,
        'second.yaml': 'rules:\n  - id: second\n    when: input.vacation is true\n    then: [ log: Second ]\n',
      },
    })
    const keyholder = await house.as('keyholder')
    const version = await versionOf(keyholder)
    const wrong = await put(keyholder, usualRules.replace('taskPoints', 'taskPonts'), version)
    expect(wrong.status).toBe(422)
    expect(wrong.json.faults[0]).toMatchObject({ file: name, line: 8, column: 11, severity: 'fault' })
    expect(wrong.json.faults[0].message).toContain('lock.taskPonts')
    const elsewhere = await put(keyholder, usualRules.replace(/ {2}vacation.*\n/, ''), version)
    expect(elsewhere.status).toBe(422)
    expect(elsewhere.json.faults.map(({ file }: { file: string }) => file)).toContain('second.yaml')
    for (const text of ['', '{', 'a: &a [*a]', '\0', 'rules: {{ x }}']) {
      expect([text, (await put(keyholder, text, version)).status]).toEqual([text, 422])
    }
    expect(house.read('rules/ours.yaml')).toBe(usualRules)
    expect(house.has('data/rule-versions')).toBe(false)
  })

  test('of two files that are broken on disk, one can be mended after the other', async () => {
    await using house = await House.open({ rules: { [name]: usualRules, 'second.yaml': 'rules: []\n' } })
    const keyholder = await house.as('keyholder')
    house.write('rules/ours.yaml', 'rules:\n  - id: x\n')
    house.write('rules/second.yaml', 'rules:\n  - id: y\n')
    expect((await put(keyholder, usualRules, await versionOf(keyholder))).status).toBe(200)
    expect((await put(keyholder, 'rules: []\n', await versionOf(keyholder, 'second.yaml'), 'second.yaml')).status).toBe(
      200,
    )
  })

  test('a file that was changed on disk meanwhile is not overwritten', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const version = await versionOf(keyholder)
    const theirs = `# By hand.\n${usualRules}`
    house.write('rules/ours.yaml', theirs)
    const refused = await put(keyholder, other, version)
    expect(refused.status).toBe(409)
    expect(refused.json).toMatchObject({ code: 'changed', text: theirs })
    expect(house.read('rules/ours.yaml')).toBe(theirs)
    expect((await put(keyholder, other, refused.json.version)).status).toBe(200)
  })

  test('two who save at once do not both win', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const version = await versionOf(keyholder)
    const texts = [1, 2, 3, 4].map((n) => usualRules.replace('100000', `${n}00000000`))
    const replies = await Promise.all(texts.map((text) => put(keyholder, text, version)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
  })

  test('a file of more than 300 KB is refused', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const text = `${usualRules}# ${'x'.repeat(300_000)}\n`
    expect((await put(keyholder, text, await versionOf(keyholder))).status).toBe(413)
  })
})

describe.concurrent('names', () => {
  const tricks = [
    '../secret.yaml',
    '..%2fsecret.yaml',
    '%2e%2e%2fsecret.yaml',
    'sub/inner.yaml',
    'sub%2finner.yaml',
    '/etc/passwd',
    'ours.yml',
    'Ours.yaml',
    '.hidden.yaml',
    'ours.test.yaml',
    'ours.yaml%00.yaml',
    'ours.yaml%0a',
    '%5c..%5csecret.yaml',
    'ours..yaml',
    `${'x'.repeat(90)}.yaml`,
  ]
  test.each(tricks)('%s leads nowhere', async (trick) => {
    await using house = await House.open()
    house.write('secret.yaml', 'rules: []\n')
    house.write('rules/sub/inner.yaml', 'rules: []\n')
    const keyholder = await house.as('keyholder')
    const read = await keyholder.ask(`/api/rule-files/${trick}?lock=main`)
    expect(read.status).toBeOneOf([400, 404])
    const saved = await put(keyholder, usualRules.replace('many', 'few'), null, trick)
    expect(saved.status).toBeOneOf([400, 404])
    const plain = decodeURIComponent(trick)
    for (const path of ['check', 'preview']) {
      const reply = await keyholder.ask(`/api/rule-files/${path}`, { body: { lock, name: plain, text: 'rules: []' } })
      expect(reply.status).toBe(400)
    }
    expect(house.read('secret.yaml')).toBe('rules: []\n')
    expect(house.read('rules/sub/inner.yaml')).toBe('rules: []\n')
    expect(readdirSync(house.path('rules')).sort()).toEqual(['ours.yaml', 'sub'])
  })

  test('a link is neither read nor written', async () => {
    await using house = await House.open()
    const secret = house.path('secrets/keyholder')
    symlinkSync(secret, house.path('rules/link.yaml'))
    const keyholder = await house.as('keyholder')
    const read = await keyholder.ask('/api/rule-files/link.yaml?lock=main')
    expect(read.status).toBe(400)
    expect(read.text).not.toContain('scrypt')
    for (const version of [null, 'x']) {
      expect((await put(keyholder, 'rules: []\n', version, 'link.yaml')).status).toBe(400)
    }
    expect(readFileSync(secret, 'utf8')).toContain('scrypt')
    const { json } = await keyholder.ask('/api/rule-files')
    expect(json).toMatchObject([{ lock, files: [{ name }], others: ['link.yaml'] }])
  })

  test('what only an editor on the machine reaches is named', async () => {
    await using house = await House.open()
    mkdirSync(house.path('rules/sub'))
    writeFileSync(house.path('rules/Loud.yml'), 'rules: []\n')
    writeFileSync(house.path('rules/ours.test.yaml'), 'x')
    const { json } = await (await house.as('wearer')).ask('/api/rule-files')
    expect(json[0]).toMatchObject({ files: [{ name }], others: ['Loud.yml', 'sub/'] })
  })
})

describe.concurrent('before saving', () => {
  test('faults are told with their places, as check tells them', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    const text = usualRules.replace('log: Many', 'logg: Many')
    const { json } = await wearer.ask('/api/rule-files/check', { body: { lock, name, text } })
    expect(json.ok).toBe(false)
    expect(json.faults[0]).toMatchObject({ file: name, line: 10, column: 9, hint: 'did you mean log?' })
    expect((await wearer.ask('/api/rule-files/check', { body: { lock, name, text: usualRules } })).json.ok).toBe(true)
  })

  test('one sees what each rule will say, and which would fire at once', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    await until('the lock', async () => (await keyholder.ask('/api/status')).json.locks[0].session)
    const text = `${usualRules}
  - id: at-once
    when: lock.taskPoints >= 0
    then: [ add_time: 10m ]
`
    const before = house.world.applied.length
    const { json } = await keyholder.ask('/api/rule-files/preview', { body: { lock, name, text } })
    expect(json).toMatchObject({
      ok: true,
      fires: [{ rule: 'at-once', anyway: false }],
      standstill: null,
      worst: {
        before: { day: {} },
        after: { day: { add_time: { seconds: 10_800 } } },
        any: { day: { add_time: { seconds: 10_800 } } },
      },
      sentences: [
        { id: 'many-points', change: 'same' },
        { id: 'at-once', change: 'new', sentence: 'When at least 0 points are earned: add 10 min.' },
      ],
    })
    const gone = await keyholder.ask('/api/rule-files/preview', { body: { lock, name, text: 'rules: []\n' } })
    expect(gone.json.sentences).toMatchObject([{ id: 'many-points', change: 'gone' }])
    expect(house.world.applied.length).toBe(before)
    expect((await keyholder.ask('/api/history')).json).toEqual([])
    expect(house.read('rules/ours.yaml')).toBe(usualRules)
  })
})

describe.concurrent('the past', () => {
  test('shows what other rules would have done', async () => {
    await using house = await House.open()
    const first = await house.as('keyholder')
    await until('the lock', async () => (await first.ask('/api/status')).json.locks[0].session)
    // What was read is on disk once the daemon has ended.
    await house.end()
    await house.start()
    const keyholder = await house.as('wearer')
    const text = `${usualRules}
  - id: at-once
    when: lock.taskPoints >= 0
    then: [ add_time: 10m ]
`
    const body = { lock, name, text, days: 1 }
    const { status, json } = await keyholder.ask('/api/rule-files/backtest', { body })
    expect(status).toBe(200)
    expect(json.before).toMatchObject({ rules: ['many-points'], firings: [] })
    expect(json.after.rules).toEqual(['many-points', 'at-once'])
    expect(json.after.firings).toMatchObject([{ rule: 'at-once', does: [{ action: 'add_time', seconds: 600 }] }])
    expect(house.world.applied).toEqual([])
    const faulty = await keyholder.ask('/api/rule-files/backtest', { body: { ...body, text: 'rules: x' } })
    expect(faulty.json).toMatchObject({ before: null, after: null, faults: [{ severity: 'fault' }] })
    const days = await keyholder.ask('/api/rule-files/backtest', { body: { ...body, days: 1000 } })
    expect(days.status).toBe(400)
  })
})

describe.concurrent('from an example', () => {
  test('its numbers and texts are a form, and what comes of it can be saved', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const { json: examples } = await keyholder.ask('/api/examples')
    const bedtime = examples.find(({ id }: { id: string }) => id === 'bedtime')
    expect(bedtime).toMatchObject({ file: 'night.yaml', present: false })
    expect(bedtime.fields).toContainEqual({
      id: 'then.0.freeze.until',
      place: 'then › freeze › until',
      type: 'time',
      unit: null,
      value: '07:00',
      line: expect.any(Number),
    })
    const body = { lock, file: 'night.yaml', id: 'bedtime', values: { at: '23:15', 'then.1.notify.title': 'Bed: now' } }
    const { json: filled } = await keyholder.ask('/api/examples/fill', { body })
    expect(filled).toEqual({
      name: 'bedtime.yaml',
      text: `only_if: input.vacation is false
rules:
  - id: bedtime
    description: A frozen lock runs no time down, so that the night does not count
    at: "23:15"
    when: lock.frozen is false
    then:
      - freeze: { until: "07:00" }
      - notify: { title: "Bed: now", message: "{{ did }}", target: wearer }
`,
    })
    expect((await put(keyholder, filled.text, null, filled.name)).status).toBe(200)
    const again = await keyholder.ask('/api/examples')
    expect(again.json.find(({ id }: { id: string }) => id === 'bedtime').present).toBe(true)
  })

  test('a value that is none is refused', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    const fill = (values: Record<string, string>) =>
      keyholder.ask('/api/examples/fill', { body: { lock, file: 'night.yaml', id: 'bedtime', values } })
    const wrong = { at: '25:00', 'then.0.freeze.until': '7', 'then.1.notify.title': 'two\nlines', nothing: '1' }
    for (const [field, value] of Object.entries(wrong)) {
      expect([field, (await fill({ [field]: value })).status]).toEqual([field, 422])
    }
    const none = await keyholder.ask('/api/examples/fill', { body: { lock, file: '../x', id: 'bedtime', values: {} } })
    expect(none.status).toBe(404)
  })
})
