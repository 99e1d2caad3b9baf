/** The most lines that are listed. */
const mostLines = 400
const longestLine = 500
/** The time to compare grows with the product of both lengths. */
const mostCompared = 4_000_000

/** The difference between two texts: lines with ` `, `-` or `+` before them, without those far from any change. */
export function differenceOf(before: string, after: string, around = 2): string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)]
  let head = 0
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1
  let tail = 0
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  ) {
    tail += 1
  }
  const middle = edits(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail))
  if (middle.length === 0) return []
  const whole = [
    ...old.slice(Math.max(0, head - around), head).map((line) => ` ${line}`),
    ...middle,
    ...old.slice(old.length - tail, old.length - tail + around).map((line) => ` ${line}`),
  ]
  const said = whole.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line))
  return said.length > mostLines ? [...said.slice(0, mostLines), `… and ${said.length - mostLines} more lines`] : said
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** The longest common lines stay; the others are removed or added. */
function edits(old: readonly string[], fresh: readonly string[]): string[] {
  const removed = old.map((line) => `-${line}`)
  const added = fresh.map((line) => `+${line}`)
  if (old.length * fresh.length > mostCompared) return [...removed, ...added]
  const width = fresh.length + 1
  const common = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const said: string[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      said.push(` ${old[i]}`)
      i += 1
      j += 1
    } else if (i < old.length && (j >= fresh.length || at(i + 1, j) >= at(i, j + 1))) {
      said.push(`-${old[i]}`)
      i += 1
    } else {
      said.push(`+${fresh[j]}`)
      j += 1
    }
  }
  return said
}
