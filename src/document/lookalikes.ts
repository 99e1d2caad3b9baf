/** A character that only looks like a part of YAML, where it stands in a text. */
export interface Lookalike {
  offset: number
  message: string
  hint: string
}

const blank = '[\\u00a0\\u2000-\\u200a\\u202f\\u205f\\u3000]'
const dash = '[\\u2010-\\u2015\\u2212\\u2022\\ufe58\\uff0d]'

/** Where each may stand in the place of what it looks like: its place is the end of the first group. */
const kinds: readonly { pattern: RegExp; is: string; hint: string }[] = [
  { pattern: new RegExp(`^(\\s*)${dash}\\s`, 'gm'), is: 'a dash of another kind', hint: 'a list has a plain "-"' },
  {
    pattern: new RegExp(`^((?: |- )*)${blank}`, 'gm'),
    is: 'a space of another kind',
    hint: 'indent with plain spaces',
  },
  {
    pattern: new RegExp(`^(\\s*(?:- +)*(?:-|[\\w.-]+:))${blank}`, 'gm'),
    is: 'a space of another kind',
    hint: 'write a plain space',
  },
  {
    pattern: /^(\s*(?:- +)*[\w.-]+)[\uff1a\ufe55]/gm,
    is: 'a colon of another kind',
    hint: 'write a plain ":" and a space',
  },
]

/** The characters of a text that stand where YAML has a dash, a space or a colon, and are none. */
export function lookalikes(text: string): Lookalike[] {
  const found = kinds.flatMap(({ pattern, is, hint }) =>
    [...text.matchAll(pattern)].map((match) => {
      const offset = match.index + (match[1]?.length ?? 0)
      return { offset, message: `this is ${is} (${nameAt(text, offset)})`, hint }
    }),
  )
  return found.sort((one, other) => one.offset - other.offset)
}

function nameAt(text: string, offset: number): string {
  return `U+${(text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** What a text was stored as, if its bytes are no UTF-8; null where nothing shows that. */
export function otherEncoding(text: string): Lookalike | null {
  const isWide = /^(?:\ufffd\ufffd|[^\0]\0[^\0]\0|\0[^\0]\0[^\0])/.test(text)
  if (isWide) return { offset: 0, message: 'this file is UTF-16', hint: 'save it as UTF-8' }
  const offset = text.indexOf('\ufffd')
  if (offset === -1) return null
  return { offset, message: 'this character is not stored as UTF-8', hint: 'save the file as UTF-8, not as Latin-1' }
}
