/**
 * How a line that is no YAML is made one, only to see what else is wrong in its file: its value put in quotes, or a
 * sign put where it is missing.
 */
export type Mend = 'quote' | { insert: string; at: number }

/** A line's mend, at an offset within it. */
export interface Mending {
  offset: number
  mend: Mend
}

/** A text with some of its lines mended. It has as many lines as before, and all others are as they were. */
export function mended(text: string, mendings: readonly Mending[]): string {
  const lines = text.split('\n')
  const starts: number[] = []
  let start = 0
  for (const line of lines) {
    starts.push(start)
    start += line.length + 1
  }
  const done = new Set<number>()
  for (const { offset, mend } of mendings) {
    const at = lineOf(starts, offset)
    if (done.has(at)) continue
    done.add(at)
    const line = lines[at] ?? ''
    lines[at] = mend === 'quote' ? quoted(line) : inserted(line, mend.insert, mend.at - (starts[at] ?? 0))
  }
  return lines.join('\n')
}

/** Which of several ascending offsets is the last one not beyond another: the line an offset is in, from 0. */
export function lineOf(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function inserted(line: string, sign: string, column: number): string {
  return `${line.slice(0, column)}${sign}${line.slice(column)}`
}

/** What follows the dashes and the key of a line, as one text. */
function quoted(line: string): string {
  const [, lead = '', value = ''] = /^(\s*(?:- +)*(?:[\w.-]+: +)?)(.*)$/s.exec(line) ?? []
  return `${lead}${JSON.stringify(value.trimEnd())}`
}
