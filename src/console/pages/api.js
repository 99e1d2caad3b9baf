import { setClock } from './clock.js'

/** A request that came to nothing, in words for people. */
export class Trouble extends Error {
  /**
   * @param {number} status 0 where there was no answer
   * @param {string} code
   * @param {string} message
   * @param {Record<string, any>} more
   */
  constructor(status, code, message, more = {}) {
    super(message)
    this.status = status
    this.code = code
    this.more = more
  }
}

/** Told when somebody turns out to be signed out. */
export const signedOut = new EventTarget()

/**
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query]
 * @returns {Promise<any>}
 */
export function ask(path, query = {}) {
  const given = Object.entries(query).flatMap(([key, value]) => (value == null ? [] : [[key, String(value)]]))
  const search = new URLSearchParams(given).toString()
  return request(`/api/${path}${search === '' ? '' : `?${search}`}`, {})
}

/**
 * @param {string} path
 * @param {object} body
 * @param {string} [method]
 * @returns {Promise<any>}
 */
export function send(path, body, method = 'POST') {
  const headers = { 'content-type': 'application/json', 'x-lockwarden': '1' }
  return request(`/api/${path}`, { method, headers, body: JSON.stringify(body) })
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function request(url, options) {
  let response
  try {
    response = await fetch(url, { ...options, cache: 'no-store' })
  } catch {
    throw new Trouble(0, 'offline', 'The console cannot be reached.')
  }
  setClockOf(response)
  const json = await response.json().catch(() => null)
  if (response.ok) return json
  const { error, code = '', ...more } = json ?? {}
  if (code === 'signed-out') signedOut.dispatchEvent(new Event('signed-out'))
  throw new Trouble(response.status, code, sentence(error ?? `The console answered ${response.status}.`), more)
}

/** @param {Response} response */
function setClockOf(response) {
  const there = Number(response.headers.get('x-lockwarden-now'))
  if (there > 0) setClock(there)
}

/** @param {string} text */
function sentence(text) {
  // A name of a file stays as it is.
  const begun = /^\S+\.\w/.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
