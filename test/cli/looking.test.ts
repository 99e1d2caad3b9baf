// Commands that only look, and those that only start something: what they need, and what they say without it.

import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { say } from '../check/support.ts'
import { folderWith } from '../config/files.ts'

const config = `version: 1
timezone: Europe/Berlin
locks:
  main:
    chastify: { token: "\${CHASTIFY_TOKEN}" }
    tracker: { token_file: ./nowhere }
`
const rules = 'rules:\n  - id: one\n    when: lock.frozen is true\n    then: [unfreeze]\n'
const story = `tests:
  - name: a frozen lock
    start: "2026-02-28 08:00"
    facts: { lock.frozen: true }
    expect:
      - { at: "08:00", rule: one, do: [unfreeze] }
`
const files = { 'config.yaml': config, 'rules/a.yaml': rules, 'rules/a.test.yaml': story }

describe('in a terminal that knows no token', () => {
  test.each([[['history']], [['status']], [['test']]])('%j does its work', async (words) => {
    const said = await say(words, await folderWith(files))
    expect(said).toMatchObject({ code: 0, err: [] })
  })

  test.each([[['accept']], [['set', 'vacation', 'on']], [['why', 'one']]])('%j asks for the daemon', async (words) => {
    const said = await say(words, await folderWith(files))
    expect(said.code).toBe(1)
    expect(said.err.join('\n')).toMatch(/^lockwarden: no daemon is running/)
  })

  test.each([[['run']], [['check']], [['facts']]])('%j names what is missing', async (words) => {
    const said = await say(words, await folderWith(files))
    expect(said.code).toBeGreaterThan(0)
    expect([...said.out, ...said.err].join('\n')).toContain('the environment variable CHASTIFY_TOKEN is not set')
  })

  test('a lock can be stopped by its name', async () => {
    const said = await say(['stop', '--lock', 'main'], await folderWith(files))
    expect(said).toMatchObject({ code: 0, err: [] })
    expect(said.out[0]).toMatch(/^Stopped: .*main/)
  })

  test('another variable is missed by all', async () => {
    const said = await say(['history'], await folderWith({ ...files, 'config.yaml': `${config}data: "\${DATA}"\n` }))
    expect(said.code).toBe(2)
    expect(said.err).toEqual([expect.stringContaining('variable DATA is not set')])
  })
})

describe('check', () => {
  test('reads tests that are named, and says what runs them', async () => {
    const folder = await folderWith(files)
    expect(await say(['check', 'rules/a.test.yaml'], folder)).toEqual({
      code: 0,
      out: ['1 test, no fault', 'the tests were only read; "lockwarden test" runs them'],
      err: [],
    })
    const both = await say(['check', 'rules/a.yaml', 'rules/a.test.yaml'], folder)
    expect(both).toMatchObject({ code: 0 })
    expect(both.out.at(-2)).toBe('1 rule and 1 test, no fault')
  })

  test('names what is wrong with them', async () => {
    const folder = await folderWith({ ...files, 'rules/a.test.yaml': story.replace('lock.frozen', 'lock.frozn') })
    const said = await say(['check', 'rules/a.test.yaml'], folder)
    expect(said.code).toBe(1)
    expect(said.out[0]).toMatch(/^rules\/a\.test\.yaml:4:\d+: .*lock\.frozn/)
    expect((await say(['check', 'no.test.yaml'], folder)).err).toEqual(['lockwarden: there is no file no.test.yaml'])
  })

  test('says which zone is in force', async () => {
    const folder = await folderWith({ ...files, 'config.yaml': config.replace(/^ +tracker.*\n/m, '') })
    const said = await say(['check'], folder, { CHASTIFY_TOKEN: 'dev-1' })
    expect(said).toMatchObject({ code: 0 })
    expect(said.out).toContain('times are those of Europe/Berlin')
  })
})

test('a port in use is one line', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect(await say(['sandbox', '--port', String(port)], '/')).toEqual({
    code: 1,
    out: [],
    err: [`lockwarden: port ${port} is in use; name another by --port`],
  })
})
