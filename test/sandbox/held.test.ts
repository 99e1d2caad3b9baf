import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
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
