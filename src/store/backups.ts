import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../core/calendar/time.ts'
import { Mistake } from '../document/fault.ts'
import { errorCode, isFull, systemWords } from '../errno.ts'
import { backUp, mustBeReadable, restore } from './backup.ts'
import type { Made } from './store.ts'

/** Where backups are kept, and how many. */
export interface Shelf {
  folder: string
  keep: number
}

/** A backup that was made by itself. */
export interface Shelved {
  file: string
  /** By its name, in epoch milliseconds. */
  at: Instant
}

const named = /^lockwarden-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/
/** What is left where the program was killed in the middle of one. */
const begun = /^lockwarden-\d{8}T\d{6}Z\.backup\.part-\d+/

/** The backups of a folder, newest first; none where there is no such folder. Throws a `Mistake` where it cannot be looked into. */
export function backupsIn(folder: string): Shelved[] {
  return namesIn(folder)
    .flatMap((name) => {
      const [, year, month, day, hour, minute, second] = named.exec(name) ?? []
      if (year === undefined) return []
      const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
      return Number.isNaN(at) ? [] : { file: join(folder, name), at }
    })
    .sort((a, b) => b.at - a.at)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw new Mistake(`the folder of backups ${folder} cannot be looked into (${systemWords(error)})`)
  }
}

/**
 * Makes a backup of a data folder among those that are kept, opens it and reads all of it, and takes away the oldest
 * beyond their number. Throws a `Mistake` where it cannot be made or read; then there is none more, and none less.
 */
export function shelve(data: string, { folder, keep }: Shelf, made: Made): Shelved {
  const stamp = new Date(made.now).toISOString().replace(/[-:]|\.\d+/g, '')
  const file = join(folder, `lockwarden-${stamp}.backup`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of namesIn(folder)) if (begun.test(name)) rmSync(join(folder, name), { force: true })
    backUp(data, file, made)
  } catch (error) {
    if (error instanceof Mistake) throw error
    const why = isFull(error) ? 'the disk is full; make room' : systemWords(error)
    throw new Mistake(`no backup can be kept in ${folder}: ${why}`)
  }
  try {
    mustBeReadable(file)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
  // By their moments, unless the clock was set back: what was just made is none of the oldest.
  const others = backupsIn(folder).filter((one) => one.file !== file)
  for (const { file: old } of others.slice(Math.max(0, keep - 1))) rmSync(old, { force: true })
  return { file, at: Math.floor(made.now / 1000) * 1000 }
}

/**
 * Restores a backup into a folder of its own beside it, which is taken away again: null where it could be restored, or
 * why not, for people. Throws where there can be no such folder.
 */
export function drill(file: string, beside: string, now: Instant): string | null {
  const trial = mkdtempSync(join(beside, 'drill-'))
  try {
    restore(trial, file, now)
    return null
  } catch (error) {
    if (error instanceof Mistake) return error.message.replaceAll(`${trial}/`, '')
    throw error
  } finally {
    rmSync(trial, { recursive: true, force: true })
  }
}

/** How the backups of a folder stand. `trouble` is what came of the last attempt. */
export function shelfStatus(shelf: Shelf | undefined, trouble: string | null = null): BackupStatus | null {
  if (!shelf || shelf.keep === 0) return null
  const { folder } = shelf
  try {
    const all = backupsIn(folder)
    return { folder, kept: all.length, newest: all[0]?.at ?? null, trouble }
  } catch (error) {
    return { folder, kept: 0, newest: null, trouble: trouble ?? systemWords(error) }
  }
}

/** How the backups stand that are made by themselves. */
interface BackupStatus {
  folder: string
  kept: number
  newest: Instant | null
  trouble: string | null
}

/** Since when a folder's database is there, in epoch milliseconds; null where none is. */
export function begunAt(database: string): Instant | null {
  try {
    return statSync(database).birthtimeMs
  } catch {
    return null
  }
}
