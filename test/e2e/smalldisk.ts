// A disk with so little room that a test can fill it: of memory, mounted for the test alone.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  path: string
  /** Takes all the room that is left, in one file. */
  fill(): void
  /** Gives that room back. */
  free(): void
  away(): void
}

/** A disk of its own with half a megabyte of room; null where none can be mounted. */
export function smallDisk(): SmallDisk | null {
  if (process.getuid?.() !== 0) return null
  const path = mkdtempSync(join(tmpdir(), 'lockwarden-disk-'))
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmSync(path, { recursive: true, force: true })
    return null
  }
  const filler = join(path, 'filler')
  return {
    path,
    fill() {
      for (const size of [65_536, 4096, 512]) {
        try {
          for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
        } catch {
          // There is no room for as much.
        }
      }
    },
    free: () => rmSync(filler),
    away() {
      execFileSync('/bin/umount', ['-l', path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Whether there can be such a disk here. */
export function hasSmallDisk(): boolean {
  const disk = smallDisk()
  disk?.away()
  return disk !== null
}
