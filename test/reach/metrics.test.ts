// What a monitor is told: the real daemon asked over HTTP, and the mapping by tables.
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { unstoredReasons } from '../../src/core/model/ports.ts'
import { states } from '../../src/core/model/row.ts'
import { noRules } from '../../src/core/model/rule.ts'
import { silenceNames } from '../../src/core/model/silence.ts'
import type { Step } from '../../src/core/step.ts'
import { count, lateness, nothingCounted } from '../../src/reach/metrics/counts.ts'
import { openMetrics } from '../../src/reach/metrics/server.ts'
import { sightOf } from '../../src/reach/sight.ts'
import { services } from '../../src/services/index.ts'
import { House, until, usualRules } from './house.ts'
import { promtool } from './promtool.ts'

const metrics = { listen: '127.0.0.1:9464' }

/** The samples of a name, by their labels as they are written. */
function samples(text: string, name: string): Map<string, number> {
  const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))]
  return new Map(lines.map(([, labels = '', value]) => [labels, Number(value)]))
}

/** What promtool would say, as far as that can be told without it. */
function structureOf(text: string): string[] {
  const wrong: string[] = []
  const families = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  for (const [name, type] of families) {
    if (!text.includes(`# HELP ${name} `)) wrong.push(`${name}: no help`)
    if (!/^[a-z][a-z0-9_]*$/.test(name)) wrong.push(`${name}: no name`)
    if ((type === 'counter') !== name.endsWith('_total')) wrong.push(`${name}: _total is for counters`)
  }
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', value] = /^([a-z0-9_]+)(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? (\S+)$/.exec(line) ?? []
    const family = name.replace(/_(bucket|sum|count)$/, '')
    if (!families.has(name) && !families.has(family)) wrong.push(`no type: ${line}`)
    if (Number.isNaN(Number(value?.replace('+Inf', 'Infinity')))) wrong.push(`no number: ${line}`)
  }
  return wrong
}

function expectWellFormed(text: string): void {
  expect(structureOf(text)).toEqual([])
  if (promtool === null) return
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' })
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
}

/** A step that came to nothing, but for this. */
const step = (more: Partial<Step>): Step => ({
  kept: emptyKept('seed'),
  changed: [],
  passing: nothingSeen,
  decisions: [],
  standstill: null,
  wake: { at: 10_000, read: ['chastify.session'], because: 'poll' },
  ...more,
})

test.runIf(promtool === null)('promtool is not installed: only the structure is checked', () => {
  expect(promtool).toBeNull()
})

describe('a daemon with metrics', () => {
  test('tells of polls, services, rules, limits, the ledger and the switch, and of nobody', async () => {
    await using house = await House.open({ config: { metrics } })
    await until('ready', async () => (await house.ask('/readyz')).status === 200)
    house.world.lock.patch({ taskPoints: 200 })
    await until('the firing', () => house.world.applied.length > 0)
    const text = await until('its count', async () => {
      const reply = await house.ask('/metrics')
      expect(reply.status).toBe(200)
      expect(reply.type).toMatch(/^text\/plain; version=0\.0\.4/)
      const applied = samples(reply.text, 'lockwarden_actions_total').get(
        'lock="main",action="add_time",state="applied"',
      )
      // After an own write the remaining time is unknown until it was read again.
      return applied === 1 && reply.text.includes('lockwarden_lock_remaining_seconds{') ? reply.text : null
    })
    expectWellFormed(text)

    const of = (name: string) => Object.fromEntries(samples(text, `lockwarden_${name}`))
    expect(of('build_info')).toEqual({ [`version="1.2.3",node="${process.version}"`]: 1 })
    expect(of('rule_firings_total')).toEqual({
      'lock="main",rule="many-points"': 1,
      'lock="main",rule="frozen"': 0,
      'lock="main",rule="resting"': 0,
    })
    expect(of('rule_enabled')).toMatchObject({ 'lock="main",rule="resting"': 0, 'lock="main",rule="frozen"': 1 })
    expect(of('rule_silences_total')['lock="main",rule="resting",reason="disabled"']).toBeGreaterThan(0)
    expect(of('rule_silences_total')['lock="main",rule="frozen",reason="condition false"']).toBeGreaterThan(0)
    expect(of('limit_used_seconds')).toMatchObject({ 'lock="main",limit="add_time",per="day"': 600 })
    expect(of('limit_allowed_seconds')).toMatchObject({ 'lock="main",limit="add_time",per="day"': 3 * 3600 })
    expect(of('limit_used_times')).toMatchObject({ 'lock="main",limit="actions",per="hour"': 1 })
    expect(of('ledger_rows')).toMatchObject({ 'lock="main",state="applied"': 1, 'lock="main",state="unsettled"': 0 })
    expect(of('actions_held')).toEqual({ 'lock="main"': 0 })
    expect(of('actions_unsettled')).toEqual({ 'lock="main"': 0 })
    expect(of('service_healthy')).toEqual({ 'lock="main",service="chastify"': 1 })
    expect(of('stopped')).toEqual({ 'lock="main"': 0 })
    expect(of('live')).toEqual({ 'lock="main"': 1 })
    expect(of('lock_remaining_seconds')['lock="main"']).toBeGreaterThan(400_000)
    expect(of('polls_total')['lock="main",topic="chastify.session",outcome="ok"']).toBeGreaterThan(0)
    expect(of('polls_total')['lock="main",topic="chastify.session",outcome="failed"']).toBe(0)
    expect(of('poll_lateness_seconds_count')['lock="main",topic="chastify.session"']).toBeGreaterThan(0)
    expect(of('step_duration_seconds_count')['lock="main"']).toBeGreaterThan(0)

    const { lockTitle, wearerUsername, keyholderUsername } = house.world.lock.data()
    const never = [
      house.world.lock.id(),
      lockTitle,
      wearerUsername,
      keyholderUsername,
      ...Object.values(house.world.tokens),
    ]
    for (const one of never.filter((text) => typeof text === 'string' && text !== '')) expect(text).not.toContain(one)
  })

  test('the switch, faults and failing polls show', async () => {
    await using house = await House.open({ config: { metrics } })
    await until('ready', async () => (await house.ask('/readyz')).status === 200)
    house.write('data/STOP', 'by hand\n')
    house.write('rules/ours.yaml', 'rules: [{ id: One }]\n')
    house.world.fault({ call: 'session', kind: 'status', status: 503 })
    await until('all of it', async () => {
      const { text } = await house.ask('/metrics')
      const failed = samples(text, 'lockwarden_polls_total').get(
        'lock="main",topic="chastify.session",outcome="failed"',
      )
      return (
        samples(text, 'lockwarden_stopped').get('lock="main"') === 1 &&
        (samples(text, 'lockwarden_config_faults').get('') ?? 0) > 0 &&
        (failed ?? 0) > 0 &&
        samples(text, 'lockwarden_service_healthy').get('lock="main",service="chastify"') === 0
      )
    })
    // A service that is down is not our ill health.
    expect((await house.ask('/healthz')).status).toBe(200)
  })

  test('is healthy at once, and ready when each lock was read, or is known not to be there', async () => {
    await using house = await House.open({
      config: { metrics },
      lock: { chastify: { token: 'dev-nobody', base_url: 'http://127.0.0.1:9' } },
    })
    expect(await house.ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
    expect(await house.ask('/readyz')).toMatchObject({ status: 503, text: 'main: not read yet\n' })

    await using other = await House.open({ config: { metrics } })
    other.world.lock.end()
    await until('ready', async () => (await other.ask('/readyz')).status === 200)
    await until(
      'no lock',
      async () => samples((await other.ask('/metrics')).text, 'lockwarden_lock_active').get('lock="main"') === 0,
    )
    expectWellFormed((await other.ask('/metrics')).text)
  })

  test('answers only what is asked of it under a name of its own', async () => {
    await using house = await House.open({ config: { metrics: { ...metrics, hosts: ['lockwarden'] } } })
    const port = house.app?.metrics?.port
    const asked = async (host: string) => (await house.ask('/healthz', { host })).status
    expect(await asked(`127.0.0.1:${port}`)).toBe(200)
    expect(await asked(`localhost:${port}`)).toBe(200)
    expect(await asked(`lockwarden:${port}`)).toBe(200)
    expect(await asked('lockwarden')).toBe(200)
    expect(await asked(`evil.example:${port}`)).toBe(421)
    expect(await asked(`192.168.1.9:${port}`)).toBe(421)
    expect(await asked('127.0.0.1:1')).toBe(421)
    expect((await house.ask('/metrics', { method: 'POST' })).status).toBe(405)
    expect((await house.ask('/metrics', { method: 'HEAD' })).text).toBe('')
    expect((await house.ask('/')).status).toBe(404)
    expect((await house.ask('/__proto__')).status).toBe(404)
  })

  test('nothing listens without the section', async () => {
    await using house = await House.open()
    expect(house.app?.metrics).toBeNull()
  })
})

describe('the door by itself', () => {
  const state = () => ({ faults: 0, limitsFaulty: false, restartNeeded: false })
  const place = { host: '127.0.0.1', port: 0, hosts: [] }
  const sight = sightOf({
    lock: 'main',
    mode: 'live',
    stopped: false,
    kept: emptyKept('seed'),
    passing: nothingSeen,
    last: null,
    stuckMs: 0,
    configured: ['chastify'],
    topics: ['chastify.session'],
    limits: limitsOf([], 'UTC'),
    rules: noRules,
    now: 0,
    zone: 'UTC',
  })

  test('every series that may grow is there from the start, at 0', async () => {
    const { rules } = compileRules([{ file: 'rules/usual.yaml', text: usualRules }], { services, zone: 'UTC' })
    const begun = {
      ...sight,
      actions: ['add_time'],
      rules: (rules ?? noRules).rules.map((rule) => ({ ...rule, lastFired: null })),
    }
    const door = await openMetrics({ metrics: place, sights: () => [begun], state, version: '1' })
    const text = await (await fetch(`http://127.0.0.1:${door.port}/metrics`)).text()
    await door.close()
    const of = (name: string) => Object.fromEntries(samples(text, `lockwarden_${name}`))
    expect(of('polls_total')).toEqual({
      'lock="main",topic="chastify.session",outcome="ok"': 0,
      'lock="main",topic="chastify.session",outcome="failed"': 0,
    })
    expect(of('actions_total')).toEqual(
      Object.fromEntries(states.map((one) => [`lock="main",action="add_time",state="${one}"`, 0])),
    )
    expect(Object.keys(of('rule_silences_total'))).toHaveLength(3 * silenceNames.length)
    expect(new Set(Object.values({ ...of('rule_silences_total'), ...of('rule_firings_total') }))).toEqual(new Set([0]))
    expectWellFormed(text)
  })

  test('a loop that stands still is not alive', async () => {
    let stuckSeconds = 0
    const sights = () => [
      { ...sight, stuckSeconds },
      { ...sight, lock: 'other' },
    ]
    const door = await openMetrics({ metrics: place, sights, state, version: '1' })
    const ask = async (path: string) => {
      const reply = await fetch(`http://127.0.0.1:${door.port}/${path}`)
      return `${reply.status} ${await reply.text()}`
    }
    expect(await ask('healthz')).toBe('200 ok\n')
    stuckSeconds = 61
    expect(await ask('healthz')).toBe('503 main: its loop stands still\n')
    expect(Object.fromEntries(samples(await ask('metrics'), 'lockwarden_loop_stuck_seconds'))).toEqual({
      'lock="main"': 61,
      'lock="other"': 0,
    })
    stuckSeconds = 0
    expect(await ask('healthz')).toBe('200 ok\n')
    await door.close()
  })

  test.each(unstoredReasons)('a lock of which nothing can be stored is ill: %s', async (standstill) => {
    let is: string | null = standstill
    const sights = () => [{ ...sight, standstill: is as typeof standstill | null }]
    const door = await openMetrics({ metrics: place, sights, state, version: '1' })
    const told = async (path: string) => {
      const reply = await fetch(`http://127.0.0.1:${door.port}${path}`)
      return `${reply.status} ${await reply.text()}`
    }
    expect(await told('/healthz')).toBe(`503 main: ${standstill}\n`)
    expect(await told('/metrics')).toContain(`lockwarden_standstill{lock="main",reason="${standstill}"} 1\n`)
    is = null
    expect(await told('/healthz')).toBe('200 ok\n')
    expect(await told('/metrics')).toContain(`lockwarden_standstill{lock="main",reason="${standstill}"} 0\n`)
    await door.close()
  })

  test('says where it cannot listen', async () => {
    const ports = { metrics: place, sights: () => [], state, version: '1' }
    const door = await openMetrics(ports)
    const same = { ...ports, metrics: { ...place, port: door.port } }
    await expect(openMetrics(same)).rejects.toThrow(
      `metrics cannot be served at 127.0.0.1:${door.port} (EADDRINUSE); choose another under metrics.listen`,
    )
    await door.close()
  })
})

describe('counting', () => {
  const times = { asked: 12_500, answered: 12_600, serverTime: null }

  test('readings by their outcome; that there is no lock is an answer', () => {
    const failed = { ok: false, sent: 'yes', message: '', retryAfterMs: null } as const
    const counts = [
      { topic: 'chastify.session', ok: true, body: null, ...times } as const,
      { topic: 'chastify.session', trouble: 'no-lock', ...failed, ...times } as const,
      { topic: 'chastify.session', trouble: 'timeout', ...failed, ...times } as const,
    ].reduce((before, reading) => count(before, step({}), [{ reading }]), nothingCounted)
    expect(counts.polls).toEqual({ 'chastify.session': { ok: 2, failed: 1 } })
    expect(counts.steps).toBe(3)
  })

  test('firings and silences by rule', () => {
    const decisions: Step['decisions'] = [
      { rule: 'one', fires: true, occurrence: 'e1', due: 0, until: null },
      { rule: 'two', fires: false, why: 'cooldown', until: null, detail: '' },
    ]
    const counts = count(count(nothingCounted, step({ decisions }), []), step({ decisions }), [])
    expect(counts.firings).toEqual({ one: 2 })
    expect(counts.silences).toEqual({ two: { cooldown: 2 } })
    const odd: Step['decisions'] = [
      { rule: 'constructor', fires: true, occurrence: 'e1', due: 0, until: null },
      { rule: 'valueOf', fires: false, why: 'cooldown', until: null, detail: '' },
    ]
    const more = count(counts, step({ decisions: odd }), [])
    expect(more.firings).toEqual({ one: 2, constructor: 1 })
    expect(more.silences).toEqual({ two: { cooldown: 2 }, valueOf: { cooldown: 1 } })
    expect(nothingCounted.firings.toString).toBeUndefined()
  })

  test('how late a reading was asked for, against what was planned before it', () => {
    const reading = { topic: 'chastify.session', ok: true, body: null, ...times } as const
    const first = lateness({}, step({}), [{ reading }])
    expect(first.late).toEqual([])
    const second = lateness(first.planned, step({ wake: { at: 40_000, read: [], because: 'poll' } }), [{ reading }])
    expect(second.late).toEqual([{ topic: 'chastify.session', seconds: 2.5 }])
  })
})
