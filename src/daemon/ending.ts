import { existsSync, readFileSync } from 'node:fs'
import type { SocketAnswers } from '../questions.ts'

/** The program ends with it to be started again: a trouble that passes, by the usual codes. */
export const startAgainCode = 75
/** So long the answer has to leave. */
const answerMs = 100

/** Who starts this program again when it ends; null where nobody is known to. */
export type Keeper = 'systemd' | 'container' | null

/** What a daemon that was told to end says. */
export interface Quitting {
  pid: number
  keeper: Keeper
  /** Whether it ends; not where it is to be started again and nobody would. */
  ends: boolean
}

/** Answers the question to end. */
export function quitting(end: (again: boolean) => void): SocketAnswers['quit'] {
  return ({ again }): Quitting => {
    const keeper = keeperOf(process.env)
    const ends = !again || keeper !== null
    if (ends) setTimeout(() => end(again), answerMs)
    return { pid: process.pid, keeper, ends }
  }
}

/** Who looks after this process, as far as its surroundings tell. */
function keeperOf(env: Readonly<Record<string, string | undefined>>): Keeper {
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
