/**
 * Invisible characters that change how a text reads: control characters, line separators, changes of the writing
 * direction, zero-width characters, halves of characters. Not among them: line ends and tabs, the selector of an
 * emoji's look, and the joiner within an emoji.
 */
const mark =
  /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\r\u200d\ufe00-\ufe0f]]|(?<!\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d|\u200d(?!\p{Extended_Pictographic})/gv

/** Replaces each such character; line ends and tabs stay. */
export function withoutMarks(text: string, instead: (mark: string) => string): string {
  return text.replace(mark, instead)
}

/** The first such character of a text, with its place; null if there is none. */
export function markIn(text: string): { at: number; name: string } | null {
  const [found] = text.matchAll(mark)
  if (!found) return null
  const code = found[0].codePointAt(0) ?? 0
  return { at: found.index, name: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` }
}

/** A line for a terminal. In the place of such a character it shows that something was there. */
export function shown(text: string): string {
  return withoutMarks(text, () => '\ufffd').replace(/\r(?!\n)/g, '\ufffd')
}

/** JSON with the same meaning, with such characters written as `\u…`. */
export function shownJson(text: string): string {
  return withoutMarks(text, (found) => {
    return Array.from(
      { length: found.length },
      (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join('')
  })
}
