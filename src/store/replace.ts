import { randomBytes } from 'node:crypto'
import { closeSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Replaces a small file atomically, readable by its owner alone: a reader sees the old one or the new one. The owner
 * stays the same, so that the daemon can still use a file that root replaced. Throws if it cannot be written.
 */
export function replaceFile(folder: string, name: string, text: string): void {
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = openSync(temporary, 'wx', 0o600)
    try {
      const before = statSync(join(folder, name), { throwIfNoEntry: false })
      if (before && before.uid !== process.getuid?.() && process.getuid?.() === 0) {
        fchownSync(file, before.uid, before.gid)
      }
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, join(folder, name))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
