import type { Answers } from './answers.ts'
import { setClock } from './clock.ts'

/** A failed request, in words for people. */
export class Trouble extends Error {
  /** 0 if there was no answer. */
  readonly status: number
  readonly code: string
  /** Further data of the refusal. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.more = more
  }
}

/** What went wrong, in words for people. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Called when an answer shows that nobody is signed in. */
export const signedOut = new EventTarget()

export type Query = Readonly<Record<string, string | number | null | undefined>>

/** Asks the daemon a question. Throws a `Trouble` if there is no answer. */
export function ask<Q extends keyof Answers>(question: Q, query: Query = {}): Promise<Answers[Q]> {
  return get(question, query)
}

/** Reads a path below `/api`, whose answer is a `T`. Throws a `Trouble`. */
export function get<T>(path: string, query: Query = {}): Promise<T> {
  const given = Object.entries(query).flatMap(([key, value]) => (value == null ? [] : [[key, String(value)]]))
  const search = new URLSearchParams(given).toString()
  return request(`/api/${path}${search === '' ? '' : `?${search}`}`, {})
}

/** Asks for an action, whose answer is a `T`. Throws a `Trouble`. */
export function send<T = unknown>(path: string, body: object, method: 'POST' | 'PUT' = 'POST'): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-lockwarden': '1' }
  return request(`/api/${path}`, { method, headers, body: JSON.stringify(body) })
}

interface Refused {
  error?: string
  code?: string
}

async function request<T>(url: string, options: RequestInit): Promise<T> {
  let response: Response
  try {
    response = await fetch(url, { ...options, cache: 'no-store' })
  } catch {
    throw new Trouble(0, 'offline', 'The console cannot be reached.')
  }
  setClockOf(response)
  const json: unknown = await response.json().catch(() => null)
  // The console that sent this page uses the types that this page was made with.
  if (response.ok) return json as T
  const { error, code = '', ...more } = (json ?? {}) as Refused
  if (code === 'signed-out') signedOut.dispatchEvent(new Event('signed-out'))
  throw new Trouble(response.status, code, sentence(error ?? `The console answered ${response.status}.`), more)
}

function setClockOf(response: Response): void {
  const there = Number(response.headers.get('x-lockwarden-now'))
  if (there > 0) setClock(there)
}

function sentence(text: string): string {
  // A name of a file stays as it is.
  const begun = /^\S+\.\w/.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}
