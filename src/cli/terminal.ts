import { closeSync, openSync } from 'node:fs'
import { shown, shownJson } from '../document/marks.ts'
import { services } from '../services/index.ts'
import type { Integration } from '../services/integration.ts'
import type { Secret } from '../services/secret.ts'
import type { Screen } from './screen.ts'

/** What a command has of the world: where it writes, what surrounds it, and the signal to end. */
export interface Terminal {
  out(line: string): void
  /** Prints a line whose parts were made harmless before colours were put in. */
  styled?(line: string): void
  err(line: string): void
  /** From then on these are taken out of what is printed should the program fail. */
  hide?(secrets: readonly Secret[]): void
  env: Readonly<Record<string, string | undefined>>
  /** Shows how far something is, on a line that the next call writes over; not there where nobody watches. */
  progress?(text: string): void
  /** Lines that are written over again and again, made harmless and coloured before; only where somebody watches. */
  screen?: Screen
  /** What a config may name; all that there are, without it. */
  services?: readonly Integration[]
  /** The folder that relative paths of the command line begin in. */
  folder: string
  /** The folder the program is installed in, with its example rules. */
  home: string
  /** Whether a person is watching, so that colours and prose are wanted. */
  person: boolean
  signal: AbortSignal
  /** Ends the program as a signal would; not there where somebody else's program runs it. */
  end?: () => void
  /** Has this called when a SIGHUP comes, which then ends nothing. */
  onHangup?: (act: () => void) => void
  version: string
  /** The version with the commit and the day it was made of, where these are known. */
  build?: () => string
}

/** A terminal that shows text as text: what a rule, a backup or a service wrote cannot move its cursor or turn a line. */
export function plainTerminal(terminal: Terminal): Terminal {
  const { styled, progress } = terminal
  return {
    ...terminal,
    out: (line) => terminal.out(shown(line)),
    err: (line) => terminal.err(shown(line)),
    styled: (line) => (styled ?? terminal.out)(line),
    ...(progress ? { progress: (text) => progress(shown(text)) } : {}),
  }
}

/** The services that a config may name. */
export function servicesHere(terminal: Pick<Terminal, 'services'>): readonly Integration[] {
  return terminal.services ?? services
}

/** Prints data as one JSON document, for programs. */
export function printJson(terminal: Terminal, data: unknown): void {
  terminal.out(shownJson(JSON.stringify(data, null, 2)))
}

/** Lines in columns, each as wide as its widest cell; the last one is left as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  }
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  '))
}

/** Whether the terminal that the program was started in is still there. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** The version of this program with the commit it was made of, as far as that is known. */
export function buildHere({ build, version }: Pick<Terminal, 'build' | 'version'>): string {
  return build?.() ?? version
}
