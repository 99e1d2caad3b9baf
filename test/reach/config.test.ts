// The metrics, mqtt and tell sections: what they come to, what is refused and in which words, and that no secret is told.
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/config/load.ts'
import { faultsOf, load, said } from '../config/files.ts'

const around = 'version: 1\nlocks:\n  main:\n    chastify: { token: a-token }\n'
const files = {
  t: 'tk_1234567890',
  hook: 'https://discord.example/api/webhooks/1/hush-hush-hush\n',
  text: 'no address',
  empty: '',
}
const reachOf = async (text: string): Promise<Config['reach']> => (await load(around + text, {}, files)).reach
const wrong = async (text: string) =>
  (await faultsOf(around + text, {}, files)).map((fault) => said(fault).replace(/ at \/.*$/, ''))

test('without the sections there is nothing', async () => {
  expect(await reachOf('')).toBeUndefined()
})

describe('metrics', () => {
  test('defaults, and what is written', async () => {
    expect((await reachOf('metrics: {}'))?.metrics).toEqual({ host: '127.0.0.1', port: 9464, hosts: [] })
    expect((await reachOf('metrics: { listen: "[::1]:99", hosts: [warden] }'))?.metrics).toEqual({
      host: '::1',
      port: 99,
      hosts: ['warden'],
    })
  })
  test('what is no address', async () => {
    expect(await wrong('metrics: { listen: 9464 }')).toEqual([
      '9464 is not an address and a port such as 127.0.0.1:9464 or "[::1]:9464"',
    ])
    expect(await wrong('metrics: { hosts: ["*"] }')).toEqual([
      '"*" is not a name such as lockwarden or lock.example.net',
    ])
  })
})

describe('mqtt', () => {
  test('defaults, and what is written', async () => {
    expect((await reachOf('mqtt: { url: "mqtt://broker" }'))?.mqtt).toEqual({
      url: 'mqtt://broker',
      username: null,
      password: null,
      authority: null,
      topic: 'lockwarden',
      discovery: 'homeassistant',
    })
    const all = 'mqtt: { url: "mqtts://broker.lan:8883", username: w, password_file: t, topic: a/b, discovery: false }'
    const { mqtt } = (await reachOf(all)) ?? {}
    expect(mqtt).toMatchObject({ username: 'w', topic: 'a/b', discovery: null })
    expect(mqtt?.password?.reveal()).toBe('tk_1234567890')
    expect(inspect(mqtt, { depth: 9 }) + JSON.stringify(mqtt)).not.toContain('tk_')
  })
  test.each([
    [
      'mqtt: { url: "http://broker" }',
      '"(not shown)" is not an address such as mqtt://127.0.0.1:1883 or mqtts://broker.lan:8883',
    ],
    [
      'mqtt: { url: "mqtt://w:hush-hush@broker" }',
      '"(not shown)" is not an address such as mqtt://127.0.0.1:1883 or mqtts://broker.lan:8883',
    ],
    [
      'mqtt: { url: "mqtt://broker", topic: "a/#" }',
      'a topic is made of letters, digits, _ and -, its parts with / between them',
    ],
    ['mqtt: { url: "mqtt://broker", password_file: t }', 'a password goes with a user name; write username: beside it'],
    [
      'mqtt: { url: "mqtt://broker", username: w, password_file: none }',
      'there is no such file; paths in this file begin',
    ],
    [
      'mqtt: { url: "mqtts://broker", ca_file: t }',
      'this is no certificate that can be read, in PEM form; paths in this file begin',
    ],
    ['mqtt: { username: w }', '"url" is missing'],
    ['mqtt: { url: "mqtt://broker.example.net" }', 'messages leave the house only by mqtts'],
    [
      'mqtt: { url: "mqtt://203.0.113.5:1883", username: w, password_file: t }',
      'messages leave the house only by mqtts',
    ],
  ])('%s', async (text, words) => {
    expect(await wrong(text)).toEqual([words])
  })
})

describe('tell', () => {
  const channel = (text: string) => `tell: { channels: { phone: { ${text} } } }`
  test('defaults, and every kind of channel', async () => {
    const { tell } = (await reachOf(channel('ntfy: "https://ntfy.sh/x"'))) ?? {}
    expect(tell).toMatchObject({
      quiet: null,
      wording: 'discreet',
      serviceDownMs: 900_000,
      channels: [{ kind: 'ntfy' }],
    })
    expect(tell?.about).toContain('rule')
    const kinds = [
      ['ntfy_file: hook, token_file: t', { kind: 'ntfy' }],
      ['gotify: "http://192.168.1.9:80", token_file: t', { kind: 'gotify' }],
      ['discord_file: hook', { kind: 'discord' }],
      ['telegram: -100123, token_file: t', { kind: 'telegram', chat: '-100123' }],
      ['telegram: "@mine", token_file: t, base_url: "http://127.0.0.1:9"', { kind: 'telegram', chat: '@mine' }],
      ['webhook: "http://nas.local/x", template: "{{ message }}!"', { kind: 'webhook' }],
      ['webhook_file: hook, token_file: t', { kind: 'webhook', template: null }],
    ] as const
    for (const [text, made] of kinds) {
      const reach = await reachOf(channel(text))
      expect(reach?.tell?.channels).toMatchObject([made])
      expect(inspect(reach, { depth: 9 }) + JSON.stringify(reach)).not.toMatch(/tk_|hush|nas\.local/)
    }
  })
  test('its secrets are among those that the log takes out', async () => {
    const reach = await reachOf(channel('ntfy: "https://ntfy.sh/hush", token_file: t'))
    expect(reach?.secrets.map((secret) => secret.reveal()).sort()).toEqual(['https://ntfy.sh/hush', 'tk_1234567890'])
  })
  test.each([
    [channel(''), 'a channel is one of ntfy, gotify, discord_file, telegram, webhook; name where it leads'],
    [
      channel('ntfy: "https://a/x", gotify: "https://b"'),
      'a channel is one of ntfy, gotify, discord_file, telegram, webhook; make two channels of it',
    ],
    [channel('ntfy: "https://a/x", template: "x"'), 'template does not go with ntfy; take it out'],
    [channel('gotify: "https://a"'), '"token_file" is missing; it holds its token'],
    [channel('ntfy: "http://ntfy.sh/hush"'), 'messages leave the house only by https'],
    [channel('ntfy: "https://u:hush@ntfy.sh/x"'), 'an address must not hold a user name, a password or a #'],
    [channel('ntfy: hush'), '"(not shown)" is not an address such as https://ntfy.sh/my-topic'],
    [channel('discord_file: text'), 'no file'],
    [channel('discord_file: empty'), 'the file is empty; paths in this file begin'],
    [
      channel('webhook: "https://a/x", template: "{{ token }}"'),
      'there is no {{ token }} here; there are title, message, about, lock',
    ],
    [channel('webhook: "https://a/x", template: "{{ message"'), '"{{" without "}}" after it'],
    ['tell: { channels: {} }', 'name at least one channel'],
    [
      `tell: { quiet: "23-7", channels: { a: { ntfy: "https://a/x" } } }`,
      '"23-7" is not two times of day such as "23:00-07:00"',
    ],
    [
      `tell: { about: [tokens], channels: { a: { ntfy: "https://a/x" } } }`,
      '"tokens" is not one of token, service, stuck, unsettled, limit, stop, rules, lock, clock, storage, channel, rule, summary; did you mean token?',
    ],
    [
      `tell: { summary: at noon, channels: { a: { ntfy: "https://a/x" } } }`,
      '"at noon" is not an hour such as "daily at 09:00", or "monday at 09:00" for once a week',
    ],
    [
      `tell: { summary: daily at 09:00, about: [stop], channels: { a: { ntfy: "https://a/x" } } }`,
      'about does not name summary, so it would not be told; name it there, too',
    ],
    [
      `tell: { about: [summary], channels: { a: { ntfy: "https://a/x" } } }`,
      'a summary needs its hour; write summary: daily at 09:00 beside it',
    ],
    [`tell: { service_down_minutes: 0, channels: { a: { ntfy: "https://a/x" } } }`, 'whole minutes, from 1 up'],
  ])('%s', async (text, words) => {
    const told = await wrong(text)
    if (words === 'no file') expect(told).toEqual([expect.stringMatching(/^the file holds|made of printable/)])
    else expect(told).toEqual([words])
    expect(told.join()).not.toContain('hush')
  })
})

describe('heartbeat', () => {
  test('defaults, and its address among the secrets', async () => {
    const reach = await reachOf('heartbeat: { url: "https://example.net/hush-hush" }')
    expect(reach?.heartbeat?.everyMs).toBe(300_000)
    expect(reach?.secrets.map((secret) => secret.reveal())).toEqual(['https://example.net/hush-hush'])
    expect(inspect(reach, { depth: 9 }) + JSON.stringify(reach)).not.toContain('hush')
    const filed = await reachOf('heartbeat: { url_file: hook, every: 1m }')
    expect(filed?.heartbeat?.everyMs).toBe(60_000)
    expect(filed?.files).toMatchObject([{ key: 'heartbeat.url_file', isAddress: true }])
  })
  test.each([
    ['heartbeat: {}', '"url" is missing; give one, url or url_file'],
    [
      'heartbeat: { url: "https://a/hush", url_file: hook }',
      'url and url_file are both given; give one, url or url_file',
    ],
    ['heartbeat: { url: "http://example.net/hush" }', 'messages leave the house only by https'],
    ['heartbeat: { url: "https://a/x", every: 5s }', 'a length of at least 30 s in whole seconds'],
  ])('%s', async (text, words) => {
    const told = await wrong(text)
    expect(told).toEqual([words])
    expect(told.join()).not.toContain('hush')
  })
})
