import { withoutMarks } from '../document/marks.ts'

/** A service's text as one line, without what could upset a terminal or a log; `instead` stands for what was taken out. */
export function printable(text: string, instead: '' | ' '): string {
  return withoutMarks(text, () => instead).replace(/[\t\n\r]/g, instead)
}

/** A text of at most `longest` characters; what was longer ends in `…`. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
