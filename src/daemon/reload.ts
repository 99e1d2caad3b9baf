import { type FSWatcher, watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Some mounts send no events, so files are also checked this often. */
const lookEveryMs = 10_000
/** Editors write a file in several steps. */
const quietMs = 300

/**
 * Calls `look` when anything below the paths changes, and every ten seconds, until the signal; it does not wait then
 * for a look that hangs. Never throws for a path that cannot be watched: the path is checked every ten seconds.
 */
export async function watchFiles(
  paths: readonly string[],
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let ring = new AbortController()
  const watchers = paths.flatMap((path): FSWatcher[] => {
    try {
      const watcher = watch(path, { recursive: true }, () => ring.abort())
      watcher.on('error', () => undefined)
      return [watcher]
    } catch {
      return []
    }
  })
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  while (!signal.aborted) {
    await sleep(lookEveryMs, undefined, { signal: AbortSignal.any([ring.signal, signal]) }).catch(() => undefined)
    if (signal.aborted) break
    if (ring.signal.aborted) {
      await sleep(quietMs, undefined, { signal }).catch(() => undefined)
      ring = new AbortController()
    }
    await Promise.race([look(), ended])
  }
  for (const watcher of watchers) watcher.close()
}
