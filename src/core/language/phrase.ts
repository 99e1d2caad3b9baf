import { momentMeant } from '../calendar/spelling.ts'
import type { Catalogue } from '../model/rule.ts'

const operatorBegins = /\s(?:[<>=!]|(?:is|in|not|between|contains|changes|becomes|rises|falls)\b)/i
const filling: ReadonlySet<string> = new Set(['the', 'of', 'a', 'an', 'if', 'when', 'has', 'been', 'how', 'long'])

/** What names end in beside what they are about. */
const units: ReadonlySet<string> = new Set(['ago', 'seconds'])

/** A condition in plain words, with what to write instead; null for one that begins with a name. */
export function phraseMeant(text: string, catalogue: Catalogue): { message: string; hint: string } | null {
  const moment = /[<>=]/.test(text) ? null : momentMeant(text)
  if (moment !== null) {
    return { message: `"${text.trim()}" is a moment, not a condition`, hint: `write at: "${moment}" instead of "when"` }
  }
  const said = text.slice(0, operatorBegins.exec(text)?.index ?? 0).trim()
  const words = wordsOf(said).filter((word) => !filling.has(word))
  if (!said.includes(' ') || said.includes('.') || words.length < 2) return null
  const found = factOf(words, catalogue)
  return found === null ? null : { message: `"${said}" is no fact: a fact is one word`, hint: `did you mean ${found}?` }
}

/** The fact that most of these words are about, by its name and its help; null where none has two of them. */
function factOf(words: readonly string[], catalogue: Catalogue): string | null {
  let best: string | null = null
  let most = 0
  for (const { name, help } of catalogue.values()) {
    const [own, told] = [wordsOf(name), new Set(wordsOf(help))]
    const held = words.filter((word) => own.includes(word) || told.has(word))
    if (held.length < 2) continue
    const named = words.filter((word) => own.includes(word)).length
    // Of facts with the same words the shortest name is the plainest.
    const score = held.length * 100 + named * 10 - own.filter((word) => !units.has(word)).length
    if (score > most) [best, most] = [name, score]
  }
  return best
}

function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 1)
}
