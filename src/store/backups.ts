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

/** An automatic backup. */
export interface Shelved {
  file: string
  /** From its name, in epoch milliseconds. */
  at: Instant
}

const named = /^lockwarden-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/
/** What stays if the program was killed in the middle of a backup. */
const begun = /^lockwarden-\d{8}T\d{6}Z\.backup\.part-\d+/

/**
 * The backups of a folder, newest first; none if the folder does not exist. Throws a `Mistake` if it cannot be read.
 */
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
 * Makes a backup of a data folder, opens it and reads all of it, and deletes the oldest beyond the number to keep.
 * Throws a `Mistake` if it cannot be made or read; then the other backups stay as they are.
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
  // Oldest by their moments. The new one is never among them, even if the clock was set back.
  const others = backupsIn(folder).filter((one) => one.file !== file)
  for (const { file: old } of others.slice(Math.max(0, keep - 1))) rmSync(old, { force: true })
  return { file, at: Math.floor(made.now / 1000) * 1000 }
}

/**
 * Restores a backup into a temporary folder beside it. Returns null if that worked, else the reason for people. Throws
 * if the folder cannot be made.
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

/** The state of the backups of a folder. `trouble` is why the last attempt failed, or null. */
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

/** The state of the automatic backups. */
interface BackupStatus {
  folder: string
  kept: number
  newest: Instant | null
  trouble: string | null
}

/** When a folder's database was created, in epoch milliseconds; null if there is none. */
export function begunAt(database: string): Instant | null {
  try {
    return statSync(database).birthtimeMs
  } catch {
    return null
  }
}
