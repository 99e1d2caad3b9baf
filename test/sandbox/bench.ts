import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts'

export interface Answer {
  status: number
  headers: Headers
  body: ReturnType<typeof JSON.parse>
}

export interface Bench extends AsyncDisposable {
  sandbox: Sandbox
  now(): number
  advance(seconds: number): void
  /** A request with the given bearer (or none) and, unless undefined, a JSON body. */
  ask(
    method: string,
    path: string,
    bearer: string | null,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** Chastify with the DEV token. */
  read(): Promise<Answer>
  write(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  action(name: string, params?: unknown): Promise<Answer>
  /** The tracker with the owner's token. */
  page(path: string): Promise<Answer>
  game(body: unknown, bearer?: string | null): Promise<Answer>
}

export const START = Date.parse('2026-03-01T12:00:00.250Z')

/** A sandbox whose clock stands until the test moves it. */
export async function bench(options: SandboxOptions = {}): Promise<Bench> {
  let now = START
  const sandbox = await startSandbox({ seed: 7, clock: { now: () => now }, ...options })
  const { tokens } = sandbox
  const ask: Bench['ask'] = async (method, path, bearer, body, headers = {}) => {
    const response = await fetch(sandbox.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
  return {
    sandbox,
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000
    },
    ask,
    read: () => ask('GET', '/api/apps/v1/session', tokens.chastify),
    write: (path, body, headers) => ask('POST', `/api/apps/v1/${path}`, tokens.chastify, body, headers),
    action: (name, params) => ask('POST', '/api/apps/v1/action', tokens.chastify, { name, params }),
    page: (path) => ask('GET', `/api/v2/${path}`, tokens.tracker),
    game: (body, bearer = tokens.tracker) => ask('POST', '/api/v2/games.php', bearer, body),
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}
