import { Faulty, faultLine, Mistake } from '../document/fault.ts'
import type { Terminal } from './terminal.ts'

/** How often to check whether the daemon can start now, in milliseconds. */
const lookMs = 10_000

/**
 * Starts the daemon as soon as it can start. If a person must fix something (a faulty config, a database that is not
 * ours), it says so once and waits. Under a container engine an exit would only lead to the next start, for ever.
 */
export async function onceMended(terminal: Terminal, run: () => Promise<number>): Promise<number> {
  let said: string | null = null
  while (!terminal.signal.aborted) {
    try {
      return await run()
    } catch (error) {
      const words = wordsOf(error)
      if (words === null) throw error
      if (words.join('\n') !== said) {
        for (const line of words) terminal.err(line)
        terminal.err(
          `lockwarden: it waits until that is fixed; it looks every ${lookMs / 1000} s, and does nothing meanwhile`,
        )
        said = words.join('\n')
      }
    }
    await pause(terminal.signal)
  }
  return 0
}

/** What a person must fix, one line each; null if it is not for a person. */
function wordsOf(error: unknown): string[] | null {
  if (error instanceof Faulty) return error.faults.map(faultLine)
  return error instanceof Mistake && error.exitCode === 2 ? [`lockwarden: ${error.message}`] : null
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, lookMs)
    signal.addEventListener('abort', end)
  })
}
