/**
 * Repairs a line that is not YAML, only to find what else is wrong in the file: puts its value in quotes, or adds a
 * missing sign.
 */
export type Mend = 'quote' | { insert: string; at: number }

/** The repair of a line, at an offset within it. */
export interface Mending {
  offset: number
  mend: Mend
}

/** Repairs some lines of a text. The number of lines stays the same, and all other lines are unchanged. */
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

/** The index of the last of several ascending offsets that is not beyond `at`: the line of an offset, from 0. */
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

/** The text after the dashes and the key of a line. */
function quoted(line: string): string {
  const [, lead = '', value = ''] = /^(\s*(?:- +)*(?:[\w.-]+: +)?)(.*)$/s.exec(line) ?? []
  return `${lead}${JSON.stringify(value.trimEnd())}`
}
