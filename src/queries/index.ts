import type * as z from 'zod'
import { accept } from './accept.ts'
import { ahead } from './ahead.ts'
import type { DaemonView } from './daemon.ts'
import { facts } from './facts.ts'
import { parametersIn, taken } from './given.ts'
import { glance } from './glance.ts'
import { health } from './health.ts'
import { history } from './history.ts'
import { limits } from './limits.ts'
import { log, logLevel } from './log.ts'
import { noted } from './noted.ts'
import { nudge } from './nudge.ts'
import { pressable } from './pressable.ts'
import type { Query } from './query.ts'
import { quit } from './quit.ts'
import { release } from './release.ts'
import { rules } from './rules.ts'
import { set } from './set.ts'
import { settle } from './settle.ts'
import { settled } from './settled.ts'
import { status } from './status.ts'
import { why } from './why.ts'

/** What the daemon answers, wherever it is asked. */
export const queries = {
  health,
  status,
  facts,
  history,
  why,
  rules,
  limits,
  pressable,
  ahead,
  glance,
  accept,
  release,
  settle,
  settled,
  set,
  nudge,
  log,
  logLevel,
}

/** What can be asked on the daemon's socket: two of it are the process's own to answer. */
export const questions = { ...queries, noted, quit }

export type Question = keyof typeof questions
export type Asked<Q extends Question> = z.output<(typeof questions)[Q]['in']>
export type Answer<Q extends Question> = z.output<(typeof questions)[Q]['out']>

/** A function for each question. */
export type SocketAnswers = { readonly [Q in Question]: (asked: Asked<Q>) => Promise<Answer<Q>> }
/** A function for each question that the daemon answers, wherever it is asked. */
export type Answers = Pick<SocketAnswers, keyof typeof queries>

/** The answers of a daemon. */
export function answersOf(daemon: DaemonView): Answers {
  const each: readonly (readonly [string, Query<DaemonView>])[] = Object.entries(queries)
  // The table is the type's own: entries lose which question each answer is of.
  return Object.fromEntries(
    each.map(([name, one]) => [name, async (asked: unknown) => one.answer(asked, daemon)]),
  ) as unknown as Answers
}

/** What was asked, as it came in. Throws a `WrongQuestion` where it is not as it should be. */
export function askedIn<Q extends Question>(question: Q, pairs: Iterable<readonly [string, string]>): Asked<Q> {
  // By this type it holds for whichever question it is.
  const forms: { readonly [One in Question]: { readonly in: z.ZodType<Asked<One>> } } = questions
  return taken(forms[question].in, parametersIn(pairs))
}
