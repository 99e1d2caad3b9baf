/**
 * Marks that show nothing and change what is read: control characters, line separators, what turns the direction of
 * writing, what has no width, halves of characters. Not among them: line ends and tabs, what chooses an emoji's look,
 * and the joiner within an emoji.
 */
const mark =
  /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\r\u200d\ufe00-\ufe0f]]|(?<!\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d|\u200d(?!\p{Extended_Pictographic})/gv

/** A text with something instead of each mark; line ends and tabs stay. */
export function withoutMarks(text: string, instead: (mark: string) => string): string {
  return text.replace(mark, instead)
}

/** The first mark of a text, with where it stands; null where there is none. */
export function markIn(text: string): { at: number; name: string } | null {
  const [found] = text.matchAll(mark)
  if (!found) return null
  const code = found[0].codePointAt(0) ?? 0
  return { at: found.index, name: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` }
}

/** A line for a terminal: where a mark stood, one sees that something stood there. */
export function shown(text: string): string {
  return withoutMarks(text, () => '\ufffd').replace(/\r(?!\n)/g, '\ufffd')
}

/** JSON that means the same, with its marks written as `\u…`. */
export function shownJson(text: string): string {
  return withoutMarks(text, (found) => {
    return Array.from(
      { length: found.length },
      (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join('')
  })
}
