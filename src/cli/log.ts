import pino, { type Logger } from 'pino'
import { shownJson } from '../document/marks.ts'
import { redact, type Secret } from '../services/secret.ts'
import { prose } from './prose.ts'
import type { Terminal } from './terminal.ts'

export interface LogOptions {
  secrets: Iterable<Secret>
  /** IANA zone in which a person reads the times. */
  zone: string
  /** Default: `LOG_LEVEL` of the environment, else `info`. */
  level?: string
  /** Default: the machine's. */
  clock?: { now(): number }
}

/**
 * The log: a JSON line each for machines, prose for a person watching. Every line loses every one of the secrets
 * before it leaves, whatever put it there.
 */
export function openLog(terminal: Pick<Terminal, 'out' | 'styled' | 'env' | 'person'>, options: LogOptions): Logger {
  const { secrets, zone, clock = Date } = options
  const wanted = options.level ?? terminal.env.LOG_LEVEL ?? 'info'
  const write = (line: string) => {
    if (terminal.person) (terminal.styled ?? terminal.out)(redact(prose(line, zone), secrets))
    else terminal.out(redact(shownJson(line.trimEnd()), secrets))
  }
  return pino(
    {
      level: wanted === 'silent' || wanted in pino.levels.values ? wanted : 'info',
      base: null,
      timestamp: () =>
        terminal.person ? `,"time":${clock.now()}` : `,"time":"${new Date(clock.now()).toISOString()}"`,
    },
    { write },
  )
}
