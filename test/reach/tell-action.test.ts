// A rule tells people something: through the ledger, once, and to whom it names.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { compileRules } from '../../src/core/language/compile.ts'
import { lint } from '../../src/core/language/lint.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { House, until } from './house.ts'

async function office() {
  const posts: string[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      posts.push(`${incoming.url} ${Buffer.concat(chunks)}`)
      outgoing.end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    posts,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((done) => void server.close(() => done()))
    },
  }
}

const rules = `rules:
  - id: many-points
    when: lock.taskPoints > 100
    then:
      - add_time: 10m
      - tell: { text: "{{ did }}, with {{ lock.taskPoints }} points", to: phone }
      - tell: Many points
  - id: refused
    when: lock.taskPoints > 100
    then:
      - freeze: 24h
      - tell: Frozen
`

test('in its own words although the rest is discreet, once each, through a restart too', async () => {
  await using post = await office()
  const channels = { phone: { ntfy: `${post.url}/phone` }, chat: { ntfy: `${post.url}/chat` } }
  const limits = { allow: ['add_time'] }
  await using house = await House.open({ config: { tell: { channels, about: ['rule'] }, limits }, rules })
  await until('a reading', () => house.app?.locks.get('main')?.passing.sessionSeen)
  house.world.lock.patch({ taskPoints: 200 })
  await until('all three', () => post.posts.length === 3)
  expect([...post.posts].sort()).toEqual([
    '/chat Many points',
    '/phone Many points',
    '/phone added 10 min, with 200 points',
  ])
  const rows = house.app?.locks.get('main')?.kept.rows ?? []
  expect(rows.map(({ action, state }) => `${action} ${state}`)).toEqual([
    'add_time applied',
    'tell applied',
    'tell applied',
    'freeze refused',
    'tell cancelled',
  ])
  await until('its note', () => house.read('data/told.json').includes('"waiting":[]'))
  await house.end()
  await house.start()
  await until('a reading', () => house.app?.locks.get('main')?.passing.sessionSeen)
  await new Promise((done) => setTimeout(done, 1200))
  expect(post.posts.length).toBe(3)
})

test('what was said but not handed on before the end is told by the next daemon', async () => {
  await using post = await office()
  await using house = await House.open({
    rules: 'rules: [{ id: one, when: lock.taskPoints > 100, then: [{ tell: Hello }] }]\n',
  })
  await until('a reading', () => house.app?.locks.get('main')?.passing.sessionSeen)
  house.world.lock.patch({ taskPoints: 200 })
  await until('the row', () => house.app?.locks.get('main')?.kept.rows[0]?.state === 'applied')
  await house.end()
  const config = JSON.parse(house.read('config.yaml')) as Record<string, unknown>
  house.write(
    'config.yaml',
    JSON.stringify({ ...config, tell: { channels: { phone: { ntfy: `${post.url}/phone` } } } }),
  )
  await house.start()
  await until('the message', () => post.posts.length === 1)
  expect(post.posts).toEqual(['/phone Hello'])
})

test('a dry run says nothing, nor does what the wearer does not want to hear', async () => {
  await using post = await office()
  const channels = { phone: { ntfy: `${post.url}/phone` } }
  const said = 'rules: [{ id: one, when: lock.active is true, then: [{ tell: Hello }] }]\n'
  await using dry = await House.open({ config: { mode: 'dry-run', tell: { channels } }, rules: said })
  await using deaf = await House.open({ config: { tell: { channels, about: ['token'] } }, rules: said })
  await until('both rows', () => [dry, deaf].every(({ app }) => app?.locks.get('main')?.kept.rows.length === 1))
  await new Promise((done) => setTimeout(done, 1200))
  expect(post.posts).toEqual([])
})

test.each<[string, string[] | undefined, string[]]>([
  ['nothing where channels are not known', undefined, []],
  ['nothing where it has all of them', ['phone', 'chat'], []],
  ['that nobody is reached', [], ['tell reaches nobody; the config names no channels under tell']],
  ['a channel that is misspelt', ['phones'], ['there is no channel "phone"; did you mean phones?']],
])('check tells %s', (_, channels, told) => {
  const text = 'rules: [{ id: one, when: lock.frozen is true, then: [{ tell: { text: Hello, to: phone } }] }]\n'
  const { rules: compiled, faults } = compileRules([{ file: 'a.yaml', text }], { services, zone: 'UTC' })
  expect(faults).toEqual([])
  if (!compiled) throw new Error('no rules')
  const around = {
    limits: null,
    lacks: null,
    tested: null,
    now: 0,
    zone: 'UTC',
    ...(channels ? { channels } : {}),
  }
  expect(lint(compiled, around).map((fault) => faultLine(fault).replace(/^\S+ (?:lint: )?/, ''))).toEqual(told)
})
