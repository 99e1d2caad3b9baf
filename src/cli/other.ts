import { buildAsked } from '../daemon/control.ts'
import { buildHere, type Terminal } from './terminal.ts'

/** Says that the asked daemon is of another build than this command; null if it is not. */
export function otherBuild(terminal: Terminal): string | null {
  const there = buildAsked()
  if (there === null) return null
  const here = buildHere(terminal)
  if (there === here) return null
  const named = there === '' ? 'an older lockwarden' : `lockwarden ${there}`
  return `the running daemon is ${named}, and this command ${here}`
}
