/** A place in a file: 1-based line and column. */
export interface Place {
  file: string
  line: number
  column: number
}

/** A mistake in a file that a person wrote: what is wrong, where, and what would be right. */
export interface Fault {
  place: Place
  message: string
  /** What would be right, as a half sentence ("did you mean lock.frozen?"). */
  hint?: string
  /** A fault stops the file from being used; a lint only says what is odd. */
  severity: 'fault' | 'lint'
  /** How many faults it stands for, itself included; infinite if the check stopped there. Without it, one. */
  stands?: number
}

/** Longer messages are cut: nobody reads on, and a hostile file must not fill the log. */
const longestWords = 400

/** A fault as the one line every command prints: `file:line:column: message; hint`. */
export function faultLine(fault: Fault): string {
  const { file, line, column } = fault.place
  const kind = fault.severity === 'lint' ? 'lint: ' : ''
  return `${file}:${line}:${column}: ${kind}${faultWords(fault)}`
}

/** What is wrong and what would be right, without the place. */
export function faultWords({ message, hint }: Pick<Fault, 'message' | 'hint'>): string {
  return `${clipped(message)}${hint ? `; ${clipped(hint)}` : ''}`
}

/** Each fault once, compared by its line: two locks may share their rules, and all rules of a file share its head. */
export function distinctFaults(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [faultLine(fault), fault])).values()]
}

/** Messages quote files; no control character may reach a terminal. */
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

/** Nobody fixes more than this in one go. A mistake that repeats through a whole file is not reported line by line. */
export const mostTold = 100

/**
 * Faults in reading order: of each file the first `mostTold` faults and as many lints. One more entry says how many are
 * left.
 */
export function firstOfEach(faults: readonly Fault[]): Fault[] {
  const told = new Map<string, number>()
  const beyond = new Map<string, Fault & { stands: number }>()
  const kept: Fault[] = []
  for (const { stands = 1, ...fault } of inReadingOrder(faults)) {
    const { place, severity } = fault
    const key = `${severity} ${place.file}`
    const before = told.get(key) ?? 0
    told.set(key, before + 1)
    if (before < mostTold) kept.push(fault)
    const untold = before < mostTold ? stands - 1 : stands
    if (untold === 0) continue
    const rest = beyond.get(key)
    if (rest) rest.stands += untold
    else beyond.set(key, { place, severity, message: '', stands: untold })
  }
  for (const rest of beyond.values()) {
    const kind = rest.severity === 'lint' ? 'lint' : 'fault'
    rest.message =
      rest.stands === Number.POSITIVE_INFINITY
        ? '… and more; the rest of the file was not checked'
        : `… and ${rest.stands} more ${kind}${rest.stands === 1 ? '' : 's'} from here on`
  }
  return inReadingOrder([...kept, ...beyond.values()])
}

/** The faults of the first things of a long list. The last fault stands for all further ones. */
export function ofTheFirst<T>(many: readonly T[], tell: (one: T) => readonly Fault[]): Fault[] {
  const told = many.slice(0, mostTold + 1).flatMap(tell)
  const last = told.at(-1)
  const beyond = many.length - mostTold
  return last && beyond > 1 ? [...told.slice(0, -1), { ...last, stands: beyond }] : told
}

/** The number of faults, also of those that are only counted. */
export function countOf(faults: readonly Fault[]): number {
  return faults.reduce((count, { stands = 1 }) => count + stands, 0)
}

/** Holds every fault of a set of files. A command prints them line by line, without a stack. */
export class Faulty extends Error {
  override name = 'Faulty'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super(faults.map(faultLine).join('\n'))
    this.faults = faults
  }
}

/** A mistake at the command line or in the environment, without a place in a file. It is shown as one line. */
export class Mistake extends Error {
  override name = 'Mistake'
  /** 1: the thing asked about is wrong; 2: the command or config cannot be used as it is. */
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** All our names are shorter. The time to compare grows with the square of the length. */
const longestName = 100
/** More names than people use. With more, comparing all of them takes too long. */
const mostCompared = 2000

/** Names from other languages, with ours. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  if: ['when'],
  condition: ['when'],
  conditions: ['when'],
  do: ['then'],
  action: ['then'],
  actions: ['then'],
  or: ['any'],
  and: ['all'],
  name: ['id', 'title'],
  every: ['repeat'],
  times: ['limit'],
  text: ['message', 'title', 'description'],
}

/**
 * The known name nearest to a mistyped one, or null if none is close enough: at most a third of its letters may differ,
 * unless it is a name from another language.
 */
export function nearest(name: string, known: Iterable<string>): string | null {
  if (name.length > longestName) return null
  const names = [...known].slice(0, mostCompared)
  const word = name.toLowerCase()
  const other = names.includes(name) ? [] : Object.hasOwn(otherWords, word) ? (otherWords[word] ?? []) : []
  const called = other.find((one) => names.includes(one))
  if (called !== undefined) return called
  let best: string | null = null
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = editDistance(word, candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** "did you mean X?" if a name is close, else the valid names (at most twelve). */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known]
  const near = nearest(name, names)
  if (near !== null) return `did you mean ${near}?`
  const shown = names.slice(0, 12)
  return `known are ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`
}

/** Edit distance in which swapped neighbours count as one edit, since people mistype that way. */
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
