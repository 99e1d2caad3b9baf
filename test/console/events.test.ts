// Live updates: what is pushed, to whom, and that a page which comes back is told where things stand.
import { type IncomingMessage, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { House, type Person, until } from './house.ts'

interface Stream {
  response: IncomingMessage
  text: string
  ended: boolean
  leave(): void
}

async function listenTo(house: House, person: Person, headers: Record<string, string> = {}): Promise<Stream> {
  return await new Promise((done, fail) => {
    const asking = request(
      { host: '127.0.0.1', port: house.port, path: '/api/events', headers: { cookie: person.cookie, ...headers } },
      (response) => {
        const stream: Stream = { response, text: '', ended: false, leave: () => asking.destroy() }
        response.setEncoding('utf8').on('data', (chunk: string) => {
          stream.text += chunk
        })
        response.on('close', () => {
          stream.ended = true
        })
        response.on('error', () => undefined)
        done(stream)
      },
    )
    asking.on('error', fail)
    asking.end()
  })
}

const snapshots = ({ text }: Stream) => [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))

describe.concurrent('live updates', () => {
  test('a snapshot at once, and another when something has changed', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    const stream = await listenTo(house, wearer)
    expect(stream.response.headers['content-type']).toMatch(/^text\/event-stream/)
    await until('the first', async () => snapshots(stream).length > 0)
    expect(stream.text).toMatch(/^event: snapshot$/m)
    expect(stream.text).toMatch(/^retry: \d+$/m)
    await wearer.ask('/api/stop', { body: {} })
    const stopped = await until('the stop', async () => snapshots(stream).find(({ locks }) => locks[0].stopped))
    expect(stopped.locks[0]).toMatchObject({ lock: 'main', stopped: true, mode: 'live' })
    house.world.lock.addTime(7200)
    const before = stopped.locks[0].remainingSeconds
    await until('the time', async () =>
      snapshots(stream).some(({ locks }) => locks[0].remainingSeconds > before + 7000),
    )
    stream.leave()
  })

  test('who comes back, with an id or without, is told where things stand', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    const first = await listenTo(house, wearer)
    await until('the first', async () => snapshots(first).length > 0)
    first.leave()
    await wearer.ask('/api/stop', { body: {} })
    const again = await listenTo(house, wearer, { 'last-event-id': '0' })
    const [now] = await until('the snapshot', async () => snapshots(again).length > 0 && snapshots(again))
    expect(now.locks[0].stopped).toBe(true)
    again.leave()
  })

  test('one person has so many pages open, and leaving makes room', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    const streams = await Promise.all([1, 2, 3, 4].map(() => listenTo(house, wearer)))
    await until('all', async () => streams.every((stream) => snapshots(stream).length > 0))
    const fifth = await wearer.ask('/api/events')
    expect(fifth.status).toBe(503)
    expect(fifth.headers['retry-after']).toBe('30')
    for (const stream of streams) stream.leave()
    const next = await until('room', async () => {
      const stream = await listenTo(house, wearer)
      return stream.response.statusCode === 200 && stream
    })
    next.leave()
  })

  test('the daemon ends although pages are open', async () => {
    await using house = await House.open()
    const stream = await listenTo(house, await house.as('wearer'))
    await until('the first', async () => snapshots(stream).length > 0)
    await house.end()
    await until('the end', async () => stream.ended)
  })
})
