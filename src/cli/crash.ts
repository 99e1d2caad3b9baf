import { inspect } from 'node:util'
import { redact, type Secret } from '../services/secret.ts'

/** A fault of the program itself, with where it happened and without any of the secrets. */
export function crashWords(error: unknown, secrets: readonly Secret[]): string {
  return redact(`lockwarden ends because of a fault in the program itself: ${inspect(error)}`, secrets)
}
