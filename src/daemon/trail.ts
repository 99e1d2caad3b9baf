import type { Answer, Answers, Asked, SocketAnswers } from '../queries/index.ts'
import type { Entry, Who } from '../store/audit.ts'

const who: Who = { role: 'command', address: 'this machine' }
type Write = (entry: Omit<Entry, 'at'>) => void

/** The answers to commands on the socket. Each change is written to the audit as one of a command. */
export function withTrail(answers: Answers, write: Write): Omit<SocketAnswers, 'quit'> {
  const changing = <Q extends keyof Answers>(
    question: Q,
    tell: (asked: Asked<Q>, done: Answer<Q>) => Omit<Entry, 'at' | 'who'>[],
  ) => {
    return async (asked: Asked<Q>) => {
      const done = await answers[question](asked)
      for (const entry of tell(asked, done)) write({ who, ...entry })
      return done
    }
  }
  return {
    ...answers,
    settle: changing('settle', ({ id, happened }, { lock, said, by }) => {
      const words = `${said}: ${happened ? 'it happened' : 'it did not happen'}, by the ${by}'s word`
      return [entryOf('settle', lock, words, `${id}: unsettled → ${happened ? 'applied' : 'not-applied'}`)]
    }),
    accept: changing('accept', (_, done) =>
      done.flatMap(({ lock, session }) =>
        session === null || session === 'none'
          ? []
          : entryOf('accept', lock, `said yes to the lock ${session}`, `accepted: ${session}`),
      ),
    ),
    release: changing('release', (_, done) =>
      done.map(({ lock, rule }) => entryOf('release', lock, `let ${rule} go on`, `${rule}: held → goes on`)),
    ),
    set: changing('set', ({ input, value = 'press' }, done) => done.map(({ lock }) => inputEntry(lock, input, value))),
    // The switch is a file, which commands can set without a daemon. A running daemon writes that to the audit for
    // them.
    noted: async ({ what, lock, said }) => {
      write({ who, ...entryOf(what, lock ?? null, said) })
      return { ok: true }
    },
  }
}

/** The audit entry for an input that somebody set. */
export function inputEntry(lock: string, input: string, value: boolean | 'press'): Omit<Entry, 'at' | 'who'> {
  if (value === 'press') return entryOf('input', lock, `${input} was pressed`, `${input}: pressed`)
  const position = value ? 'on' : 'off'
  return entryOf('input', lock, `${input} was set to ${position}`, `${input}: → ${position}`)
}

function entryOf(
  what: Entry['what'],
  lock: string | null,
  said: string,
  ...difference: string[]
): Omit<Entry, 'at' | 'who'> {
  return { what, lock, said, difference }
}
