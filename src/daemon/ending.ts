import { existsSync, readFileSync } from 'node:fs'
import type { Answer, SocketAnswers } from '../queries/index.ts'

/** The program ends with it to be started again: a trouble that passes, by the usual codes. */
export const startAgainCode = 75
/** So long the answer has to leave. */
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

/** Who looks after this process, as far as its surroundings tell. */
function keeperOf(env: Readonly<Record<string, string | undefined>>): Quitting['keeper'] {
  // A terminal has the variable, too, where systemd has started the desktop.
  if (env.INVOCATION_ID !== undefined && env.TERM === undefined) return 'systemd'
  return isWhatItsContainerRuns() ? 'container' : null
}

/** Whether this process is, or is looked after by, the first of a container; whoever looks into one is not. */
function isWhatItsContainerRuns(): boolean {
  if (!existsSync('/.dockerenv') && !existsSync('/run/.containerenv')) return false
  try {
    return readFileSync('/proc/1/cmdline', 'utf8').includes('lockwarden')
  } catch {
    return false
  }
}
