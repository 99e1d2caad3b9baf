import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { InForce } from '../config/inforce.ts'
import type { Config } from '../config/load.ts'
import { loudness } from '../core/model/loudness.ts'
import type { Journal } from '../core/model/ports.ts'
import type { Loop } from '../daemon/loop.ts'
import { watchFiles } from '../daemon/reload.ts'
import type { Switch } from '../store/switch.ts'
import type { AppOptions } from './options.ts'

/** How often the switch and the database's file are looked at while nothing else happens. */
const folderLookMs = 1000

/** What is watched for, and who looks again. */
interface Watched {
  wearersSwitch: Switch
  store: Pick<Journal, 'gone'>
  loops: ReadonlyMap<string, Loop>
  log: Logger
}

/** Has the loops look again as soon as the switch is pressed or released, or the database is taken away or put back. */
export async function watchFolder(
  { locks }: Config,
  { wearersSwitch, store, loops, log }: Watched,
  signal: AbortSignal,
): Promise<void> {
  const was = new Map<string, boolean>()
  let goneBefore: string | null = null
  while (!signal.aborted) {
    const gone = store.gone()
    if (gone !== goneBefore) for (const loop of loops.values()) loop.nudge()
    goneBefore = gone
    for (const { name } of locks) {
      const is = wearersSwitch.isStopped(name)
      const loop = loops.get(name)
      // Whoever sets it has the loop look at once, perhaps between two looks of this one.
      if (loop && loop.passing.stopped !== null && loop.passing.stopped !== is) loop.nudge()
      const before = was.get(name)
      was.set(name, is)
      if (before === is || (before === undefined && !is)) continue
      const words = is ? 'stopped by the wearer: nothing restrictive is sent until "lockwarden resume"' : 'resumed'
      log.warn({ lock: name, stopped: is }, words)
    }
    await sleep(folderLookMs, undefined, { signal }).catch(() => undefined)
  }
}

export async function lookAgain(
  inForce: InForce,
  loops: ReadonlyMap<string, Loop>,
  { log, book, env }: AppOptions,
  tellLimits: () => void,
  renewed: (key: string) => void,
): Promise<void> {
  const { said, changed, tokens, secrets, logLevel } = await inForce.look()
  // What was said at the start, in the environment, goes before the config.
  const level = logLevel === undefined || env?.LOG_LEVEL ? book?.level : logLevel
  const isQuieter = book !== undefined && level !== undefined && loudness[level] > loudness[book.level]
  if (level !== undefined && !isQuieter) book?.setLevel(level)
  for (const { level: loud, text } of said) log[loud](text)
  if (level !== undefined && isQuieter) book.setLevel(level)
  for (const { lock, service } of tokens) {
    log.info({ lock, service }, `the token of ${service} was read again`)
    loops.get(lock)?.tell({ token: service })
  }
  for (const key of secrets) {
    log.info(`${key} was read again`)
    renewed(key)
  }
  if (!changed) return
  tellLimits()
  for (const loop of loops.values()) loop.nudge()
}

/** Takes up passwords of the console that were replaced, which ends the sessions of their roles. */
export async function watchPasswords({ console: pages }: Config, look: () => Promise<void>, signal: AbortSignal) {
  const files = Object.values(pages?.passwordFiles ?? {}).filter((file) => file !== null)
  if (files.length > 0) await watchFiles([...new Set(files.map((file) => dirname(file)))], look, signal)
}

/** Takes up rules, limits and token files when they change. */
export async function watchInForce(config: Config, look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const files = config.locks.flatMap(({ rules, tokens }) => [
    rules,
    ...tokens.flatMap(({ file }) => (file === null ? [] : dirname(file))),
  ])
  const more = (config.reach?.files ?? []).map(({ path }) => dirname(path))
  await watchFiles([...new Set([config.file, ...files, ...more])], look, signal)
}
