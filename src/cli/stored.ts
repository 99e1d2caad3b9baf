import { resolve } from 'node:path'
import { type Config, dataFolderOf, type LockConfig } from '../config/load.ts'
import type { Kept } from '../core/model/kept.ts'
import type { LedgerRow } from '../core/model/row.ts'
import { socketNow } from '../daemon/control.ts'
import { Faulty } from '../document/fault.ts'
import { refuseUnknown } from '../queries/given.ts'
import { sqliteStore } from '../store/sqlite.ts'
import type { HistoryQuery, StoreView } from '../store/store.ts'
import { configOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

/** Reads what the last daemon stored, for commands without a running one; null if nothing was ever stored. */
export async function lookingAt<T>({ data }: Config, look: (stored: StoreView) => Promise<T>): Promise<T | null> {
  const stored = await sqliteStore(data).look()
  if (!stored) return null
  try {
    return await look(stored)
  } finally {
    await stored.close()
  }
}

/** What the last daemon stored of each chosen lock. */
export async function storedLocks(
  config: Config,
  wanted: string | undefined,
): Promise<{ lock: LockConfig; kept: Kept }[]> {
  const chosen = chosenLocks(config, wanted)
  const found = await lookingAt(config, (stored) =>
    Promise.all(chosen.map(async (lock) => ({ lock, kept: (await stored.read(lock.name))?.kept }))),
  )
  return (found ?? []).flatMap(({ lock, kept }) => (kept ? { lock, kept } : []))
}

/** The wanted rows of the ledgers of the chosen locks, each in the order in which they were planned. */
export async function storedRows(
  config: Config,
  wanted: string | undefined,
  query: HistoryQuery = {},
): Promise<LedgerRow[]> {
  const chosen = chosenLocks(config, wanted)
  const found = await lookingAt(config, (stored) => Promise.all(chosen.map(({ name }) => stored.history(name, query))))
  return (found ?? []).flat()
}

/** Undocumented facts that readings have had; none if the daemon has never run, or nothing can be read. */
export async function storedExtras(config: Config, lock: string): Promise<Kept['extras']> {
  try {
    return (await lookingAt(config, async (stored) => (await stored.read(lock))?.kept.extras)) ?? {}
  } catch {
    // Rules can be checked without the database; commands that need it report what is wrong with it.
    return {}
  }
}

/** A config, the socket of its daemon, and which of its locks is asked about. */
export async function questionOf(
  terminal: Terminal,
  options: { config: string; lock?: string },
): Promise<{ config: Config; socket: string | null; query: { lock: string | undefined } }> {
  const config = await configOf(terminal, options, { tokens: 'unread' })
  chosenLocks(config, options.lock)
  return { config, socket: socketNow(config.data), query: { lock: options.lock } }
}

/**
 * The same for commands that show what a running daemon knows. A daemon goes on when its config becomes faulty, and
 * tells what holds now. If none answers, the `Faulty` must be thrown.
 */
export async function evenIfFaulty(
  terminal: Terminal,
  options: { config: string; lock?: string },
): Promise<{ config: Config | Faulty; socket: string | null; query: { lock: string | undefined } }> {
  try {
    return await questionOf(terminal, options)
  } catch (error) {
    if (!(error instanceof Faulty)) throw error
    const data = await dataFolderOf(resolve(terminal.folder, options.config), terminal.env)
    return { config: error, socket: data === null ? null : socketNow(data), query: { lock: options.lock } }
  }
}

/** The config itself, if no daemon has answered. Throws its faults. */
export function readable(config: Config | Faulty): Config {
  if (config instanceof Faulty) throw config
  return config
}

/** The locks of a config, or the named one. Throws a `WrongQuestion` with the nearest name if there is none. */
export function chosenLocks(config: Config, wanted: string | undefined): readonly LockConfig[] {
  const names = config.locks.map(({ name }) => name)
  if (wanted !== undefined) refuseUnknown('lock', wanted, names)
  return config.locks.filter(({ name }) => wanted === undefined || name === wanted)
}
