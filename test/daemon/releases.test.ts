// Whether there is a newer release: how versions compare, and that it is only looked and said.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isNewer, versionIn, watchReleases } from '../../src/daemon/releases.ts'
import { faultsOf, load, said as sayFault } from '../config/files.ts'
import { until } from '../reach/house.ts'

describe('versions', () => {
  test.each([
    ['0.2.0', '0.1.9', true],
    ['0.10.0', '0.9.0', true],
    ['1.0.0', '1.0.0', false],
    ['0.9.9', '1.0.0', false],
    ['1.0.0', '1.0.0-rc.1', true],
    ['1.0.0-rc.1', '1.0.0', false],
  ])('%s is newer than %s: %s', (one, other, is) => {
    expect(isNewer(one, other)).toBe(is)
  })
  test.each([
    ['1.2.3\n', '1.2.3'],
    ['{"tag_name": "v1.2.3"}', '1.2.3'],
    ['{"version": "1.2.3-rc.1"}', '1.2.3-rc.1'],
    ['<html>sign in</html>', null],
    ['{"tag_name": 4}', null],
    ['null', null],
    ['', null],
  ])('in %j', (text, version) => {
    expect(versionIn(text)).toBe(version)
  })
})

async function told(status: number, body: string): Promise<string> {
  const server = createServer((_, outgoing) => void outgoing.writeHead(status).end(body))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest`
}

async function look(status: number, body: string): Promise<{ newer: string | null; said: string[] }> {
  const ending = new AbortController()
  const said: string[] = []
  const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) }
  const releases = watchReleases(await told(status, body), '0.1.0', log, ending.signal)
  await until('an answer', () => said.length > 0)
  ending.abort()
  await releases.done
  return { newer: releases.newer, said }
}

test('a newer one is said, once', async () => {
  expect(await look(200, '{"tag_name": "v0.2.0"}')).toEqual({
    newer: '0.2.0',
    said: ['lockwarden 0.2.0 is out; this is 0.1.0'],
  })
})

test.each([
  [404, '', 'it answered 404'],
  [200, '<html></html>', 'no version is told there'],
])('what cannot be told is no news: %s %s', async (status, body, why) => {
  expect(await look(status, body)).toEqual({
    newer: null,
    said: [`whether there is a newer release cannot be told (${why})`],
  })
})

describe('the config', () => {
  const around = 'version: 1\nlocks:\n  main:\n    chastify: { token: a-token }\n'
  test('names where to look, or nobody does', async () => {
    expect((await load(around, {}, {})).updates).toBeUndefined()
    const wrong = async (text: string) => (await faultsOf(around + text, {}, {})).map(sayFault)
    expect(await wrong('updates: { check: true }')).toEqual(['name where releases are told: url'])
    expect(await wrong('updates: { check: true, url: "http://example.net/x" }')).toEqual([
      'messages leave the house only by https',
    ])
  })
})
