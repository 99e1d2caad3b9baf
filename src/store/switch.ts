import { lstatSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The wearer's switch: files named `STOP`, which anyone can set without a program, in each of the watched folders. */
export interface Switch {
  /** Whether this lock is stopped. If a file cannot be looked at, the lock counts as stopped. */
  isStopped(lock: string): boolean
}

const fileName = 'STOP'

/** The switch in a data folder and in the folder of the config. Both are checked every time. */
export function openSwitch(dataFolder: string, configFolder: string | null): Switch {
  const folders = configFolder === null ? [dataFolder] : [...new Set([dataFolder, configFolder])]
  return {
    isStopped(lock) {
      return (
        folders.some((folder) => isSet(join(folder, fileName)) || isSet(join(folder, `${fileName}.${lock}`))) ||
        !canLook(dataFolder)
      )
    },
  }
}

/** The files in these folders that set the switch of any of these locks. */
export function switchFiles(folders: readonly string[], locks: readonly string[]): string[] {
  const names = [fileName, ...locks.map((lock) => `${fileName}.${lock}`)]
  return [...new Set(folders)].flatMap((folder) => names.map((name) => join(folder, name))).filter(isSet)
}

function isSet(file: string): boolean {
  try {
    return lstatSync(file) !== undefined
  } catch (error) {
    return (error as { code?: string }).code !== 'ENOENT'
  }
}

function canLook(folder: string): boolean {
  try {
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

/** Sets the switch in a folder, for one lock or for all. Resolves to the file. Throws if it cannot be written. */
export function setSwitch(folder: string, lock: string | null, words: string): string {
  const file = join(folder, lock === null ? fileName : `${fileName}.${lock}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(file, `${words}\n`)
  return file
}

/**
 * Takes the switch off in a folder: for one lock, or for all, including the files of single locks. Returns the files
 * that were there.
 */
export function clearSwitch(folder: string, lock: string | null, locks: readonly string[]): string[] {
  const names = lock === null ? [fileName, ...locks.map((name) => `${fileName}.${name}`)] : [`${fileName}.${lock}`]
  return names
    .map((name) => join(folder, name))
    .filter((file) => isSet(file))
    .map((file) => {
      rmSync(file, { force: true })
      return file
    })
}
