import { type Facts, knownValue } from './fact.ts'

/** The wearer and the keyholder that a lock must have for actions. Without a name anybody is accepted. */
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

/** Which expected person differs; null if all are as expected, or that was not read lately. */
export function notExpected(facts: Facts, expect: Expect | null): Who | null {
  return (
    named(expect).find((who) => {
      const fact = facts.get(factNames[who])
      if (!fact || (!fact.known && maybeLater.has(fact.why))) return false
      return !fact.known || fact.value !== expect?.[who]
    }) ?? null
  )
}

/** Whether the present name is known for each expected person. */
export function areKnown(facts: Facts, expect: Expect | null): boolean {
  return named(expect).every((who) => knownValue(facts, factNames[who]) !== null)
}
