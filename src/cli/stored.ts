import type { Config, LockConfig } from '../config/load.ts'
import type { Kept } from '../core/kept.ts'
import { Mistake, suggestion } from '../document/fault.ts'
import { lookIntoDatabase, understood } from '../store/database.ts'
import { readKept } from '../store/journal.ts'

/** What the last daemon stored of each chosen lock, for commands that find none running. */
export function storedLocks(config: Config, wanted: string | undefined): { lock: LockConfig; kept: Kept }[] {
  const chosen = chosenLocks(config, wanted)
  const database = lookIntoDatabase(config.data)
  if (!database) return []
  try {
    return understood(database, () =>
      chosen.flatMap((lock) => {
        const found = readKept(database, lock.name)
        return found ? { lock, kept: found.kept } : []
      }),
    )
  } finally {
    database.close()
  }
}

/** The locks of a config, or the one named. Throws a `Mistake` that names the nearest where there is none such. */
export function chosenLocks(config: Config, wanted: string | undefined): readonly LockConfig[] {
  const chosen = config.locks.filter(({ name }) => wanted === undefined || name === wanted)
  if (chosen.length > 0) return chosen
  const names = config.locks.map(({ name }) => name)
  throw new Mistake(`there is no lock "${wanted}" in ${config.file}; ${suggestion(wanted ?? '', names)}`, 2)
}
