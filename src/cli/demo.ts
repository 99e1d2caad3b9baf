import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startApp } from '../app.ts'
import type { Config } from '../config/load.ts'
import { parseDuration } from '../core/duration.ts'
import { limitsOf } from '../core/limits.ts'
import type { Clock } from '../core/ports.ts'
import { localTime, momentAt } from '../core/time.ts'
import { systemClock } from '../daemon/clock.ts'
import { Mistake } from '../document/fault.ts'
import { startSandbox } from '../sandbox/index.ts'
import { Secret } from '../services/secret.ts'
import { showHistory } from '../views/history.ts'
import { openDemoConsole } from './demo-console.ts'
import { openLogbook } from './log.ts'
import { columns, type Terminal } from './terminal.ts'

const hourMs = 3_600_000
/** The demo's day begins at eight, and by its usual length its last rule has had its evening. */
const dayBegins = 8
const usualSpeed = 1200
/** A person who looks on and tries things out needs more time. */
const consoleSpeed = 60

/** The daemon against the built-in sandbox, its clock running fast: a day of a lock in under a minute. */
export async function demo(
  terminal: Terminal,
  options: { speed?: string; for: string; rules?: string; keep?: boolean; console?: boolean },
): Promise<number> {
  const speed = Number(options.speed ?? (options.console ? consoleSpeed : usualSpeed))
  if (!(speed >= 1 && speed <= 20_000)) throw new Mistake('--speed is a number from 1 to 20000', 2)
  const seconds = parseDuration(options.for)
  if (seconds === null || seconds <= 0) throw new Mistake('--for is a length of time such as 14h or 2d', 2)
  const zone = terminal.env.TZ || Intl.DateTimeFormat().resolvedOptions().timeZone
  const clock = systemClock(speed, momentAt(localTime(Date.now(), zone).date, dayBegins * 3600, zone))
  const world = await startSandbox({
    clock,
    chastify: { lock: { timeRemainingSeconds: 9 * 3600, timeLockedSeconds: 3 * 86_400 } },
  })
  const data = await mkdtemp(join(tmpdir(), 'lockwarden-demo-'))
  const ending = new AbortController()
  const signal = AbortSignal.any([terminal.signal, ending.signal])
  try {
    const rules = options.rules ? resolve(terminal.folder, options.rules) : join(terminal.home, 'rules')
    const opened = options.console
      ? await openDemoConsole(data, { baseUrl: world.url, tokens: world.tokens, zone, rules })
      : null
    const config = opened?.config ?? demoConfig(world, data, zone, rules)
    introduce(terminal, speed)
    const secrets = Object.values(world.tokens).map((token) => new Secret(token))
    const { log, book } = openLogbook({ ...terminal, person: true }, { secrets, zone, level: 'debug', clock })
    const { home, version } = terminal
    const editable = opened ? { env: {}, home, version } : {}
    const app = await startApp({ config, log, book, clock, from: terminal.folder, ...editable }, signal)
    if (opened && app.console) {
      terminal.out(`\n  The console: ${app.console.url}`)
      for (const [role, password] of opened.passwords) terminal.out(`    ${role.padEnd(9)}  ${password}`)
      terminal.out('')
    }
    void people(world, app, zone, clock, terminal, signal)
    await (options.keep || opened
      ? app.done
      : Promise.race([app.done, clock.until(clock.ticks() + seconds * 1000, signal)]))
    ending.abort()
    await app.done
    terminal.out('\nWhat was done, newest first (the ledger, as "lockwarden history" shows it):')
    const rows = app.locks.get('main')?.kept.rows ?? []
    for (const line of columns(showHistory(rows, zone, { most: 30 }).map(({ at, rule, said }) => [at, rule, said]))) {
      terminal.out(`  ${line}`)
    }
    const applied = rows.filter(({ state }) => state === 'applied').length
    terminal.out(
      `\nThe ledger says that ${applied} actions were applied; the services saw ${world.applied.length} arrive.`,
    )
    return 0
  } finally {
    ending.abort()
    await world.close()
    await rm(data, { recursive: true, force: true })
  }
}

/** What the people of the demo's day do by themselves, by the hour. */
async function people(
  world: Awaited<ReturnType<typeof startSandbox>>,
  app: Awaited<ReturnType<typeof startApp>>,
  zone: string,
  clock: Clock,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { date } = localTime(clock.now(), zone)
  const deeds: readonly [hour: number, words: string, deed: () => void][] = [
    [11, 'The keyholder adds 20 min by hand, at Chastify.', () => world.lock.addTime(1200)],
    [16.1, 'The wearer does the task and gets its points.', () => world.lock.closeTask('points')],
    [
      20.25,
      'The wearer presses the button "checkin".',
      () => app.locks.get('main')?.tell({ input: 'checkin', set: 'press' }),
    ],
  ]
  for (const [hour, words, deed] of deeds) {
    const moment = momentAt(date, Math.round(hour * 3600), zone)
    await clock.until(clock.ticks() + moment - clock.now(), signal)
    if (signal.aborted) return
    terminal.out(`\n  ${words}\n`)
    deed()
  }
}

function introduce(terminal: Terminal, speed: number): void {
  terminal.out(
    `A day with one lock, its clock running ${speed} times as fast as yours. Both services are simulated on this`,
  )
  terminal.out('machine; nothing leaves it. The rules are those in the folder rules/. Ctrl-C ends it sooner.\n')
}

function demoConfig(
  world: Awaited<ReturnType<typeof startSandbox>>,
  data: string,
  zone: string,
  rules: string,
): Config {
  const { url: baseUrl, tokens } = world
  return {
    file: join(data, 'config.yaml'),
    folder: data,
    mode: 'live',
    zone,
    data,
    locks: [
      {
        name: 'main',
        credentials: {
          chastify: { baseUrl, token: new Secret(tokens.chastify) },
          tracker: { baseUrl, token: new Secret(tokens.tracker), domToken: new Secret(tokens.dom) },
        },
        expect: { wearer: 'alice' },
        newLock: 'auto',
        polls: { chastify: { everyMs: hourMs / 3 }, tracker: { everyMs: hourMs } },
        rules,
        limits: limitsOf([], zone),
        tokenFiles: [],
      },
    ],
  }
}
