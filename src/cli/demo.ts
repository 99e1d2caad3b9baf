import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startApp } from '../app/app.ts'
import { loadRules } from '../config/rulefiles.ts'
import { parseDuration } from '../core/calendar/duration.ts'
import { localTime, momentAt } from '../core/calendar/time.ts'
import { noRules, type RuleSet } from '../core/model/rule.ts'
import { Mistake } from '../document/fault.ts'
import { type Sandbox, startSandbox } from '../sandbox/index.ts'
import { services } from '../services/index.ts'
import { Secret } from '../services/secret.ts'
import { showAhead } from '../views/ahead.ts'
import { type PacedClock, pacedClock } from './demo-clock.ts'
import { DemoDaemon } from './demo-daemon.ts'
import { deedsOf, type Stage, waitUntil } from './demo-day.ts'
import { type DemoHome, makeDemoHome } from './demo-home.ts'
import { frame, type Happening, happeningLines, happeningOf, type Scene } from './demo-view.ts'
import { firstConfig, typed } from './invocation.ts'
import { openLogbook } from './log.ts'
import type { Terminal } from './terminal.ts'

/** The demo's day begins at eight. Its usual length includes the evening of its last rule. */
const dayBegins = 8
/** More than the day has, so that something is left at the end. */
const firstLeftSeconds = 15 * 3600
const usualSpeed = 1800
/** A person who watches and tries things out needs more time. */
const consoleSpeed = 60
/**
 * The pace while an answer is lost: people can see it, and the reading before it is recent enough for the comparison.
 */
const slowSpeed = 30
const frameMs = 100
/** On a busy machine the clock waits for the daemon: it slows down while something is later than this, by the clock. */
const mostLateMs = 180_000
const slowerTimes = 20
const lookMs = 25

interface Options {
  speed?: string
  for: string
  rules?: string
  keep?: boolean
  console?: boolean
}

/** Runs the daemon against the built-in sandbox with a fast clock: a day of a lock in under a minute. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one day told from its morning to its end
export async function demo(terminal: Terminal, options: Options): Promise<number> {
  const speed = Number(options.speed ?? (options.console ? consoleSpeed : usualSpeed))
  if (!(speed >= 1 && speed <= 20_000)) throw new Mistake('--speed is a number from 1 to 20000', 2)
  const seconds = parseDuration(options.for)
  if (seconds === null || seconds <= 0) throw new Mistake('--for is a length of time such as 14h or 2d', 2)
  const zone = terminal.env.TZ || Intl.DateTimeFormat().resolvedOptions().timeZone
  const clock = pacedClock(speed, momentAt(localTime(Date.now(), zone).date, dayBegins * 3600, zone))
  const world = await startSandbox({
    clock,
    chastify: { lock: { timeRemainingSeconds: firstLeftSeconds, timeLockedSeconds: 3 * 86_400 } },
  })
  const data = await mkdtemp(join(tmpdir(), 'lockwarden-demo-'))
  const ending = new AbortController()
  const signal = AbortSignal.any([terminal.signal, ending.signal])
  try {
    // The preparation is not part of the day.
    clock.pace(1)
    const home = await makeDemoHome(data, {
      baseUrl: world.url,
      tokens: world.tokens,
      zone,
      rules: options.rules
        ? { given: resolve(terminal.folder, options.rules) }
        : { examples: join(terminal.home, 'rules') },
      withConsole: options.console === true,
    })
    const language = { services, zone, longestList: null }
    const paths = home.config.locks.map(({ rules }) => rules)
    const rules = (await loadRules(paths, language, data)).rules ?? noRules
    const happened: Happening[] = []
    const happens = (one: Happening) => {
      happened.push(one)
      if (!terminal.screen) for (const line of happeningLines(one, zone)) terminal.out(line)
    }
    const daemon = daemonOf(terminal, { home, world, clock, zone, data, rules, happens, options }, signal)
    for (const line of introduction(speed, options.rules)) terminal.out(line)
    await daemon.start()
    using pace = pacing(clock, daemon, speed)
    const foot = consoleLines(daemon.url, home)
    if (!terminal.screen) for (const line of foot) terminal.out(line)
    const scene = sceneOf({ world, clock, zone, rules, daemon, happened, foot })
    await using view = drawing(terminal, scene)

    const stage: Stage = {
      world,
      slowly: (is) => pace.want(is ? Math.min(speed, slowSpeed) : speed),
      say: (words) => happens({ kind: 'deed', at: clock.now(), words }),
      press: (input) => daemon.loop?.tell({ input, set: 'press' }),
      async crash() {
        // While it is away, no visible time must pass.
        pace.want(1)
        await daemon.crash()
        stage.slowly(true)
      },
      async startAgain() {
        if (!signal.aborted) await daemon.start()
      },
      until: (so) => waitUntil(so, clock, signal),
      isSettled: (rule) => {
        const own = daemon.rows.filter((row) => row.rule === rule)
        return own.length > 0 && own.every(({ endedAt, state }) => endedAt !== null && state !== 'unknown')
      },
    }
    const day = play(stage, clock, zone, options, signal)
    const lasts = options.keep || options.console ? Number.POSITIVE_INFINITY : seconds * 1000
    // The day may end before the demo does; but if it fails, the demo fails.
    const failed = day.then(() => new Promise<never>(() => {}))
    await Promise.race([daemon.done, failed, clock.until(clock.ticks() + lasts, signal)])
    ending.abort()
    await day
    if (daemon.isRunning) await daemon.done
    view.draw()
    if (!terminal.screen) for (const line of foot) terminal.out(line)
    const fired = happened.filter(({ kind }) => kind === 'fires').length
    const applied = daemon.rows.filter(({ state }) => state === 'applied').length
    const arrived = world.applied.length
    terminal.out(`\nRules fired ${fired} times${applied === arrived ? '; nothing was done twice' : ''}:`)
    terminal.out(`the ledger says that ${applied} actions were applied; the services saw ${arrived} arrive.`)
    const next = typed(terminal, firstConfig(terminal))
    terminal.out(`\nYour own lock is next. Nothing is sent until its config says so:\n\n    ${next}\n`)
    return 0
  } finally {
    ending.abort()
    await world.close()
    await rm(data, { recursive: true, force: true })
  }
}

/** Plays the events of the day, each in its hour. */
async function play(
  stage: Stage,
  clock: PacedClock,
  zone: string,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const { date } = localTime(clock.now(), zone)
  for (const { hour, play } of deedsOf({ ours: !options.rules, watched: options.console === true })) {
    const moment = momentAt(date, Math.round(hour * 3600), zone)
    await clock.until(clock.ticks() + moment - clock.now(), signal)
    if (signal.aborted) return
    await play(stage)
  }
}

function daemonOf(
  { home, version }: Terminal,
  around: {
    home: DemoHome
    world: Sandbox
    clock: PacedClock
    zone: string
    data: string
    rules: RuleSet
    happens(one: Happening): void
    options: Options
  },
  signal: AbortSignal,
): DemoDaemon {
  const { clock, zone, data, rules, happens } = around
  const { config } = around.home
  const secrets = Object.values(around.world.tokens).map((token) => new Secret(token))
  const editable = around.options.console ? { env: {}, home, version } : {}
  const daemon = new DemoDaemon(
    data,
    (ending, cut) => {
      const out = (line: string) => {
        // The log of a program that a power cut ends is not shown.
        const one = cut.aborted ? null : happeningOf(line, rules, clock.now(), daemon.rows)
        if (one) happens(one)
      }
      const { log, book } = openLogbook({ out, env: {}, person: false }, { secrets, zone, level: 'info', clock })
      return startApp({ config, log, book, clock, from: data, ...editable }, ending)
    },
    signal,
  )
  return daemon
}

function sceneOf(around: {
  world: Sandbox
  clock: PacedClock
  zone: string
  rules: RuleSet
  daemon: DemoDaemon
  happened: readonly Happening[]
  foot: readonly string[]
}): () => Scene {
  const { world, clock, zone, rules, daemon, happened, foot } = around
  let mostSeconds = firstLeftSeconds
  return () => {
    const { timeRemainingSeconds: remainingSeconds, frozen } = world.lock.data()
    mostSeconds = Math.max(mostSeconds, remainingSeconds)
    const now = clock.now()
    const { loop } = daemon
    const ahead = loop ? showAhead({ rules, passing: loop.passing, last: loop.last, now, zone }) : []
    const next = ahead.flatMap(({ at, rule }) => {
      const words = rules.byId.get(rule ?? '')?.description
      return rule === null || words === undefined ? [] : [{ at, rule, words }]
    })
    const running = daemon.isRunning
    const { speed } = clock
    return { now, zone, speed, remainingSeconds, mostSeconds, frozen, running, happened, next: next.slice(0, 3), foot }
  }
}

/** Keeps the clock at the wanted pace, or slower while the daemon does not keep up. */
function pacing(clock: PacedClock, daemon: DemoDaemon, speed: number): Disposable & { want(speed: number): void } {
  let wanted = speed
  const look = () => {
    const pace = daemon.lateMs(clock.now()) > mostLateMs ? Math.max(1, wanted / slowerTimes) : wanted
    if (pace !== clock.speed) clock.pace(pace)
  }
  look()
  const timer = setInterval(look, lookMs)
  return {
    want(next) {
      wanted = next
      look()
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** Draws the view repeatedly if there is a screen. It draws once more at the end of its block. */
function drawing({ screen }: Terminal, scene: () => Scene): AsyncDisposable & { draw(): void } {
  const draw = () => screen?.draw(frame(scene(), screen))
  const timer = screen ? setInterval(draw, frameMs) : undefined
  return {
    draw,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
    },
  }
}

function introduction(speed: number, given: string | undefined): string[] {
  const rules = given === undefined ? 'the examples, two of those that restrict switched on, and two more' : given
  return [
    `A day with one lock, its clock running ${speed} times as fast as yours. Both services are simulated on this`,
    `machine; nothing leaves it. The rules are ${rules}.`,
    'Ctrl-C ends it sooner.',
    '',
  ]
}

function consoleLines(url: string | null, { passwords }: DemoHome): string[] {
  if (url === null) return []
  return ['', `  The console: ${url}`, ...passwords.map(([role, password]) => `    ${role.padEnd(9)}  ${password}`), '']
}
