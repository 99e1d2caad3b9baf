import type { Instant } from '../src/core/calendar/time.ts'
import type { Way } from '../src/services/wire.ts'
import type { Draws } from './chance.ts'
import type { Timeline } from './clock.ts'
import type { Faults, RoadFault } from './faults.ts'
import type { Arrival, Told, World } from './world.ts'

/** The network between one machine and the services. */
export class Network {
  /** The row that the next request is for. */
  key: string | null = null
  /** Until when each service cannot be reached. */
  readonly away = new Map<string, { until: Instant; how: 'refused' | 'silent' | 'error' }>()
  /** Told of each request as it leaves. */
  onLeaving: (arrival: Arrival) => void = () => {}
  /** Told of each answer as it comes in, and of each fault. */
  onRoad: (what: string, arrival: Arrival) => void = () => {}
  readonly #timeline: Timeline
  readonly #world: World
  readonly #faults: Faults
  readonly #draws: Draws

  constructor(timeline: Timeline, world: World, faults: Faults, draws: Draws) {
    this.#timeline = timeline
    this.#world = world
    this.#faults = faults
    this.#draws = draws
  }

  /** The way of one request; its answer finds nobody where `isAlive` says so. */
  way(isAlive: () => boolean): Way {
    const key = this.key
    let connected = false
    let ended: Error | null = null
    let give: ((error: Error) => void) | null = null
    return {
      get connected() {
        return connected
      },
      end() {
        ended ??= new Error('given up')
        give?.(ended)
      },
      fetch: async (input) => {
        const asked = input instanceof Request ? input : new Request(input)
        const text = asked.method === 'GET' ? null : await asked.text()
        const headers = Object.fromEntries(asked.headers)
        const arrival = { method: asked.method, url: new URL(asked.url), headers, text, key, again: false }
        if (ended) throw ended
        return await new Promise<Response>((resolve, reject) => {
          give = reject
          this.#carry(arrival, isAlive, () => (connected = true), { resolve, reject })
        })
      },
    }
  }

  #carry(
    arrival: Arrival,
    isAlive: () => boolean,
    connect: () => void,
    sender: { resolve(response: Response): void; reject(error: Error): void },
  ): void {
    const away = this.away.get(arrival.url.host)
    const isAway = away !== undefined && this.#timeline.now < away.until
    const fault: RoadFault | null = this.#faults.onTheRoad()
    const up = this.#draws.between(20, 400)
    const down = this.#draws.between(20, 400)
    const long = this.#draws.between(1, 60) * 1000
    const back = (ms: number, run: () => void) => this.#timeline.after(ms, () => isAlive() && run(), 'network')
    const lost = (ms: number) => back(ms, () => sender.reject(reset()))
    const lands = (ms: number, then: (told: Told) => void, again = false) =>
      this.#timeline.after(ms, () => then(this.#world.handle({ ...arrival, again }, this.#timeline.now)))
    if (fault === 'unreachable' || (isAway && away.how === 'refused')) {
      this.onRoad('unreachable', arrival)
      back(up, () => sender.reject(refused()))
      return
    }
    connect()
    this.onLeaving(arrival)
    if (isAway) {
      this.onRoad('away', arrival)
      if (away.how === 'error') back(up + down, () => sender.resolve(responseOf(failure(503))))
      return
    }
    if (fault) this.onRoad(fault, arrival)
    const answer = (told: Told, ms = down) => back(ms, () => sender.resolve(responseOf(told)))
    switch (fault) {
      case 'request lost':
        return void (long < 20_000 && lost(up + down))
      case 'answer lost':
        lands(up, () => {})
        return void (long < 20_000 && lost(up + down))
      case 'late request':
        lost(up)
        return void lands(up + long, () => {})
      case 'late answer':
        return void lands(up, (told) => answer(told, long))
      case 'doubled':
        lands(up, answer)
        return void lands(up + long / 10, () => {}, true)
      case 'cut in the middle':
        return void lands(up, (told) => back(down, () => sender.resolve(cut(told))))
      case 'server error instead':
        return void answer(failure(this.#draws.pick([500, 502, 503, 408])), up + down)
      case 'server error after':
        return void lands(up, () => answer(failure(this.#draws.pick([500, 502, 504, 408]))))
      case 'redirect':
        return void answer({ status: 302, text: '', headers: {} }, up + down)
      case 'page instead':
        return void answer({ status: 200, text: '<html>Please wait</html>', headers: {} }, up + down)
      case 'rate limited':
        return void answer(
          { status: 429, text: '{}', headers: long < 30_000 ? { 'retry-after': '30' } : {} },
          up + down,
        )
      default:
        return void lands(up, answer)
    }
  }
}

function failure(status: number): Told {
  return { status, text: '{"error":"server_error"}', headers: {} }
}

function responseOf({ status, text, headers }: Told): Response {
  return new Response(text === '' ? null : text, { status, headers: { ...headers } })
}

/** A body that breaks off in its middle. */
function cut({ status, text, headers }: Told): Response {
  const half = new TextEncoder().encode(text.slice(0, Math.floor(text.length / 2)))
  let given = false
  const body = new ReadableStream({
    pull(controller) {
      if (given) controller.error(reset())
      else controller.enqueue(half)
      given = true
    },
  })
  return new Response(body, { status, headers: { ...headers } })
}

function reset(): Error {
  return Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' })
}

function refused(): Error {
  return Object.assign(new Error('the connection was refused'), { code: 'ECONNREFUSED' })
}
