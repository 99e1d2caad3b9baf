// Home Assistant's end: what is published and heard, against a real Mosquitto; the payloads by Home Assistant's fields.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { noRules, type RuleSet } from '../../src/core/model/rule.ts'
import { boardOf, commandOf } from '../../src/reach/mqtt/topics.ts'
import { type Sight, type Standing, sightOf } from '../../src/reach/sight.ts'
import { services } from '../../src/services/index.ts'
import { project } from '../e2e/daemon.ts'
import { Broker } from './broker.ts'
import { House, until } from './house.ts'

const mqtt = ({ url }: Broker) => ({ url, topic: 'lockwarden' })
const state = 'lockwarden/main/state'
const pressed = 'lockwarden/main/stop/set'

/** The fields that Home Assistant's documentation of MQTT names for each component. */
const everywhere = [
  'availability',
  'availability_mode',
  'availability_template',
  'availability_topic',
  'default_entity_id',
  'device',
  'device_class',
  'enabled_by_default',
  'encoding',
  'entity_category',
  'entity_picture',
  'icon',
  'json_attributes_template',
  'json_attributes_topic',
  'name',
  'object_id',
  'origin',
  'payload_available',
  'payload_not_available',
  'qos',
  'unique_id',
]
const fields: Readonly<Record<string, readonly string[]>> = {
  sensor: [
    ...everywhere,
    'expire_after',
    'force_update',
    'last_reset_value_template',
    'options',
    'state_class',
    'state_topic',
    'suggested_display_precision',
    'unit_of_measurement',
    'value_template',
  ],
  binary_sensor: [
    ...everywhere,
    'expire_after',
    'force_update',
    'off_delay',
    'payload_off',
    'payload_on',
    'state_topic',
    'value_template',
  ],
  button: [...everywhere, 'command_template', 'command_topic', 'payload_press', 'retain'],
  switch: [
    ...everywhere,
    'command_template',
    'command_topic',
    'optimistic',
    'payload_off',
    'payload_on',
    'retain',
    'state_off',
    'state_on',
    'state_topic',
    'value_template',
  ],
}
const required: Readonly<Record<string, readonly string[]>> = {
  sensor: ['state_topic'],
  binary_sensor: ['state_topic'],
  button: ['command_topic'],
  switch: ['command_topic'],
}
const deviceFields = [
  'configuration_url',
  'connections',
  'hw_version',
  'identifiers',
  'manufacturer',
  'model',
  'model_id',
  'name',
  'serial_number',
  'suggested_area',
  'sw_version',
  'via_device',
]
const classes: Readonly<Record<string, readonly string[]>> = {
  sensor: ['duration', 'timestamp'],
  binary_sensor: ['connectivity'],
}

const standing: Standing = {
  lock: 'main',
  mode: 'live',
  stopped: false,
  kept: emptyKept('seed'),
  passing: nothingSeen,
  last: null,
  stuckMs: 0,
  configured: ['chastify', 'tracker'],
  topics: ['chastify.session'],
  limits: limitsOf([], 'UTC'),
  rules: noRules,
  now: 0,
  zone: 'UTC',
}

function sight(more: Partial<Sight> = {}): Sight {
  const blank = sightOf(standing)
  const input = { wearers: true, on: false, asked: true }
  return {
    ...blank,
    rules: [{ id: 'away', enabled: true, lastFired: null }],
    inputs: [
      { name: 'vacation', type: 'switch', ...input },
      { name: 'checkin', type: 'button', ...input },
      { name: 'strict', type: 'switch', ...input, wearers: false },
      { name: 'bell', type: 'button', ...input, wearers: false },
    ],
    ...more,
  }
}

const naming = { topic: 'home/lockwarden', discovery: 'homeassistant', version: '1.2.3' }

describe('what is announced', () => {
  const board = boardOf([sight()], naming)
  const announced = [...board].filter(([topic]) => topic.startsWith('homeassistant/'))

  test.each(announced)('%s has fields that Home Assistant knows', (topic, text) => {
    const [, component = '', node = '', object = '', last] = topic.split('/')
    const config = JSON.parse(text) as Record<string, unknown> & { device: Record<string, unknown> }
    expect([node, object, last]).toEqual([
      expect.stringMatching(/^[\w-]+$/),
      expect.stringMatching(/^[\w-]+$/),
      'config',
    ])
    expect(Object.keys(config).filter((key) => !fields[component]?.includes(key))).toEqual([])
    expect(required[component]?.filter((key) => !(key in config))).toEqual([])
    expect(Object.keys(config.device).filter((key) => !deviceFields.includes(key))).toEqual([])
    expect(config.device.identifiers).toEqual(['home_lockwarden_main'])
    expect(config.availability_topic).toBe('home/lockwarden/status')
    if (config.device_class !== undefined) expect(classes[component]).toContain(config.device_class)
    if (config.entity_category !== undefined) expect(config.entity_category).toBe('diagnostic')
    for (const key of ['state_topic', 'json_attributes_topic'].filter((one) => one in config)) {
      expect(config[key]).toMatch(/^home\/lockwarden\/main\/(state|firing)$/)
    }
  })

  test('each thing once, under an id of its own', () => {
    const ids = announced.map(([, text]) => (JSON.parse(text) as { unique_id: string }).unique_id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [topic, text] of announced) {
      const { default_entity_id } = JSON.parse(text) as { default_entity_id: string }
      const [, component, , object = ''] = topic.split('/')
      expect(default_entity_id).toBe(`${component}.home_lockwarden_${object.replaceAll('-', '_')}`)
    }
    const names = announced.map(([topic]) => topic.split('/').filter((_, i) => i === 1 || i === 3))
    expect(names.map((parts) => parts.join(' ')).sort()).toEqual(
      [
        'sensor main_remaining',
        'sensor main_points',
        'sensor main_last_firing',
        'sensor main_last_firing_at',
        'sensor main_unsettled',
        'binary_sensor main_frozen',
        'binary_sensor main_task',
        'binary_sensor main_stopped',
        'binary_sensor main_service_chastify',
        'binary_sensor main_service_tracker',
        'binary_sensor main_rule_away',
        'button main_stop',
        'switch main_input_vacation',
        'button main_input_checkin',
        // The keyholder's: to be looked at, not to be pressed by whoever stands before the screen.
        'binary_sensor main_input_strict',
      ].sort(),
    )
  })

  test('of rules those that are on or have fired, of inputs those that such as are on ask for', () => {
    const one = { type: 'switch', wearers: true, on: false } as const
    const told = sight({
      rules: [
        { id: 'on', enabled: true, lastFired: null },
        { id: 'off', enabled: false, lastFired: null },
        { id: 'fired', enabled: false, lastFired: 5 },
      ],
      inputs: [
        { ...one, name: 'vacation', asked: true },
        { ...one, name: 'strict', asked: false },
      ],
    })
    const board = boardOf([told], naming)
    const named = [...board.keys()].join().match(/(?<=main_)(rule|input)_\w+/g)
    expect(named).toEqual(['input_vacation', 'rule_on', 'rule_fired'])
    // Who reads the state by another program sees all of them.
    expect(JSON.parse(board.get('home/lockwarden/main/state') ?? '')).toMatchObject({
      rules: { on: 'ON', off: 'OFF', fired: 'OFF' },
      inputs: { vacation: 'OFF', strict: 'OFF' },
    })
  })

  test('of the examples as they come none that is off, nor what only such ask for', () => {
    const folder = join(project, 'rules')
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    const files = names.map((name) => ({ file: name, text: readFileSync(join(folder, name), 'utf8') }))
    const { rules } = compileRules(files, { services, zone: 'UTC' })
    const entities = (some: RuleSet) => {
      const topics = [...boardOf([sightOf({ ...standing, rules: some })], naming).keys()]
      return topics.filter((topic) => topic.startsWith('homeassistant/')).map((topic) => topic.split('/')[3])
    }
    const on = (rules?.rules ?? []).filter(({ enabled }) => enabled).map(({ id }) => `main_rule_${id}`)
    const shown = entities(rules ?? noRules)
    expect(shown.filter((name) => name?.startsWith('main_rule_'))).toEqual(on)
    expect(on.length).toBeLessThan(rules?.rules.length ?? 0)
    expect(shown).toContain('main_input_vacation')
    const off = (rules?.rules ?? []).map((rule) => ({ ...rule, enabled: false }))
    expect(entities({ ...(rules ?? noRules), rules: off })).toEqual(entities(noRules))
  })

  test('nothing, where the config says so', () => {
    expect([...boardOf([sight()], { ...naming, discovery: null }).keys()]).toEqual(['home/lockwarden/main/state'])
  })

  test('each template finds its value in what is published', () => {
    const published = JSON.parse(board.get('home/lockwarden/main/state') ?? '') as Record<string, never>
    for (const [, text] of announced) {
      const { state_topic, value_template } = JSON.parse(text) as Record<string, string>
      if (state_topic !== 'home/lockwarden/main/state') continue
      const path = [...(value_template ?? '').matchAll(/\.(\w+)|\['([\w-]+)'\]/g)].map(([, a, b]) => a ?? b ?? '')
      const found = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], published)
      expect([value_template, found]).not.toContain(undefined)
    }
  })
})

describe('what is published', () => {
  test('whole minutes of remaining time, ON and OFF, null for what is not known', () => {
    const told = sight({ remainingSeconds: 61, frozen: true, taskOpen: null, points: 3 })
    expect(JSON.parse(boardOf([told], naming).get('home/lockwarden/main/state') ?? '')).toMatchObject({
      remaining_seconds: 120,
      frozen: 'ON',
      task: null,
      points: 3,
      stopped: 'OFF',
      services: { chastify: null, tracker: null },
      inputs: { vacation: 'OFF', strict: 'OFF' },
      rules: { away: 'ON' },
    })
  })
})

describe('what is heard', () => {
  const heard = (topic: string, payload: string) => commandOf(`home/lockwarden/${topic}`, payload, [sight()], naming)
  test.each([
    ['main/stop/set', 'PRESS', { lock: 'main', stop: true }],
    ['main/stop/set', 'anything', { lock: 'main', stop: true }],
    ['main/stop/set', '', { lock: 'main', stop: true }],
    ['main/resume/set', 'PRESS', null],
    ['other/stop/set', 'PRESS', null],
    ['main/input/vacation/set', 'ON', { lock: 'main', input: 'vacation', set: true }],
    ['main/input/vacation/set', 'OFF', { lock: 'main', input: 'vacation', set: false }],
    ['main/input/vacation/set', 'on', { lock: 'main', input: 'vacation', set: true }],
    ['main/input/vacation/set', 'Off', { lock: 'main', input: 'vacation', set: false }],
    ['main/input/vacation/set', 'off\n', { lock: 'main', input: 'vacation', set: false }],
    ['main/input/vacation/set', 'true', { lock: 'main', input: 'vacation', set: true }],
    ['main/input/vacation/set', 'onn', null],
    ['main/input/vacation/set', '', null],
    ['main/input/vacation/set', 'PRESS', null],
    ['main/input/vacation/set', 'press', null],
    ['main/input/checkin/set', 'press', { lock: 'main', input: 'checkin', set: 'press' }],
    ['main/input/checkin/set', 'on', null],
    ['main/input/checkin/set', 'toString', null],
    ['main/input/strict/set', 'on', null],
    ['main/stop/set', 'press', { lock: 'main', stop: true }],
    ['main/input/checkin/set', 'PRESS', { lock: 'main', input: 'checkin', set: 'press' }],
    ['main/input/checkin/set', 'ON', null],
    ['main/input/strict/set', 'ON', null],
    ['main/input/bell/set', 'PRESS', null],
    ['main/input/none/set', 'ON', null],
  ])('%s with "%s"', (topic, payload, command) => {
    expect(heard(topic, payload)).toEqual(command)
  })
})

describe('at a broker', () => {
  test('state, announcements and availability stand there, retained; a firing, too', async () => {
    await using broker = await Broker.start()
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    await using listener = await broker.listener()
    await until('the state', () => listener.json(state)?.remaining_seconds > 0)
    expect(listener.json(state)).toMatchObject({ mode: 'live', frozen: 'OFF', stopped: 'OFF', unsettled: 0 })
    await until('the services', () => listener.json(state)?.services.chastify === 'ON')
    await until('its availability', () => listener.board.has('lockwarden/status'))
    expect(listener.board.get('lockwarden/status')).toBe('online')
    expect(listener.board.get('lockwarden/main/firing')).toBeUndefined()

    house.world.lock.patch({ taskPoints: 200 })
    await until('the firing', () => listener.board.has('lockwarden/main/firing'))
    await until('its end', () => listener.json('lockwarden/main/firing').actions[0] === 'add_time 10 min: applied')
    expect(listener.json('lockwarden/main/firing')).toMatchObject({
      rule: 'many-points',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })

    await using later = await broker.listener()
    await until('all of it', () => later.board.size >= listener.board.size)
    // What changes meanwhile is heard again, as news: the first word on a topic is the one that was kept.
    const first = new Map(later.heard.toReversed().map(({ topic, kept }) => [topic, kept]))
    expect([...first].filter(([, kept]) => !kept)).toEqual([])
    const { lockTitle, wearerUsername, keyholderUsername } = house.world.lock.data()
    const all = [...later.board.values()].join('\n')
    const never = [house.world.lock.id(), lockTitle, wearerUsername, keyholderUsername]
    for (const one of [...never, ...house.secrets.map((secret) => secret.reveal())]) {
      if (typeof one === 'string' && one !== '') expect(all).not.toContain(one)
    }

    await house.end()
    await until('the goodbye', () => listener.board.get('lockwarden/status') === 'offline')
  })

  test('stop holds the daemon before its next action, and only the wearer takes it off', async () => {
    await using broker = await Broker.start()
    const rules =
      'rules:\n  - id: twice\n    when: lock.taskPoints > 100\n    then:\n      - add_time: 10m\n      - add_time: 20m\n'
    await using house = await House.open({ config: { mqtt: mqtt(broker) }, rules })
    await using listener = await broker.listener()
    await until('the state', () => listener.json(state)?.remaining_seconds > 0)
    house.world.fault({ call: 'add_time', kind: 'slow', holdMs: 1500 })
    house.world.lock.patch({ taskPoints: 200 })
    // While the first is in the air.
    const rows = () => house.app?.locks.get('main')?.kept.rows ?? []
    await until('the first to leave', () => rows()[0]?.state === 'sending')
    await listener.say(pressed, 'PRESS')
    await until('its state', () => listener.json(state)?.stopped === 'ON')
    await until('both to end', () => rows().every(({ state: is }) => is !== 'sending' && is !== 'planned'))
    expect(rows().map(({ state: is, note }) => `${is} ${note}`)).toEqual([
      'applied ',
      'refused the wearer pressed stop',
    ])
    expect(house.world.applied.length).toBe(1)
    expect(house.read('data/STOP.main')).toContain('set by a message at lockwarden/main/stop/set')

    await listener.say('lockwarden/main/resume/set', 'PRESS')
    await listener.say(pressed, 'OFF')
    expect(house.has('data/STOP.main')).toBe(true)
  })

  test('stop pressed before a reading is heard by the step of that reading', async () => {
    await using broker = await Broker.start()
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    await using listener = await broker.listener()
    await until('the state', () => listener.json(state)?.remaining_seconds > 0)
    await listener.say(pressed, 'PRESS')
    house.world.lock.patch({ taskPoints: 200 })
    await until('the row', () => house.app?.locks.get('main')?.kept.rows[0]?.state === 'refused')
    expect(house.world.applied).toEqual([])
  })

  test('the broker goes away and comes back with nothing in mind: all of it is there again, and up to date', async () => {
    await using broker = await Broker.start()
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    const topics = await (async () => {
      await using listener = await broker.listener()
      house.world.lock.patch({ taskPoints: 200 })
      await until('the firing', () => listener.json('lockwarden/main/firing')?.actions[0]?.endsWith('applied'))
      await until('the goodness', () => listener.board.get('lockwarden/status') === 'online')
      return [...listener.board.keys()].sort()
    })()
    await broker.stop()
    house.world.lock.freeze(7200)
    await new Promise((done) => setTimeout(done, 1500))
    await broker.start()
    await using again = await broker.listener()
    await until('all of it', () => again.board.size === topics.length)
    expect([...again.board.keys()].sort()).toEqual(topics)
    await until('what is new', () => again.json(state)?.frozen === 'ON')
    // And it listens again.
    await again.say('lockwarden/main/input/vacation/set', 'ON')
    await until('the switch', () => again.json(state)?.inputs.vacation === 'ON')
  })

  test('inputs are set and pressed; those of the keyholder alone, retained and odd messages are not heard', async () => {
    await using broker = await Broker.start()
    await using early = await broker.listener()
    const old = 'homeassistant/binary_sensor/lockwarden/main_rule_gone/config'
    await early.say(old, '{"name":"Rule gone"}', true)
    await early.say(pressed, 'PRESS', true)
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    await until('the state', () => early.json(state)?.remaining_seconds > 0)
    const inputs = () => house.app?.locks.get('main')?.kept.inputs ?? {}
    await early.say('lockwarden/main/input/strict/set', 'ON')
    await early.say('lockwarden/main/input/vacation/set', 'maybe')
    await early.say('lockwarden/main/input/vacation/set', 'on'.repeat(200))
    await early.say('lockwarden/main/input/checkin/set', 'PRESS')
    await early.say('lockwarden/main/input/checkin/set', 'press')
    await early.say('lockwarden/main/input/vacation/set', 'on')
    await until('the switch', () => early.json(state)?.inputs.vacation === 'ON')
    expect(inputs()).toMatchObject({ checkin: { value: 2 }, vacation: { value: true } })
    expect(inputs()).not.toHaveProperty('strict')
    const audit = readFileSync(join(house.folder, 'data/audit.jsonl'), 'utf8')
    for (const said of ['vacation was set to on', 'checkin was pressed']) {
      expect(audit).toContain(
        `"who":{"role":"mqtt","address":"lockwarden"},"what":"input","lock":"main","said":"${said}"`,
      )
    }
    expect(early.json(state)).toMatchObject({ inputs: { strict: 'OFF' }, stopped: 'OFF' })
    expect(house.has('data/STOP.main')).toBe(false)
    expect(house.said).toContain('a retained message at lockwarden/main/stop/set is no command')
    expect(house.said).toContain('a message at lockwarden/main/input/vacation/set asks for nothing that there is')
    expect(house.said).toContain('a message at lockwarden/main/input/vacation/set is too long for a command')

    // A rule that is gone takes its announcement along.
    const kept = 'homeassistant/binary_sensor/lockwarden/main_rule_many-points/config'
    expect(early.board.has(kept)).toBe(true)
    // What somebody else has announced under our name is not ours to take away.
    expect(early.board.has(old)).toBe(true)
    house.write('rules/ours.yaml', 'rules: [{ id: other, when: lock.frozen is true, then: [unfreeze] }]\n')
    await until('the announcement to go', () => !early.board.has(kept), 25_000)
    expect(early.board.has(old)).toBe(true)
  })

  test('a rule that is switched off is taken away, and what only it asked for; it is back once it is on', async () => {
    await using broker = await Broker.start()
    await using listener = await broker.listener()
    const text = (more: string) =>
      'inputs:\n  vacation: { type: switch, by: [wearer] }\nrules:\n' +
      `  - { id: holiday, when: [lock.frozen is true, input.vacation is true], then: [log: x]${more} }\n`
    await using house = await House.open({ config: { mqtt: mqtt(broker) }, rules: text('') })
    const names = ['binary_sensor/lockwarden/main_rule_holiday', 'switch/lockwarden/main_input_vacation']
    const there = () => names.filter((name) => listener.board.has(`homeassistant/${name}/config`)).length
    await until('both', () => there() === 2)
    house.write('rules/ours.yaml', text(', enabled: false'))
    await until('both to go', () => there() === 0, 25_000)
    expect(listener.json(state)?.rules).toEqual({ holiday: 'OFF' })
    house.write('rules/ours.yaml', text(''))
    await until('both again', () => there() === 2, 25_000)
  })

  test('what an earlier run has announced is taken away, unless another has put its own there since', async () => {
    await using broker = await Broker.start()
    await using listener = await broker.listener()
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    const rule = 'homeassistant/binary_sensor/lockwarden/main_rule_many-points/config'
    const input = 'homeassistant/button/lockwarden/main_input_checkin/config'
    await until('the announcements', () => listener.board.has(rule) && listener.board.has(input))
    await house.end()
    await listener.say(input, '{"name":"Of another device"}', true)
    house.write('rules/ours.yaml', 'rules: [{ id: other, when: lock.frozen is true, then: [unfreeze] }]\n')
    await house.start()
    await until('the announcement to go', () => !listener.board.has(rule))
    await until('the new one', () => listener.board.has(rule.replace('many-points', 'other')))
    expect(listener.board.get(input)).toBe('{"name":"Of another device"}')
  })

  test.each([
    ['none', ''],
    ['a long one', 'x'.repeat(100_000)],
  ])('a stop with %s for its payload is a stop', async (_, payload) => {
    await using broker = await Broker.start()
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    await using listener = await broker.listener()
    await until('the state', () => listener.json(state)?.remaining_seconds > 0)
    await listener.say(pressed, payload)
    await until('the switch', () => house.has('data/STOP.main'))
  })

  test('a switch that is taken off as soon as it is set shows as off without another reading', async () => {
    await using broker = await Broker.start()
    await using listener = await broker.listener()
    await using house = await House.open({ config: { mqtt: mqtt(broker) }, lock: { poll: { chastify: '1h' } } })
    await until('the state', () => listener.json(state)?.stopped === 'OFF')
    // Each turn falls elsewhere between two looks at the folder.
    for (let turn = 0; turn < 5; turn++) {
      await listener.say(pressed, 'PRESS')
      await until('it to be on', () => listener.json(state)?.stopped === 'ON')
      rmSync(join(house.folder, 'data/STOP.main'))
      await until('it to be off', () => listener.json(state)?.stopped === 'OFF')
    }
  })

  test('a killed daemon is offline by its last will', async () => {
    await using broker = await Broker.start()
    await using listener = await broker.listener()
    await using house = await House.open({ config: { mqtt: mqtt(broker) } })
    await house.end()
    listener.board.clear()
    const daemon = spawn(process.execPath, [inject('program'), 'run'], { cwd: house.folder, stdio: 'ignore' })
    await until('the daemon', () => listener.board.get('lockwarden/status') === 'online')
    const gone = once(daemon, 'exit')
    daemon.kill('SIGKILL')
    await gone
    await until('the will', () => listener.board.get('lockwarden/status') === 'offline')
  })

  test('a user name and a password; the wrong one is said, and never told', async () => {
    const login = { username: 'warden', password: 'right-horse-battery' }
    await using broker = await Broker.start({ login })
    const section = { ...mqtt(broker), username: 'warden', password_file: './secrets/mqtt' }
    await using house = await House.open({
      config: { mqtt: section },
      files: { 'secrets/mqtt': 'wrong-horse-battery\n' },
    })
    await until('the refusal', () => house.said.includes('the broker cannot be reached: Connection refused'))
    await house.end()
    house.write('secrets/mqtt', `${login.password}\n`)
    await using listener = await broker.listener()
    await house.start()
    await until('the state', () => listener.json(state)?.remaining_seconds > 0)
    expect(house.said).not.toContain('horse')
  })

  test('by TLS only where the certificate can be trusted', async () => {
    await using broker = await Broker.start({ tls: true })
    await using strange = await House.open({ config: { mqtt: mqtt(broker) } })
    await until('the refusal', () => strange.said.includes('the broker cannot be reached: self-signed certificate'))
    const section = { ...mqtt(broker), ca_file: './ca.pem' }
    await using house = await House.open({ config: { mqtt: section }, files: { 'ca.pem': broker.authority ?? '' } })
    await using listener = await broker.listener()
    await until('the state', () => listener.json(state)?.remaining_seconds > 0)
    expect(house.said).not.toContain('cannot be reached')
  })
})

test('without a broker the daemon does all the rest, says so once, and ends', async () => {
  await using house = await House.open({ config: { mqtt: { url: 'mqtt://127.0.0.1:9' } } })
  await until('a reading', () => house.app?.locks.get('main')?.passing.sessionSeen)
  house.world.lock.patch({ taskPoints: 200 })
  await until('the action', () => house.world.applied.length === 1)
  // A second try.
  await new Promise((done) => setTimeout(done, 2500))
  expect(house.said.split('the broker cannot be reached').length).toBe(2)
  // One that waited for the broker would not end.
  await house.end()
})
