import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { bench } from './bench.ts'

describe('an answer that is held', () => {
  it('comes so much later, its effect at once', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'apply-time', kind: 'slow', holdMs: 150 })
    const answer = at.write('lock/apply-time', { deltaSeconds: 600 })
    await expect.poll(() => at.sandbox.applied.length).toBe(1)
    const first = await Promise.race([answer, sleep(50, 'still held')])
    expect(first).toBe('still held')
    expect((await answer).status).toBe(200)
    expect(at.sandbox.seen).toMatchObject([{ status: 200, fault: 'slow' }])
  })

  it.each([
    [false, 0],
    [true, 1],
  ])('may end in a reset (carried out: %s)', async (after, times) => {
    await using at = await bench()
    at.sandbox.fault({ call: 'apply-time', kind: 'hang', holdMs: 50, after })
    await expect(at.write('lock/apply-time', { deltaSeconds: 600 })).rejects.toThrow()
    expect(at.sandbox.applied).toHaveLength(times)
    expect(at.sandbox.seen).toMatchObject([{ status: 'dropped', fault: 'hang' }])
  })
})

describe('a body', () => {
  /** What of an answer has come once nothing more comes of itself: the head and some of the body, or all of it. */
  async function asked(sandbox: Sandbox, method: 'GET' | 'POST') {
    const answer = await fetch(`${sandbox.url}/api/apps/v1/${method === 'GET' ? 'session' : 'lock/apply-time'}`, {
      method,
      headers: { Authorization: `Bearer ${sandbox.tokens.chastify}`, 'Content-Type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify({ deltaSeconds: 600 }) }),
    })
    return { status: answer.status, reader: (answer.body as ReadableStream<Uint8Array>).getReader() }
  }
  async function rest(reader: ReadableStreamDefaultReader<Uint8Array>) {
    const pieces: Uint8Array[] = []
    for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value)
    return { pieces: pieces.length, text: Buffer.concat(pieces).toString() }
  }
  const calls = [
    ['GET', 'session'],
    ['POST', 'apply-time'],
  ] as const

  it.each(calls)('of a %s may stop in its middle, and stay so', async (method, call) => {
    await using at = await bench()
    at.sandbox.fault({ call, kind: 'stall' })
    const { status, reader } = await asked(at.sandbox, method)
    const half = new TextDecoder().decode((await reader.read()).value)
    expect(status).toBe(200)
    expect(() => JSON.parse(half)).toThrow()
    expect(at.sandbox.applied).toHaveLength(method === 'GET' ? 0 : 1)
    const more = reader.read().catch(() => 'reset')
    expect(await Promise.race([more, sleep(100, 'silent')])).toBe('silent')
    await at.sandbox.close()
    expect(await more).toBe('reset')
  })

  it.each(calls)('of a %s may stop in its middle, and be reset', async (method, call) => {
    await using at = await bench()
    at.sandbox.fault({ call, kind: 'stall', holdMs: 20 })
    const { reader } = await asked(at.sandbox, method)
    await expect(rest(reader)).rejects.toThrow()
  })

  it.each(calls)('of a %s may be slow in its middle, and come whole', async (method, call) => {
    await using at = await bench()
    at.sandbox.fault({ call, kind: 'pause', holdMs: 100 })
    const { reader } = await asked(at.sandbox, method)
    const { pieces, text } = await rest(reader)
    expect(pieces).toBe(2)
    expect(JSON.parse(text)).toMatchObject({ ok: true })
  })

  it.each(calls)('of a %s may trickle, and come whole', async (method, call) => {
    await using at = await bench()
    at.sandbox.fault({ call, kind: 'trickle', holdMs: 300 })
    const { reader } = await asked(at.sandbox, method)
    const { pieces, text } = await rest(reader)
    expect(pieces).toBeGreaterThan(5)
    expect(JSON.parse(text)).toMatchObject({ ok: true })
  })

  it.each([
    [false, 0],
    [true, 1],
  ])('may be that of a failure (carried out: %s)', async (after, times) => {
    await using at = await bench()
    at.sandbox.fault({ call: 'apply-time', kind: 'stall', status: 503, holdMs: 20, after })
    const { status, reader } = await asked(at.sandbox, 'POST')
    expect(status).toBe(503)
    await expect(rest(reader)).rejects.toThrow()
    expect(at.sandbox.applied).toHaveLength(times)
  })
})

describe('an effect that shows late', () => {
  it('is answered at once, and there at its moment', async () => {
    await using at = await bench()
    at.sandbox.fault({ call: 'apply-time', kind: 'late', delayMs: 3000, status: 200 })
    expect((await at.write('lock/apply-time', { deltaSeconds: 600 })).status).toBe(200)
    at.advance(2)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(27_798)
    at.advance(1)
    expect(at.sandbox.lock.data().timeRemainingSeconds).toBe(28_397)
  })
})

describe('a fault that is followed by another', () => {
  it('switches it on as it strikes, and not before', async () => {
    await using at = await bench()
    const next = { call: 'session', kind: 'status', status: 503, times: 1 } as const
    at.sandbox.fault({ call: 'log', kind: 'drop-before', times: 1, followedBy: next })
    expect((await at.read()).status).toBe(200)
    await expect(at.write('logs/custom', { title: 'x' })).rejects.toThrow()
    expect([(await at.read()).status, (await at.read()).status]).toEqual([503, 200])
  })
})
