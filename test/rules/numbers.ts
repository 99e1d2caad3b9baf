import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { parseDuration } from '../../src/core/calendar/duration.ts'

/** A number of a rule file in the widest sense. */
export interface Change {
  /** Where it stands, what it is and what it becomes, for people. */
  said: string
  /** The rule it stands in; null for what stands above the rules. */
  rule: string | null
  /** The file with a larger one in its place, and with a smaller one. */
  others: readonly string[]
}

/** What is for people, and whose numbers decide nothing. */
const forPeople: ReadonlySet<string> = new Set(['id', 'was', 'description', 'title', 'message', 'text'])
const numbers =
  /\d{1,2}:\d{2}|(?:\d+(?:\.\d+)?(?:min|[smhdw]))+(?!\w)|\d+(?:\.\d+)?%|(?<![\w.]|\w-)\d+(?:\.\d+)?(?![\w.])/g

/** Every number of a rule file that means something, each with the file as it is with others. */
export function changesOf(text: string): Change[] {
  const changes: Change[] = []
  const visit = (node: unknown, rule: string | null): void => {
    if (isMap(node)) {
      const id = node.get('id')
      const here = typeof id === 'string' ? id : rule
      for (const { key, value } of node.items) {
        const isForPeople = isScalar(key) && forPeople.has(String(key.value))
        // Of actions in the short form, `log: a text`, the value is the text.
        const isShortText = isScalar(key) && (key.value === 'log' || key.value === 'notify') && isScalar(value)
        if (!isForPeople && !isShortText) visit(value, here)
      }
    } else if (isSeq(node)) for (const item of node.items) visit(item, rule)
    else if (isScalar(node) && node.range) {
      const [from, to] = node.range
      for (const found of text.slice(from, to).matchAll(numbers)) {
        const start = from + found.index
        const others = changed(found[0])
        changes.push({
          said: `line ${text.slice(0, start).split('\n').length}: ${found[0]} to ${others.join(' or ')}`,
          rule,
          others: others.map((other) => text.slice(0, start) + other + text.slice(start + found[0].length)),
        })
      }
    }
  }
  visit(parseDocument(text).contents, null)
  return changes
}

/** Half as much again and half as much, an hour later and an hour earlier: what of these can be. */
function changed(number: string): string[] {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(number)
  if (clock) {
    const [hour, minute] = [Number(clock[1]), clock[2]]
    return [hour + 1, hour - 1]
      .filter((one) => one >= 0 && one < 24)
      .map((one) => `${String(one).padStart(2, '0')}:${minute}`)
  }
  if (number.endsWith('%')) return [1.5, 0.5].map((times) => `${Number.parseFloat(number) * times}%`)
  const seconds = /[a-z]/.test(number) ? parseDuration(number) : null
  if (seconds !== null) return [1.5, 0.5].map((times) => `${Math.round(seconds * times)}s`)
  const plain = Number(number)
  return [Math.max(plain + 1, Math.round(plain * 1.5)), ...(plain > 0 ? [Math.floor(plain / 2)] : [])].map(String)
}
