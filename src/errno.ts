import { accessSync, closeSync, constants, openSync, statfsSync, statSync } from 'node:fs'
import { devNull } from 'node:os'

const tooManyFiles = 'too many open files: raise the limit (ulimit -n / LimitNOFILE)'

/** What also fails for want of open files, and then blames something else: names are "not found", databases not opened. */
const blaming = /^(ENOTFOUND|EAI_|SQLITE_CANTOPEN|ERR_DLOPEN_FAILED)/
/** A lookup of a name opens as many at a time. */
const filesOfLookup = 4

/** The code of an error or of what caused it, such as `EACCES`; null where there is none. */
export function errorCode(error: unknown): string | null {
  for (let link = error; link instanceof Error; link = link.cause) {
    const { code } = link as { code?: unknown }
    if (typeof code === 'string') return code
  }
  return null
}

/** Whether something failed since the program may open no more files, whatever its error says. */
export function lacksFiles(error: unknown): boolean {
  const code = errorCode(error) ?? ''
  return code === 'EMFILE' || code === 'ENFILE' || (blaming.test(code) && !canOpen(filesOfLookup))
}

/** Why the system refused something, for people: its code, or words where the code would mislead. */
export function systemWords(error: unknown): string {
  if (lacksFiles(error)) return tooManyFiles
  return errorCode(error) ?? (error instanceof Error ? error.message : String(error))
}

function canOpen(count: number): boolean {
  const opened: number[] = []
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'))
    return true
  } catch {
    return false
  } finally {
    for (const file of opened) closeSync(file)
  }
}

/** What SQLite says where it finds no room for a file beside its own, and of other troubles, too. */
const perhapsFull = /^SQLITE_(IOERR|CANTOPEN)/
const noRoomBytes = 65_536

/**
 * Whether a disk took something no more since it is full, or somebody's share of it is; `folder` is on that disk, for
 * errors that do not say it themselves.
 */
export function isFull(error: unknown, folder?: string): boolean {
  const code = errorCode(error) ?? ''
  if (/^(ENOSPC|EDQUOT|SQLITE_FULL)/.test(code)) return true
  if (folder === undefined || !perhapsFull.test(code)) return false
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < noRoomBytes
  } catch {
    return false
  }
}

/**
 * Why this user may not read and write a file or folder, for people, with the mend; null where that is allowed, or
 * nothing is there. Never throws.
 */
export function notOurs(path: string): string | null {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    if (statSync(path).isDirectory()) accessSync(path, constants.X_OK)
    return null
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'EACCES' && code !== 'EPERM') return null
    const uid = process.getuid?.()
    const owner = ownerOf(path)
    if (owner === null) return `${path} may not be looked at by user ${uid}: run the command as the user it belongs to`
    if (owner === uid) return `${path} may not be used by its own user ${uid}: chmod u+rwX ${path}`
    return `${path} belongs to user ${owner}, and this is user ${uid}: run the command as user ${owner}`
  }
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid
  } catch {
    return null
  }
}
