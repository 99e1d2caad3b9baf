import { Worker } from 'node:worker_threads'
import type { Work } from './drafter.ts'
import { Refusal } from './refusal.ts'

/** Longer than any work that people wait for. */
const longestMs = 60_000
/** How long the thread waits for more work: typing makes a task every second. */
const keptMs = 20_000
/** The memory of the thread. Larger rules than people write are refused, and the daemon's own memory is not touched. */
const mostMemoryMb = 96

/** The module of the thread, beside this one, as a source or built. */
const drafter = new URL(import.meta.url.endsWith('.ts') ? './drafter.ts' : './drafter.js', import.meta.url)

/**
 * A thread that checks rules and new passwords, with bounded memory and time, so that the daemon is not affected. It
 * starts with the first task, and ends when there was none for a while. It does one task at a time.
 */
export class Workshop {
  #worker: Worker | null = null
  #leaving: NodeJS.Timeout | undefined
  /** Who waits for the present task. */
  #told: { resolve(done: unknown): void; reject(error: Error): void } | null = null

  /** Does a task. Throws a `Refusal` if it takes too much memory or too long. */
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

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    clearTimeout(this.#leaving)
    const worker = this.#worker
    this.#worker = null
    this.#told?.reject(new Refusal(503, 'too-long', 'the console is closing'))
    await worker?.terminate()
  }

  #begin(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: mostMemoryMb, maxYoungGenerationSizeMb: 4 }
    // The thread needs nothing of the environment, which may hold tokens.
    const worker = new Worker(drafter, { resourceLimits, env: {}, execArgv: [] })
    worker.on('message', ({ done, failed }: { done: unknown; failed?: string }) => {
      if (failed === undefined) this.#told?.resolve(done)
      else this.#told?.reject(new Error(failed))
    })
    // Either ends the thread; the next task starts another.
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
