import { curlyQuote, curlyWords } from './curly.ts'
import type { Mend } from './mend.ts'

/** Explains a line that has a ":" too many, or one too few. */
export interface ColonTold {
  offset: number
  message: string
  hint: string
  mend?: Mend
}

const quotesHint = 'put a text that holds ": " in quotes'
/** A key as people write it. A longer text may be a token, and is not repeated in a message. */
const keyWord = /^[a-z][a-z_]{0,19}(?=\s|$)/i
const holdsKey = /^\s*(?:- +)*[\w.-]+:(?:\s|$)/
/** A text that looks like the name of a fact, and the rest of the condition. */
const comparison = /^((?:not )?[a-z]+(?:\.[a-z][\w-]*)+):\s*(.*)$/i
const shortValue = /^(?:true|false|\d{1,4}[a-z]{0,3})$/

/**
 * The effect of a ":" in the line at an offset, where the parser found an impossible key and value. Of the text, only
 * words that cannot be a token are repeated.
 */
export function colonTrouble(text: string, offset: number): ColonTold {
  const begins = text.lastIndexOf('\n', offset - 1) + 1
  const before = text.slice(begins, offset)
  const rest = lineAt(text, offset)
  if (!/:(?:\s|$)/.test(rest)) {
    const key = /^\s*(?:- +)*$/.test(before) ? keyWord.exec(rest)?.[0] : undefined
    return key === undefined ? tooDeep(text, begins, offset) : colonMissing(key, offset)
  }
  const mend = 'quote'
  if (curlyQuote.exec(rest)?.index === 0) return { offset, ...curlyWords, mend }
  const [, fact, value = ''] = comparison.exec(rest) ?? []
  if (fact !== undefined && !/^\s*(?:- +)*(?:log|notify):/.test(before)) {
    const written = /^[<>=!]/.test(value)
      ? 'remove the ":"'
      : `write "${fact} is ${shortValue.test(value) ? value : '\u2026'}"`
    return { offset, message: 'a condition has no ":" in it', hint: written, mend }
  }
  const [, action] = (/^\s*(?:- +)*(?:then|do): +$/.test(before) && /^([a-z][a-z_.]{0,30}):\s/.exec(rest)) || []
  if (action !== undefined) {
    const hint = `write "- ${action}: \u2026" on the next line, further in`
    return { offset, message: 'what is to be done is a list', hint, mend }
  }
  return { offset, message: 'the ": " in this text makes it a key and a value', hint: quotesHint, mend }
}

function colonMissing(key: string, offset: number): ColonTold {
  const mend = { insert: ':', at: offset + key.length }
  return { offset, message: 'a ":" is missing after this key', hint: `write "${key}: \u2026"`, mend }
}

/** The first line below with a key: it is indented so far that it continues the text above it. */
function tooDeep(text: string, begins: number, offset: number): ColonTold {
  let at = text.indexOf('\n', offset)
  while (at !== -1) {
    const line = lineAt(text, at + 1)
    if (holdsKey.test(line)) {
      const message = 'this line is indented so far that it continues the text above it'
      const hint = 'begin it in the same column as the key it goes with'
      return { offset: at + 1 + (line.length - line.trimStart().length), message, hint }
    }
    at = line.trim() === '' && at + 1 >= text.length ? -1 : text.indexOf('\n', at + 1)
  }
  const indent = lineAt(text, begins)
  const hint = 'begin it in the same column as the lines it goes with'
  const column = begins + (indent.length - indent.trimStart().length)
  return { offset: column, message: 'this line does not line up with those around it', hint }
}

function lineAt(text: string, offset: number): string {
  const ends = text.indexOf('\n', offset)
  return text.slice(offset, ends === -1 ? undefined : ends).trimEnd()
}
