import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { socketInside } from './control.ts'

/** A daemon whose data folder was moved or removed while it ran. */
export interface Stray {
  pid: number
  /** Where its folder is now; null if it is gone. */
  folder: string | null
}

/**
 * The running daemon that was started on a data folder and is no longer found there. Null if there is none, or if the
 * system does not say. Only Linux does, and only for processes that this user may look at.
 */
export function strayOf(dataFolder: string): Stray | null {
  const socket = socketInside(dataFolder)
  if (socket === null) return null
  try {
    // A socket keeps the path at which it was made, even if its folder has moved.
    const line = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .find((one) => one.endsWith(` ${socket}`))
    const inode = line?.trim().split(/\s+/)[6]
    return inode === undefined ? null : holderOf(`socket:[${inode}]`)
  } catch {
    return null
  }
}

/** The process that holds that file, among those that see the same folders as this one. */
function holderOf(file: string): Stray | null {
  const folders = readlinkSync('/proc/self/ns/mnt')
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const process = join('/proc', name)
    const open = openIn(process)
    if (!open.includes(file) || readlinkSync(join(process, 'ns/mnt')) !== folders) continue
    const lock = open.find((one) => /\/daemon\.lock( \(deleted\))?$/.test(one))
    return { pid: Number(name), folder: lock === undefined || lock.endsWith(')') ? null : dirname(lock) }
  }
  return null
}

function openIn(process: string): string[] {
  try {
    const folder = join(process, 'fd')
    return readdirSync(folder).map((one) => readlinkSync(join(folder, one)))
  } catch {
    // The process has ended meanwhile, or belongs to another user.
    return []
  }
}
