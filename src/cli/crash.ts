import { inspect } from 'node:util'
import { redact, type Secret } from '../services/secret.ts'

/** A fault of the program itself, with its place and without secrets. */
export function crashWords(error: unknown, secrets: readonly Secret[]): string {
  return redact(`lockwarden ends because of a fault in the program itself: ${inspect(error)}`, secrets)
}
