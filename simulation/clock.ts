import type { Instant } from '../src/core/calendar/time.ts'
import type { Clock } from '../src/core/model/ports.ts'

/** Whose moments they are: the world's go on while the machine sleeps; its timers and its network wait until it wakes. */
type Kind = 'world' | 'timer' | 'network'

interface Due {
  at: Instant
  kind: Kind
  run(): void
}

/** More events than this at one moment are no life but a fault. */
const mostAtOnce = 20_000

/** True time. It moves on to the next moment that anybody waits for, as soon as nobody has anything to do. */
export class Timeline {
  #now: Instant
  /** In the order of their moments; of one moment, as they were asked for. */
  #dues: Due[] = []
  events = 0

  constructor(start: Instant) {
    this.#now = start
  }

  get now(): Instant {
    return this.#now
  }

  /** Has something run at a moment; what is returned calls it off. */
  at(at: Instant, run: () => void, kind: Kind = 'world'): () => void {
    const due = { at: Math.max(at, this.#now), kind, run }
    this.#put(due)
    return () => {
      const place = this.#dues.indexOf(due)
      if (place >= 0) this.#dues.splice(place, 1)
    }
  }

  after(ms: number, run: () => void, kind: Kind = 'world'): () => void {
    return this.at(this.#now + ms, run, kind)
  }

  /** The machine sleeps from now on: its timers go by what it was awake, what comes for it waits. */
  sleep(ms: number): void {
    const wakes = this.#now + ms
    const dues = this.#dues
    this.#dues = []
    for (const due of dues) {
      const at = due.kind === 'timer' ? due.at + ms : due.kind === 'network' ? Math.max(due.at, wakes) : due.at
      due.at = at
      this.#put(due)
    }
  }

  /** Lives up to a moment. */
  async runTo(end: Instant): Promise<void> {
    let atOnce = 0
    for (;;) {
      await rest()
      const next = this.#dues[0]
      if (!next || next.at > end) break
      this.#dues.shift()
      atOnce = next.at > this.#now ? 0 : atOnce + 1
      if (atOnce > mostAtOnce) throw new Error(`time stands still at ${new Date(this.#now).toISOString()}`)
      this.#now = Math.max(this.#now, next.at)
      this.events++
      next.run()
    }
    this.#now = Math.max(this.#now, end)
  }

  #put(due: Due): void {
    let place = this.#dues.length
    while (place > 0 && (this.#dues[place - 1]?.at ?? 0) > due.at) place--
    this.#dues.splice(place, 0, due)
  }
}

/** Until everything that can run has run. */
function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The clock of one machine. It can be set, and stands still for its programs while the machine sleeps. */
export class MachineClock implements Clock {
  readonly #timeline: Timeline
  #ahead = 0
  #slept = 0
  #waiting = new Set<() => void>()

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  /** How far it is ahead of true time. */
  get aheadMs(): number {
    return this.#ahead
  }

  now = (): Instant => Math.floor(this.#timeline.now + this.#ahead)
  ticks = (): number => this.#timeline.now - this.#slept

  /** Somebody sets it; who waits is told within a second. */
  set(ms: number): void {
    this.#ahead += ms
    this.#timeline.after(900, () => this.ring(), 'timer')
  }

  ring(): void {
    for (const ring of [...this.#waiting]) ring()
  }

  sleep(ms: number): void {
    this.#timeline.sleep(ms)
    this.#slept += ms
    this.#timeline.after(ms, () => this.ring())
  }

  until(tick: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = () => {
        off()
        this.#waiting.delete(end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      // A wait for ever is one that only a ring ends.
      const left = Number.isFinite(tick) ? tick - this.ticks() : 1e12
      const off = this.#timeline.after(Math.max(0, left), end, 'timer')
      this.#waiting.add(end)
      signal.addEventListener('abort', end)
    })
  }
}

/** Puts the machine's timers on a timeline, for as long as what is returned is not called. */
export function timersOn(timeline: Timeline): () => void {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const offs = new WeakMap<object, () => void>()
  const set = (run: (...of: unknown[]) => void, ms = 0, ...of: unknown[]) => {
    const timer = { ref: () => timer, unref: () => timer, hasRef: () => true, refresh: () => timer }
    offs.set(
      timer,
      timeline.after(ms, () => run(...of), 'timer'),
    )
    return timer
  }
  globalThis.setTimeout = set as unknown as typeof setTimeout
  globalThis.clearTimeout = ((timer: object | undefined) => timer && offs.get(timer)?.()) as typeof clearTimeout
  return () => Object.assign(globalThis, real)
}
