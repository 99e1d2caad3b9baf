import ky, { isHTTPError, isTimeoutError } from 'ky'
import type { Channel } from '../../config/reach.ts'
import { errorCode, systemWords } from '../../errno.ts'
import type { Delivery } from './outbox.ts'
import { postingOf, probeOf } from './requests.ts'

const patienceMs = 10_000
const retries = 2
const passing = [408, 425, 429, 500, 502, 503, 504]

/**
 * Sends a message. Null if it was taken, else the reason, without an address. With `restMs` null it tries only once.
 */
export async function post(
  channel: Channel,
  delivery: Pick<Delivery, 'text' | 'about' | 'lock'>,
  restMs: number | null,
  signal: AbortSignal,
): Promise<string | null> {
  const { url, headers, body } = postingOf(channel, delivery)
  return await asked(async () => {
    const response = await ky.post(url, {
      headers,
      body,
      redirect: 'manual',
      timeout: patienceMs,
      signal,
      retry: {
        limit: restMs === null ? 0 : retries,
        methods: ['post'],
        statusCodes: passing,
        afterStatusCodes: [429, 503],
        maxRetryAfter: patienceMs,
        retryOnTimeout: true,
        delay: (attempt) => (restMs ?? 0) * 2 ** (attempt - 1),
      },
    })
    await response.body?.cancel()
  })
}

/**
 * Tests a channel without sending a message. `trouble` is null if the answer is good, else the reason, without an
 * address. `shows` says what a good answer proves. Null if the channel has no harmless request.
 */
export async function probe(
  channel: Channel,
  signal: AbortSignal,
): Promise<{ trouble: string | null; shows: string; whole: boolean } | null> {
  const question = probeOf(channel)
  if (question === null) return null
  const { url, headers, shows, whole } = question
  return { shows, whole, trouble: await ping(url, headers, signal) }
}

/** Requests an address once. Null if the answer is good, else the reason, without the address. */
export async function ping(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<string | null> {
  return await asked(async () => {
    const response = await ky.get(url, { headers, redirect: 'manual', timeout: patienceMs, signal, retry: 0 })
    await response.body?.cancel()
  })
}

async function asked(does: () => Promise<void>): Promise<string | null> {
  try {
    await does()
    return null
  } catch (error) {
    if (isHTTPError(error)) return `it answered ${error.response.status}`
    if (isTimeoutError(error)) return `no answer within ${patienceMs / 1000} s`
    if (isPortBlocked(error)) return 'Node and browsers refuse this port; choose another'
    // Error messages of requests contain their address.
    return errorCode(error) === null ? 'the connection failed' : systemWords(error)
  }
}

/** The runtime's `fetch` refuses a list of ports, such as 6000. Only these words show it. */
function isPortBlocked(error: unknown): boolean {
  for (let link = error; link instanceof Error; link = link.cause) if (link.message === 'bad port') return true
  return false
}
