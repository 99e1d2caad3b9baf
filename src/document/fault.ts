/** Where in a file something stands: 1-based line and column. */
export interface Place {
  file: string
  line: number
  column: number
}

/** One mistake in a file a person wrote: what is wrong, where, and what would be right. */
export interface Fault {
  place: Place
  message: string
  /** What would be right, as a half sentence ("did you mean lock.frozen?"). */
  hint?: string
  /** A fault stops the file from being used; a lint only says what is odd. */
  severity: 'fault' | 'lint'
}

/** Nobody reads on; what a hostile file repeats is not to fill the log. */
const longestWords = 400

/** A fault as the one line every command prints: `file:line:column: message; hint`. */
export function faultLine(fault: Fault): string {
  const { file, line, column } = fault.place
  const kind = fault.severity === 'lint' ? 'lint: ' : ''
  const hint = fault.hint ? `; ${clipped(fault.hint)}` : ''
  return `${file}:${line}:${column}: ${kind}${clipped(fault.message)}${hint}`
}

/** What a file holds is shown to people: no control character of it reaches their terminal. */
function clipped(text: string): string {
  const words = text.replace(/\p{Cc}/gu, ' ')
  return words.length > longestWords ? `${words.slice(0, longestWords / 2)} … ${words.slice(-longestWords / 4)}` : words
}

/** Faults in the order in which a reader meets them: by file, line, column. */
export function inReadingOrder(faults: readonly Fault[]): Fault[] {
  return [...faults].sort(
    (a, b) =>
      (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : 0) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column,
  )
}

/** Carries every fault of a set of files at once; a command prints them, line by line, without a stack. */
export class Faulty extends Error {
  override name = 'Faulty'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super(faults.map(faultLine).join('\n'))
    this.faults = faults
  }
}

/** A mistake of the person at the command line or in the surroundings (no file position): shown as one line. */
export class Mistake extends Error {
  override name = 'Mistake'
  /** 1: the thing asked about is wrong; 2: the command or config cannot be used as it is. */
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * The known name nearest to a mistyped one, or null where none is near enough to be meant:
 * at most a third of its letters may differ.
 */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** "did you mean X?" where something is near, else the valid names (at most twelve of them). */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known]
  const near = nearest(name, names)
  if (near !== null) return `did you mean ${near}?`
  const shown = names.slice(0, 12)
  return `known are ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`
}

/** Edits with neighbours swapped counting as one, since that is how people mistype. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
