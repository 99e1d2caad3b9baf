import { Worker } from 'node:worker_threads'
import { dateAfter, type Instant, localTime, momentAt } from '../core/calendar/time.ts'
import { Mistake } from '../document/fault.ts'
import { backupsIn, begunAt, type Shelf, type Shelved } from './backups.ts'
import { databaseFile } from './database.ts'
import type { Made } from './store.ts'

/** After a failed backup, the next try comes so much later. */
const againMs = 3_600_000
const lookMs = 60_000
/** Beside this module, as a source or built. */
const shelver = new URL(import.meta.url.endsWith('.ts') ? './shelver.ts' : './shelver.js', import.meta.url)

/** The last moment, up to now, at which a backup was due. The time of day is in seconds. */
export function lastDue(now: Instant, at: number, zone: string): Instant {
  const { date } = localTime(now, zone)
  const today = momentAt(date, at, zone)
  return today <= now ? today : momentAt(dateAfter(date, -1), at, zone)
}

export interface NightlyPorts {
  data: string
  shelf: Shelf
  /** Seconds since midnight, in the zone. */
  at: number
  zone: string
  version: string
  now(): Instant
  told(line: { level: 'info' | 'error'; text: string }): void
}

/**
 * Makes a backup each night, in a thread of its own. If nothing ran at that time, it makes the backup at the next look.
 */
export class Nightly {
  readonly #ports: NightlyPorts
  #trouble: string | null = null
  #notBefore = Number.NEGATIVE_INFINITY
  #making: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(ports: NightlyPorts) {
    this.#ports = ports
  }

  /** Why the last attempt failed; null if it did not, or there was none. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** Looks every minute from now on, until `close`. */
  start(): void {
    if (this.#ports.shelf.keep === 0) return
    this.#timer = setInterval(() => void this.look(), lookMs).unref()
  }

  /** Makes a backup if one is due. Resolves when it is there, or could not be made. Never rejects. */
  async look(): Promise<void> {
    this.#making ??= this.#look().finally(() => {
      this.#making = null
    })
    await this.#making
  }

  /** Stops looking, and waits for a backup that is under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#making
  }

  async #look(): Promise<void> {
    const { data, shelf, at, zone, version, now, told } = this.#ports
    const moment = now()
    if (shelf.keep === 0 || moment < this.#notBefore) return
    try {
      const last = backupsIn(shelf.folder)[0]?.at ?? begunAt(databaseFile(data))
      // A backup from the future was made under a wrong clock, and says nothing about last night.
      if (last === null || (last >= lastDue(moment, at, zone) && last <= moment)) return
      const { file } = await shelveApart(data, shelf, { version, now: moment })
      this.#trouble = null
      told({ level: 'info', text: `a backup was made: ${file}` })
    } catch (error) {
      this.#notBefore = moment + againMs
      this.#trouble = error instanceof Error ? error.message : String(error)
      told({ level: 'error', text: `no backup was made: ${this.#trouble}` })
    }
  }
}

function shelveApart(data: string, shelf: Shelf, made: Made): Promise<Shelved> {
  return new Promise((resolve, reject) => {
    // The thread needs nothing of the environment, which may hold tokens.
    const worker = new Worker(shelver, { workerData: { data, shelf, made }, env: {}, execArgv: [] })
    worker.on('message', ({ done, failed }: { done?: Shelved; failed?: string }) => {
      if (done) resolve(done)
      else reject(new Mistake(failed ?? 'it ended without an answer'))
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new Mistake('the thread that makes it has ended')))
    worker.unref()
  })
}
