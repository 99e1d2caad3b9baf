import { randomUUID } from 'node:crypto'
import pino, { type Logger } from 'pino'
import type { LogForm } from '../config/log.ts'
import { type LogLevel, logLevels } from '../core/model/loudness.ts'
import { Logbook } from '../daemon/logbook.ts'
import { shownJson } from '../document/marks.ts'
import { redact, type Secret } from '../services/secret.ts'
import { prose } from './prose.ts'
import type { Terminal } from './terminal.ts'

export interface LogOptions {
  secrets: Iterable<Secret>
  /** IANA zone in which a person reads the times. */
  zone: string
  /** Default: `LOG_LEVEL` of the environment, else `info`. */
  level?: string | undefined
  /** Default: pretty if a person is watching, else JSON. */
  form?: LogForm | undefined
  /** Default: the machine's. */
  clock?: { now(): number }
}

/**
 * The log: lines of JSON for machines, prose for a person who watches. All secrets are removed from every line,
 * whatever put them there.
 */
export function openLog(terminal: Pick<Terminal, 'out' | 'styled' | 'env' | 'person'>, options: LogOptions): Logger {
  return openLogbook(terminal, options).log
}

/** The log with its last lines and its level, which may change while it is written. */
export function openLogbook(
  terminal: Pick<Terminal, 'out' | 'styled' | 'env' | 'person'>,
  options: LogOptions,
): { log: Logger; book: Logbook } {
  const { secrets, zone, clock = Date } = options
  const isPretty = (options.form ?? (terminal.person ? 'pretty' : 'json')) === 'pretty'
  const level = levelIn(options.level ?? terminal.env.LOG_LEVEL)
  const write = (line: string) => {
    const clean = redact(shownJson(line.trimEnd()), secrets)
    book.add(Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 30), clean)
    if (isPretty) (terminal.styled ?? terminal.out)(redact(prose(line, zone), secrets))
    else terminal.out(clean)
  }
  // A child logger keeps the level that it was created with.
  const all: { level: string }[] = []
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      onChild: (child) => void all.push(child),
    },
    { write },
  )
  all.push(log)
  const book = new Logbook(randomUUID(), level, (next) => {
    for (const one of all) one.level = next
  })
  return { log, book }
}

/** A level by its name; `info` if the name is unknown. */
function levelIn(name: string | undefined): LogLevel {
  const wanted = name === 'trace' ? 'debug' : name === 'fatal' ? 'error' : name
  return logLevels.find((level) => level === wanted) ?? 'info'
}
