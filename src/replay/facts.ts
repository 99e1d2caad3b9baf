import { isLeafFault, readLeaf } from '../core/language/leaf.ts'
import type { Value } from '../core/model/fact.ts'
import type { Catalogue } from '../core/model/rule.ts'
import type { FactEntry } from '../core/model/service.ts'
import { type Fault, suggestion } from '../document/fault.ts'
import type { Path, YamlDocument } from '../document/yaml.ts'

/** What a fact is set to: a value, null where it is unknown, or one value a reading. */
export type Setting = readonly (Value | null)[]

/** What facts are read with, and where their faults go. */
export interface FactReading {
  document: YamlDocument
  catalogue: Catalogue
  zone: string
  faults: Fault[]
}

type Written = boolean | number | string | readonly (boolean | number | string | readonly string[])[]

/** Reads the facts of a test, with the words and units that rules write. */
export function readFacts(
  reading: FactReading,
  written: Readonly<Record<string, Written>>,
  path: Path,
): Map<string, Setting> {
  const settings = new Map<string, Setting>()
  for (const [name, given] of Object.entries(written)) {
    const entry = reading.catalogue.get(name)
    const refusal = refusalOf(name, entry, reading.catalogue)
    if (refusal || !entry) {
      reading.faults.push(
        reading.document.fault([...path, name], refusal?.message ?? '', { key: true, hint: refusal?.hint ?? '' }),
      )
      continue
    }
    const isSeries = Array.isArray(given) && (entry.type !== 'texts' || given.some((one) => Array.isArray(one)))
    const values: readonly unknown[] = isSeries ? (given as readonly unknown[]) : [given]
    const read = values.map((value, i) =>
      readValue(reading, entry, value, isSeries ? [...path, name, i] : [...path, name]),
    )
    settings.set(
      name,
      read.filter((value) => value !== undefined),
    )
  }
  return settings
}

function refusalOf(
  name: string,
  entry: FactEntry | undefined,
  catalogue: Catalogue,
): { message: string; hint: string } | null {
  if (!entry) {
    const near = [...catalogue.keys()].filter((known) => known.startsWith(`${name.split('.')[0]}.`))
    return { message: `unknown fact "${name}"`, hint: suggestion(name, near.length > 0 ? near : catalogue.keys()) }
  }
  // What a service tells can be set; `extra` is what it tells beyond its documents.
  if (entry.source.includes('.') || entry.source === 'extra') return null
  const hints: Record<string, string> = {
    clock: 'the clock goes by "start"',
    people: 'write press: NAME or set: { NAME: true } under "then"',
    health: 'write gap: 1h under "then"',
    ledger: 'it follows from what the rules do',
  }
  const tasks = 'write lock.taskAssigned: true; how long it is open, by whom and with what result follows from it'
  if (name.startsWith('task.')) return { message: `${name} cannot be set`, hint: tasks }
  return { message: `${name} cannot be set`, hint: hints[entry.source] ?? 'it follows from the others' }
}

function readValue(reading: FactReading, entry: FactEntry, given: unknown, path: Path): Value | null | undefined {
  if (given === 'unknown') return null
  const { name, type } = entry
  if (type === 'texts') {
    if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given
    reading.faults.push(reading.document.fault(path, `${name} is a list of texts`))
    return undefined
  }
  const leaf = readLeaf({ fact: name, operator: 'equal', value: given }, reading.catalogue, reading.zone)
  const value = isLeafFault(leaf) || 'factName' in leaf.than ? null : leaf.than.value
  if (value === null || typeof value === 'object') {
    const said = isLeafFault(leaf) ? leaf : { message: 'another fact cannot stand here; write its value' }
    reading.faults.push(reading.document.fault(path, said.message, said.hint ? { hint: said.hint } : {}))
    return undefined
  }
  if (type === 'seconds' && typeof value === 'number' && value < 0 && name !== 'tracker.lastGameSeconds') {
    reading.faults.push(reading.document.fault(path, `${name} is a length and not below 0`))
    return undefined
  }
  return value
}
