import { closeSync, openSync } from 'node:fs'
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
