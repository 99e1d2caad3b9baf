import { structuredPatch } from 'diff'

/** More lines than this are not told one by one, and with more edits nothing is compared. */
const mostLines = 400
const longestLine = 500

/**
 * How a text became another: its lines with ` `, `-` or `+` before them. Lines far from any change are left out, and
 * `…` stands for those between two changes.
 */
export function differenceOf(before: string, after: string, around = 2): string[] {
  const [old, fresh] = [ended(before), ended(after)]
  const patch = structuredPatch('', '', old, fresh, '', '', { context: around, maxEditLength: mostLines })
  const parts = patch?.hunks.map(({ lines }) => lines) ?? [[...signed('-', old), ...signed('+', fresh)]]
  const whole = parts.flatMap((lines, i) => (i === 0 ? lines : ['…', ...lines]))
  const said = whole.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line))
  return said.length > mostLines ? [...said.slice(0, mostLines), `… and ${said.length - mostLines} more lines`] : said
}

/** With the end of its last line, without which that line would count as another one. */
function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function signed(sign: '-' | '+', text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => `${sign}${line}`)
}
