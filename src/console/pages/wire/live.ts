// Live updates of the daemon. A browser's `EventSource` gives up after an error answer; this does not.

const firstWaitMs = 2000
const longestWaitMs = 30_000
/** A snapshot that follows the one before so closely is reported a little later. */
const gatherMs = 1000

/** Fires `news` when the daemon has news, and `line` when the connection comes or goes. */
export class Live extends EventTarget {
  #source: EventSource | null = null
  #waitMs = firstWaitMs
  #timer = 0
  #gather = 0
  #toldAt = 0
  #open = false
  /** When the connection was lost, by this device's clock; null while it exists. */
  offlineSince: number | null = null

  open(): void {
    this.#open = true
    this.#connect()
  }

  close(): void {
    this.#open = false
    clearTimeout(this.#timer)
    clearTimeout(this.#gather)
    this.#source?.close()
    this.#source = null
    this.offlineSince = null
    this.dispatchEvent(new Event('line'))
  }

  /** Connects again at once, if there is no connection. */
  again(): void {
    if (!this.#open || this.#source?.readyState === EventSource.OPEN) return
    this.#waitMs = firstWaitMs
    this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    const source = new EventSource('/api/events')
    this.#source = source
    source.addEventListener('snapshot', () => {
      this.#waitMs = firstWaitMs
      if (this.offlineSince !== null) {
        this.offlineSince = null
        this.dispatchEvent(new Event('line'))
      }
      this.#tell()
    })
    source.addEventListener('error', () => {
      if (source !== this.#source) return
      if (this.offlineSince === null) {
        this.offlineSince = Date.now()
        this.dispatchEvent(new Event('line'))
      }
      source.close()
      this.#timer = window.setTimeout(() => this.#connect(), this.#waitMs)
      this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2)
    })
  }

  #tell(): void {
    clearTimeout(this.#gather)
    const wait = Math.max(0, this.#toldAt + gatherMs - performance.now())
    this.#gather = window.setTimeout(() => {
      this.#toldAt = performance.now()
      this.dispatchEvent(new Event('news'))
    }, wait)
  }
}
