import { isLoopback } from '../config/console.ts'

/** The headers of every response. */
export const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

/** A header that no page of another site can send. */
export const ownHeader = 'x-lockwarden'

/**
 * Tells browsers to use https alone for this host, for a year. Names below it are not included: they may be other
 * devices.
 */
export const onlyHttps = ['strict-transport-security', 'max-age=31536000'] as const

/** The parts of a request that say where it comes from. */
export interface Asking {
  method: string
  host: string | undefined
  origin: string | undefined
  /** Whether the page that asks is ours, according to the browser (`Sec-Fetch-Site`). */
  site: string | undefined
  own: string | undefined
  contentType: string | undefined
}

/** The console's own addresses. */
export interface Place {
  url: string | null
  port: number
}

/** The origin under which the console answers, or why it refuses. */
export type Guarded = { origin: string } | { status: 403 | 405 | 415 | 421; code: string; error: string }

export const notOurs = 'this request does not come from a page of this console'

/**
 * Whether another site asks, according to the browser (`Sec-Fetch-Site`). Another site may link to the pages, but gets
 * no data. The path that is served decides which of the two it is, since a path can be written in many ways.
 */
export function isFromElsewhere(site: string | undefined): boolean {
  return site === 'cross-site' || site === 'same-site'
}

const methods = new Set(['GET', 'POST', 'PUT'])

/**
 * Decides whether to answer a request at all. It must be for one of our hosts, which a page of another site cannot
 * forge. A request that changes something must come from one of our pages.
 */
export function guard(asking: Asking, place: Place): Guarded {
  const { method, host, origin, site, own, contentType } = asking
  const addressed = originOf(host, place)
  if (addressed === null) {
    return {
      status: 421,
      code: 'host',
      error: 'the console does not answer for this host; name it in the config under url',
    }
  }
  if (!methods.has(method)) return { status: 405, code: 'method', error: 'there is no such method here' }
  const cross = { status: 403, code: 'origin', error: notOurs } as const
  if (method === 'GET') return { origin: addressed }
  if (origin !== addressed) return cross
  if (site !== undefined && site !== 'same-origin') return cross
  if (own === undefined) return { ...cross, code: 'header', error: `the header ${ownHeader} is missing` }
  if (!/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) {
    return { status: 415, code: 'content-type', error: 'a body must be application/json' }
  }
  return { origin: addressed }
}

/** The origin of a `Host`, if it is ours. */
function originOf(host: string | undefined, { url, port }: Place): string | null {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return null
  const lower = host.toLowerCase()
  if (url !== null && lower === withPort(new URL(url))) return url
  if (url !== null && lower === new URL(url).host) return url
  const read = URL.parse(`http://${lower}`)
  if (!read || !isOurName(read.hostname)) return null
  return Number(read.port || 80) === port ? read.origin : null
}

function withPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
}

function isOurName(hostname: string): boolean {
  return isLoopback(hostname) && (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]')
}
