/** Control characters, line separators and what turns the direction of writing: none belongs in a line for people. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** A service's text without what could upset a terminal or a log; `instead` stands where something was taken out. */
export function printable(text: string, instead: '' | ' '): string {
  return text.replace(unprintable, instead)
}

/** A text of at most `longest` characters; what was longer ends in `…`. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
