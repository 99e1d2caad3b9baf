import type { Entry, Who } from '../store/audit.ts'
import type { Answers } from './control.ts'

const who: Who = { role: 'command', address: 'this machine' }
type Write = (entry: Omit<Entry, 'at'>) => void
type Query = Readonly<Record<string, string>>

/** The answers to commands on the socket, each change written down as one of a command. */
export function withTrail(answers: Answers, write: Write): Answers {
  const changing = (name: string, tell: (query: Query, done: never) => Omit<Entry, 'at' | 'who'>[]) => {
    return async (query: Query) => {
      const done = await answers[name]?.(query)
      for (const entry of tell(query, done as never)) write({ who, ...entry })
      return done
    }
  }
  return {
    ...answers,
    settle: changing('settle', ({ id = '', happened }, { lock, said, by }: Record<'lock' | 'said' | 'by', string>) => {
      const did = happened === 'true'
      const words = `${said}: ${did ? 'it happened' : 'it did not happen'}, by the ${by}'s word`
      return [entryOf('settle', lock, words, `${id}: unsettled → ${did ? 'applied' : 'not-applied'}`)]
    }),
    accept: changing('accept', (_, done: { lock: string; session: string | null }[]) =>
      done.flatMap(({ lock, session }) =>
        session === null || session === 'none'
          ? []
          : entryOf('accept', lock, `said yes to the lock ${session}`, `accepted: ${session}`),
      ),
    ),
    release: changing('release', (_, done: { lock: string; rule: string }[]) =>
      done.map(({ lock, rule }) => entryOf('release', lock, `let ${rule} go on`, `${rule}: held → goes on`)),
    ),
    set: changing('set', ({ input = '', value = '' }, done: { lock: string; type: string }[]) =>
      done.map(({ lock, type }) => inputEntry(lock, input, type === 'button' ? 'press' : value)),
    ),
    // The switch is a file, which commands set without a daemon; the daemon that runs writes it down for them.
    noted: ({ what, lock, said = '' }) => {
      if (what !== 'stop' && what !== 'resume') return { ok: false }
      write({ who, ...entryOf(what, lock ?? null, said) })
      return { ok: true }
    },
  }
}

/** What is written down of an input that somebody set. */
export function inputEntry(lock: string, input: string, value: string): Omit<Entry, 'at' | 'who'> {
  if (value === 'press') return entryOf('input', lock, `${input} was pressed`, `${input}: pressed`)
  return entryOf('input', lock, `${input} was set to ${value}`, `${input}: → ${value}`)
}

function entryOf(
  what: Entry['what'],
  lock: string | null,
  said: string,
  ...difference: string[]
): Omit<Entry, 'at' | 'who'> {
  return { what, lock, said, difference }
}
