import { existsSync, readFileSync } from 'node:fs'
import type { Answer, SocketAnswers } from '../queries/index.ts'

/** Exit code that asks for a restart: "temporary failure" among the usual codes. */
export const startAgainCode = 75
/** Time for the answer to be sent, in milliseconds. */
const answerMs = 100

/** What a daemon that was told to end says. */
export type Quitting = Answer<'quit'>

/** Answers the question to end. */
export function quitting(end: (again: boolean) => void): SocketAnswers['quit'] {
  return async ({ again }) => {
    const keeper = keeperOf(process.env)
    const ends = !again || keeper !== null
    if (ends) setTimeout(() => end(again), answerMs)
    return { pid: process.pid, keeper, ends }
  }
}

/** Who would start this process again, as far as its environment tells. */
function keeperOf(env: Readonly<Record<string, string | undefined>>): Quitting['keeper'] {
  // The variable also exists in a terminal if systemd started the desktop.
  if (env.INVOCATION_ID !== undefined && env.TERM === undefined) return 'systemd'
  return isWhatItsContainerRuns() ? 'container' : null
}

/**
 * Whether this container was started to run lockwarden. A daemon that somebody starts by hand inside a container does
 * not count.
 */
function isWhatItsContainerRuns(): boolean {
  if (!existsSync('/.dockerenv') && !existsSync('/run/.containerenv')) return false
  try {
    return readFileSync('/proc/1/cmdline', 'utf8').includes('lockwarden')
  } catch {
    return false
  }
}
