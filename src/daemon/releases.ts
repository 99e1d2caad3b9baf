import { setTimeout as sleep } from 'node:timers/promises'
import ky, { isHTTPError } from 'ky'
import { errorCode, systemWords } from '../errno.ts'

/** How often to look, and the longest wait for an answer. */
const [everyMs, patienceMs] = [86_400_000, 10_000]
const largest = 500_000

/** Looks for newer releases, once a day. */
export interface Releases {
  /** The newest version, if it is newer than this one. */
  readonly newer: string | null
  readonly done: Promise<void>
}

/**
 * Looks at an address once a day whether there is a newer release than `version`, and says so once for each. Nothing is
 * sent along, and nothing is fetched or installed. Never throws.
 */
export function watchReleases(
  url: string,
  version: string,
  log: { info(text: string): void; warn(text: string): void },
  signal: AbortSignal,
): Releases {
  let newer: string | null = null
  const look = async () => {
    const read = await newestAt(url, signal)
    if (signal.aborted) return
    if ('wrong' in read) return log.warn(`whether there is a newer release cannot be told (${read.wrong})`)
    const found = isNewer(read.version, version) ? read.version : null
    if (found !== null && found !== newer) log.info(`lockwarden ${found} is out; this is ${version}`)
    newer = found
  }
  const run = async () => {
    while (!signal.aborted) {
      await look()
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
  const done = run()
  return {
    get newer() {
      return newer
    },
    done,
  }
}

async function newestAt(url: string, signal: AbortSignal): Promise<{ version: string } | { wrong: string }> {
  try {
    const text = await ky.get(url, { timeout: patienceMs, retry: 0, signal }).text()
    const found = text.length > largest ? null : versionIn(text)
    return found === null ? { wrong: 'no version is told there' } : { version: found }
  } catch (error) {
    if (isHTTPError(error)) return { wrong: `it answered ${error.response.status}` }
    return { wrong: errorCode(error) === null ? 'no answer' : systemWords(error) }
  }
}

/** Reads a version from a text, or from JSON with `tag_name` or `version`; null if there is none. */
export function versionIn(text: string): string | null {
  let told: unknown = text.trim()
  try {
    const read = JSON.parse(text) as Record<string, unknown> | null
    told = typeof read === 'object' && read !== null ? (read.tag_name ?? read.version) : text.trim()
  } catch {
    // A text, then.
  }
  const [, version] =
    /^v?(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.]{1,40})?)$/.exec(typeof told === 'string' ? told : '') ?? []
  return version ?? null
}

/**
 * Whether one version is newer than another: by their three numbers; a version with a `-` comes before the same
 * without.
 */
export function isNewer(one: string, other: string): boolean {
  const parts = (text: string) => (text.split('-')[0] ?? '').split('.').map(Number)
  const [a, b] = [parts(one), parts(other)]
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0)
  return !one.includes('-') && other.includes('-')
}
