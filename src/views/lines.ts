/** How wide a terminal's lines may be, in characters. */
const widest = 100

/** A line broken at its spaces where it is too wide; what follows its first part stands in by `indent` characters. */
export function wrapped(line: string, indent: number): string[] {
  const lines: string[] = []
  let rest = line
  while (rest.length > widest) {
    const begin = lines.length === 0 ? leading(line) : indent
    const space = rest.lastIndexOf(' ', widest)
    // A word that is too long by itself stays whole.
    const end = space > begin ? space : rest.indexOf(' ', widest)
    if (end === -1) break
    lines.push(rest.slice(0, end))
    rest = ' '.repeat(indent) + rest.slice(end + 1)
  }
  return [...lines, rest]
}

function leading(line: string): number {
  return line.length - line.trimStart().length
}
