import { type LogLevel, loudness } from '../core/model/loudness.ts'
import type { LogLine, LogLines, LogPage } from '../queries/daemon.ts'

const mostLines = 2000
const mostCharacters = 1_000_000

/** The last lines of the log in memory, bounded in number and size, and the level of the log. */
export class Logbook implements LogLines {
  readonly #run: string
  readonly #apply: (level: LogLevel) => void
  #level: LogLevel
  #lines: LogLine[] = []
  #characters = 0
  #last = 0

  /** `apply` sets the level of the log. */
  constructor(run: string, level: LogLevel, apply: (level: LogLevel) => void) {
    this.#run = run
    this.#level = level
    this.#apply = apply
  }

  get level(): LogLevel {
    return this.#level
  }

  setLevel(level: LogLevel): void {
    this.#level = level
    this.#apply(level)
  }

  add(level: number, text: string): void {
    this.#last += 1
    this.#lines.push({ n: this.#last, level, text })
    this.#characters += text.length
    // Old lines are removed in batches: removing one from a long list moves all others.
    if (this.#lines.length < 2 * mostLines && this.#characters < 2 * mostCharacters) return
    let left = this.#lines.slice(-mostLines)
    let characters = left.reduce((sum, { text: { length } }) => sum + length, 0)
    while (characters > mostCharacters && left.length > 1) {
      characters -= left[0]?.text.length ?? 0
      left = left.slice(1)
    }
    this.#lines = left
    this.#characters = characters
  }

  /** The last `most` lines of level `least` or above; with `after`, only lines after that number. */
  page({ after, least, most }: { after?: number | undefined; least?: LogLevel | undefined; most: number }): LogPage {
    const from = after ?? 0
    const loud = loudness[least ?? 'debug']
    const fresh = this.#lines.filter(({ n, level }) => n > from && level >= loud)
    const first = this.#lines[0]?.n ?? this.#last + 1
    const lines = fresh.slice(-most)
    const lost = after === undefined ? 0 : Math.max(0, first - after - 1)
    const left = after === undefined ? 0 : fresh.length - lines.length
    return { run: this.#run, level: this.#level, lines, last: this.#last, missed: lost + left }
  }
}
