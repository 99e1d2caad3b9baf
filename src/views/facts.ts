import type { Catalogue } from '../core/catalogue.ts'
import { at, type Facts, type Instant, type Saw, type Value } from '../core/fact.ts'
import type { FactEntry } from '../core/service.ts'
import { saySaw } from './say.ts'

/** A fact as people and programs are shown it. */
export interface FactLine {
  name: string
  value: Value | null
  /** Why there is no value, where there is none. */
  unknown: string | null
  said: string
  type: string
  /** Seconds since it was asked for. */
  ageSeconds: number
  source: string
  help: string
}

/** What we know by ourselves is not the service's to tell. */
function sayFact(saw: Saw, { type, source }: FactEntry, zone: string): string {
  return !saw.known && saw.why === 'null' && source === 'ledger'
    ? 'unknown (there is none now)'
    : saySaw(saw, type, zone)
}

/** Every catalogued fact as it is now, by name. */
export function showFacts(facts: Facts, catalogue: Catalogue, now: Instant, zone: string): FactLine[] {
  const lines: FactLine[] = []
  for (const entry of catalogue.values()) {
    const fact = facts.get(entry.name)
    const saw = fact ? at(fact, now) : ({ known: false, why: 'unread' } as const)
    lines.push({
      name: entry.name,
      value: saw.known && !entry.secret ? saw.value : null,
      unknown: saw.known ? null : saw.why,
      said: saw.known && entry.secret ? 'known, not shown' : sayFact(saw, entry, zone),
      type: entry.type,
      ageSeconds: fact ? Math.max(0, Math.round((now - fact.asked) / 1000)) : 0,
      source: entry.source,
      help: entry.help,
    })
  }
  return lines.sort((a, b) => (a.name < b.name ? -1 : 1))
}
