import { type Facts, knownValue } from './fact.ts'

/** Whose lock it must be to be acted on, and under which keyholder; who is left out may be anybody. */
export interface Expect {
  wearer?: string | undefined
  keyholder?: string | undefined
}

type Who = keyof Expect

const factNames: Readonly<Record<Who, string>> = {
  wearer: 'lock.wearerUsername',
  keyholder: 'lock.keyholderUsername',
}

/** Reasons that a new reading may take away. */
const maybeLater: ReadonlySet<string> = new Set(['stale', 'fenced', 'unread'])

function named(expect: Expect | null): Who[] {
  return (['wearer', 'keyholder'] as const).filter((who) => expect?.[who] !== undefined)
}

/** Which of the expected people it is not; null where all are as expected, or that was not read lately. */
export function notExpected(facts: Facts, expect: Expect | null): Who | null {
  return (
    named(expect).find((who) => {
      const fact = facts.get(factNames[who])
      if (!fact || (!fact.known && maybeLater.has(fact.why))) return false
      return !fact.known || fact.value !== expect?.[who]
    }) ?? null
  )
}

/** Whether it is known for each of the expected people who it is. */
export function areKnown(facts: Facts, expect: Expect | null): boolean {
  return named(expect).every((who) => knownValue(facts, factNames[who]) !== null)
}
