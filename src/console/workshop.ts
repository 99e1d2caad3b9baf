import { Worker } from 'node:worker_threads'
import type { Work } from './drafter.ts'
import { Refusal } from './refusal.ts'

/** Longer than anything takes that people wait for. */
const longestMs = 60_000
/** So long it is kept for the next piece of work: who types has one every second. */
const keptMs = 20_000
/** What is larger than people write is refused, and the daemon's own memory is left alone. */
const mostMemoryMb = 96

/** Beside this module, as a source or built. */
const drafter = new URL(import.meta.url.endsWith('.ts') ? './drafter.ts' : './drafter.js', import.meta.url)

/**
 * A thread in which rules and new passwords are looked at, with a bound on its memory and on its time, so that the daemon feels neither.
 * It begins with the first piece of work, and ends when there has been none for a while. One piece at a time.
 */
export class Workshop {
  #worker: Worker | null = null
  #leaving: NodeJS.Timeout | undefined
  /** Who waits for what is being done. */
  #told: { resolve(done: unknown): void; reject(error: Error): void } | null = null

  /** Does a piece of work. Throws a `Refusal` where it takes too much memory or too long. */
  async run<T>(work: Work): Promise<T> {
    clearTimeout(this.#leaving)
    const worker = this.#worker ?? this.#begin()
    let tooLong: NodeJS.Timeout | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        tooLong = setTimeout(() => {
          reject(new Refusal(503, 'too-long', 'this takes too long; try fewer rules, or fewer days'))
          void this.close()
        }, longestMs)
        this.#told = { resolve: resolve as (done: unknown) => void, reject }
        worker.postMessage(work)
      })
    } finally {
      clearTimeout(tooLong)
      this.#told = null
      this.#leaving = setTimeout(() => void this.close(), keptMs)
      this.#leaving.unref()
    }
  }

  /** Ends the thread, whatever it does. */
  async close(): Promise<void> {
    clearTimeout(this.#leaving)
    const worker = this.#worker
    this.#worker = null
    this.#told?.reject(new Refusal(503, 'too-long', 'the console is closing'))
    await worker?.terminate()
  }

  #begin(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: mostMemoryMb, maxYoungGenerationSizeMb: 4 }
    // Nothing of the surroundings is its business, tokens among them.
    const worker = new Worker(drafter, { resourceLimits, env: {}, execArgv: [] })
    worker.on('message', ({ done, failed }: { done: unknown; failed?: string }) => {
      if (failed === undefined) this.#told?.resolve(done)
      else this.#told?.reject(new Error(failed))
    })
    // Either ends the thread; another one begins with the next piece.
    const gone = (error: Error) => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#told?.reject(error)
    }
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const isTooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      gone(isTooMuch ? new Refusal(413, 'too-large', 'these rules take too much memory to be looked at') : error)
    })
    worker.on('exit', () => gone(new Error('the thread that looks at rules has ended')))
    worker.unref()
    this.#worker = worker
    return worker
  }
}
