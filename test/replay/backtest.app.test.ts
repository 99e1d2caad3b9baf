// The daemon as it is composed, against the simulated services: what it records is what a backtest goes by.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startApp } from '../../src/app/app.ts'
import { fixedOrder } from '../../src/app/lockports.ts'
import type { Config } from '../../src/config/load.ts'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { systemClock } from '../../src/daemon/clock.ts'
import { backtest } from '../../src/replay/backtest.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { services } from '../../src/services/index.ts'
import { Secret } from '../../src/services/secret.ts'
import { lookIntoDatabase } from '../../src/store/database.ts'
import { readKept } from '../../src/store/journal.ts'
import { readRecorded } from '../../src/store/record.ts'
import { berlin, hour, minute, moment, rulesOf } from '../core/bench.ts'

const text = `inputs: { checkin: { type: button, by: [wearer] } }
rules:
  - { id: hours, when: lock.timeRemainingSeconds < 8h, then: [ add_time: 20m, log: "{{ did }}" ] }
  - { id: often, when: lock.frozen is false, repeat: 23m, then: [ log: hello ] }
  - { id: noon, at: "12:00", then: [ freeze: 30m ] }
  - { id: pressed, when: input.checkin rises, then: [ remove_time: 5m ] }
  - { id: risen, when: lock.timeRemainingSeconds rises, then: [ log: more ] }
`

test('what the ledger says was fired is what the replay fires', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-app-'))
  writeFileSync(join(folder, 'rules.yaml'), text)
  const clock = systemClock(600, moment('10:50'))
  const world = await startSandbox({ clock, chastify: { lock: { timeRemainingSeconds: 8 * 3600 + 800 } } })
  const { url: baseUrl, tokens } = world
  const config: Config = {
    file: join(folder, 'config.yaml'),
    folder,
    mode: 'live',
    zone: berlin,
    services,
    data: folder,
    locks: [
      {
        name: 'main',
        credentials: {
          chastify: { baseUrl, token: new Secret(tokens.chastify) },
          tracker: { baseUrl, token: new Secret(tokens.tracker), domToken: new Secret(tokens.dom) },
        },
        expect: null,
        newLock: 'auto',
        polls: { chastify: { everyMs: 2 * minute }, tracker: { everyMs: 10 * minute } },
        rules: join(folder, 'rules.yaml'),
        limits: limitsOf([], berlin),
        tokens: [],
      },
    ],
  }
  const ending = new AbortController()
  try {
    const app = await startApp({ config, log: pino({ level: 'silent' }), clock }, ending.signal)
    await clock.until(clock.ticks() + moment('11:16') - clock.now(), ending.signal)
    app.locks.get('main')?.tell({ input: 'checkin', set: 'press' })
    await clock.until(clock.ticks() + moment('11:30') - clock.now(), ending.signal)
    world.lock.addTime(1200)
    await clock.until(clock.ticks() + moment('12:18') - clock.now(), ending.signal)
    ending.abort()
    await app.done
  } finally {
    ending.abort()
    await world.close()
  }
  const database = lookIntoDatabase(folder)
  if (!database) throw new Error('nothing is stored')
  const kept = readKept(database, 'main')?.kept
  const recorded = readRecorded(database, 'main')
  database.close()
  rmSync(folder, { recursive: true, force: true })
  const [lock] = config.locks
  if (!kept || !lock) throw new Error('nothing is stored')
  const rules = rulesOf(text)
  const { run: _, ...order } = fixedOrder(lock, config, 'live', '', rules)
  const made = await backtest({ rules, kept, order }, recorded, 0, Number.POSITIVE_INFINITY)
  const end = moment('12:16')
  const was = [...Map.groupBy(kept.rows, ({ rule, occurrence }) => `${rule} ${occurrence}`).values()]
    .filter(([first]) => (first?.at ?? 0) < end)
    .map((rows) => rows.map(({ rule, action, state }) => `${rule}: ${action} ${state}`).join(', '))
  const is = made?.firings
    .filter(({ at }) => at < end)
    .map(({ rule, does }) => does.map(({ action, state }) => `${rule}: ${action} ${state}`).join(', '))
  // At this speed a minute is a tenth of a second: what follows shortly may come in another order, and the last one of
  // what repeats on the other side of the end.
  const [repeats, others] = [(said: string) => said.startsWith('often'), (said: string) => !said.startsWith('often')]
  expect(is?.filter(others).toSorted()).toEqual(was.filter(others).toSorted())
  expect(was.filter(repeats).length).toBeGreaterThan(0)
  expect(Math.abs((is?.filter(repeats).length ?? 0) - was.filter(repeats).length)).toBeLessThanOrEqual(1)
  expect(new Set(kept.rows.map(({ rule }) => rule))).toEqual(new Set(['hours', 'often', 'noon', 'pressed', 'risen']))
  const asked = recorded.looks.get('chastify.session') ?? []
  expect(asked.length).toBeGreaterThan(30)
  expect((asked.at(-1)?.asked ?? 0) - (asked[0]?.asked ?? 0)).toBeGreaterThan(hour)
})
