import type { Fault } from '../document/fault.ts'
import type { Path, YamlDocument } from '../document/yaml.ts'

/** The way from one version of the config to the next. */
export interface Migration {
  /** Keys that the older version had and the next has no more, with what to write instead; `*` is any name. */
  removed: Readonly<Record<string, string>>
  /** The values of an older file as the next version has them. Never changes what it is given. */
  change(value: Readonly<Record<string, unknown>>): Record<string, unknown>
}

/** The first leads from version 1 to 2. What has once been released is never edited. */
const migrations: readonly Migration[] = []

/** The version that the program's schema is of. */
export const newestVersion = migrations.length + 1

/** What is wrong with the `version` of a config; null where nothing is. */
export function versionFault(document: YamlDocument, known: readonly Migration[] = migrations): Fault | null {
  const newest = known.length + 1
  if (!isMap(document.value)) return null
  const { version } = document.value
  if (version === undefined) {
    const hint = `write version: ${newest} at the top of the file`
    return document.fault([], '"version" is missing', { hint })
  }
  if (Number.isInteger(version) && Number(version) > newest) {
    const hint = `this program knows version ${newest} of this file; install the newer one again`
    return document.fault(['version'], 'this file is written for a newer lockwarden', { hint })
  }
  if (Number.isInteger(version) && Number(version) >= 1) return null
  return document.fault(['version'], `this program knows version ${newest} of this file`, {
    hint: `write version: ${newest}`,
  })
}

/** The values of a config as the newest version has them; a file of today's comes back as it is. */
export function migrated(value: unknown, known: readonly Migration[] = migrations): unknown {
  if (!isMap(value) || !Number.isInteger(value.version)) return value
  let now: Record<string, unknown> = value
  for (const { change } of known.slice(Math.max(0, Number(value.version) - 1))) {
    now = { ...change(now), version: Number(now.version) + 1 }
  }
  return now
}

/** Where a key stood that the program has no more, what to write instead; null for one it never had. */
export function removedKey(path: Path, known: readonly Migration[] = migrations): string | null {
  for (const { removed } of known) {
    for (const [pattern, instead] of Object.entries(removed)) {
      const parts = pattern.split('.')
      if (parts.length !== path.length) continue
      if (parts.every((part, i) => part === '*' || part === path[i])) return instead
    }
  }
  return null
}

/** The faults of keys in a file of the newest version that only older ones had. */
export function removedFaults(document: YamlDocument, known: readonly Migration[] = migrations): Fault[] {
  const newest = known.length + 1
  if (!isMap(document.value) || document.value.version !== newest) return []
  const faults: Fault[] = []
  const look = (value: unknown, path: Path): void => {
    if (!isMap(value)) return
    for (const [key, inner] of Object.entries(value)) {
      const at = [...path, key]
      const instead = removedKey(at, known)
      if (instead === null) look(inner, at)
      else faults.push(document.fault(at, `version ${newest} has no "${key}" any more`, { key: true, hint: instead }))
    }
  }
  look(document.value, [])
  return faults
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
