import { closeSync, openSync } from 'node:fs'
import { shown, shownJson } from '../document/marks.ts'
import { services } from '../services/index.ts'
import type { Integration } from '../services/integration.ts'
import type { Secret } from '../services/secret.ts'
import type { Screen } from './screen.ts'

/** What a command gets from outside: its outputs, its environment, and the signal to end. */
export interface Terminal {
  out(line: string): void
  /** Prints a line whose parts were escaped before it was coloured. */
  styled?(line: string): void
  err(line: string): void
  /** From then on these secrets are removed from the message of a crash. */
  hide?(secrets: readonly Secret[]): void
  env: Readonly<Record<string, string | undefined>>
  /** Shows progress on a line that the next call overwrites; absent if nobody watches. */
  progress?(text: string): void
  /** Redrawn lines, which the caller has escaped and coloured; only if somebody watches. */
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
  /** Ends the program as a signal would; absent if another program runs it. */
  end?: () => void
  /** Calls this at a SIGHUP, which then does not end the program. */
  onHangup?: (act: () => void) => void
  version: string
  /** The version with its commit and day, if these are known. */
  build?: () => string
}

/**
 * A terminal that shows text as text: text from a rule, a backup or a service cannot move its cursor or reverse a line.
 */
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

/** The version of this program with its commit, if that is known. */
export function buildHere({ build, version }: Pick<Terminal, 'build' | 'version'>): string {
  return build?.() ?? version
}
