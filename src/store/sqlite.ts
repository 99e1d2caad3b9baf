import type Database from 'better-sqlite3'
import { backUp } from './backup.ts'
import { damageIn, lookIntoDatabase, understood } from './database.ts'
import { holdFolder } from './folder.ts'
import { locksIn, openJournal, readHistory, readKept } from './journal.ts'
import { openRecorder, readRecorded } from './record.ts'
import type { Opening, OpenStore, Store, StoreView } from './store.ts'
import { openUpgraded } from './upgrade.ts'

/** The store of a data folder in SQLite. Inside, everything is synchronous: a commit is on disk when it resolves. */
export function sqliteStore(folder: string): Store {
  return {
    async hold(tenant) {
      const hold = holdFolder(folder, tenant)
      return { release: async () => hold.release() }
    },
    async open(opening) {
      const { database, upgrade } = openUpgraded(folder, opening)
      return { store: openOn(database, opening), upgrade }
    },
    async look() {
      const database = lookIntoDatabase(folder)
      return database && viewOf(database)
    },
    backUp: async (file, made) => backUp(folder, file, made),
  }
}

function viewOf(database: Database.Database): StoreView {
  return {
    locks: async () => understood(database, () => locksIn(database)),
    read: async (lock) => understood(database, () => readKept(database, lock)),
    history: async (lock, query = {}) => understood(database, () => readHistory(database, lock, query)),
    recorded: async (lock, from) => understood(database, () => readRecorded(database, lock, from)),
    damage: async () => damageIn(database),
    close: async () => void database.close(),
  }
}

function openOn(database: Database.Database, { isLength, trouble }: Opening): OpenStore {
  const recorder = openRecorder(database, isLength, trouble)
  const view = viewOf(database)
  return {
    ...view,
    ...openJournal(database, recorder.store),
    hear: recorder.hear,
    press: recorder.press,
    flush: async () => recorder.flush(),
    async recorded(lock, from) {
      recorder.flush()
      return view.recorded(lock, from)
    },
    async close() {
      recorder.close()
      database.close()
    },
  }
}
