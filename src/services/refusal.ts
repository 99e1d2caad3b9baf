/** Why a simulated service refuses: its status and code, which its own error form carries. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** That a request cannot be understood. */
export const invalid = (message: string): Refusal => new Refusal(400, 'invalid_request', message)

/** The value as an object of fields; throws `invalid` otherwise, as does every reader here. */
export function fields(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${name} must be an object`)
  return value as Record<string, unknown>
}

export function integer(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalid(`${name} must be an integer`)
  if (value < least || value > most) throw invalid(`${name} must be between ${least} and ${most}`)
  return value
}

/** A text that is not blank. */
export function text(value: unknown, name: string, longest: number): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid(`${name} is required`)
  if (value.length > longest) throw invalid(`${name} must not be longer than ${longest} characters`)
  return value
}

export function oneOf<T extends string | number>(value: unknown, name: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === value)
  if (choice === undefined) throw invalid(`${name} must be one of ${choices.join(', ')}`)
  return choice
}

export function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalid(`${name} must be true or false`)
  return value
}

/** Reads a field that may be left out. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === undefined ? null : read(value)
}
