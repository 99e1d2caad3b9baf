import type { App } from '../app/options.ts'
import type { Instant } from '../core/calendar/time.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Loop } from '../daemon/loop.ts'
import { onDisk } from './demo-home.ts'

/** Runs it until the first signal; the second signal is only for power cuts. */
type Opening = (ending: AbortSignal, cut: AbortSignal) => Promise<App>

/** The daemon of a demo, which can be ended in the middle of its work. */
export class DemoDaemon {
  readonly #folder: string
  readonly #open: Opening
  readonly #signal: AbortSignal
  readonly #over = Promise.withResolvers<void>()
  #cut = new AbortController()
  #app: App | null = null

  constructor(folder: string, open: Opening, signal: AbortSignal) {
    this.#folder = folder
    this.#open = open
    this.#signal = signal
  }

  get isRunning(): boolean {
    return this.#app !== null
  }

  get loop(): Loop | null {
    return this.#app?.locks.get('main') ?? null
  }

  get rows(): readonly LedgerRow[] {
    return this.loop?.kept.rows ?? []
  }

  /** How late it is with its next look, or with an answer, by its clock; 0 while it is not running. */
  lateMs(now: Instant): number {
    const { loop } = this
    if (loop === null) return 0
    const sent = this.rows.flatMap(({ state, sentAt }) => (state === 'sending' && sentAt !== null ? [sentAt] : []))
    return Math.max(0, ...[loop.last?.wake.at ?? now, ...sent].map((due) => now - due))
  }

  /** The address of its console; null without one. */
  get url(): string | null {
    return this.#app?.console?.url ?? null
  }

  /** Resolves when it has ended by its signal; rejects if it could not go on. A simulated crash does not end it. */
  get done(): Promise<void> {
    return this.#over.promise
  }

  async start(): Promise<void> {
    const cut = new AbortController()
    this.#cut = cut
    const app = await this.#open(AbortSignal.any([this.#signal, cut.signal]), cut.signal)
    this.#app = app
    app.done.then(() => {
      if (!cut.signal.aborted) this.#over.resolve()
    }, this.#over.reject)
  }

  /** Ends it as a power cut would: it remembers only what was on disk at this moment. */
  async crash(): Promise<void> {
    const putBack = onDisk(this.#folder)
    const app = this.#app
    this.#app = null
    this.#cut.abort()
    await app?.done
    putBack()
  }
}
