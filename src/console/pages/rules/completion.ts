// The words that may come at the caret in a rule file. Pure: it takes a text, a caret, and the known words.

import type { Words as Catalogue } from '../../../views/catalogue.ts'

export type Words = Catalogue
type Word = Words['sections'][number]
type Option = { label: string; insert: string; help: string }

/** A possible replacement for a part of the text. */
export interface Completion {
  from: number
  to: number
  options: Option[]
}

const mostOptions = 24
const groups = [
  { name: 'all', help: 'All of these' },
  { name: 'any', help: 'One of these' },
  { name: 'not', help: 'Not this' },
]
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const draw = { name: 'draw', help: 'Draws one of several lists, by weight', sample: '' }
const branch = {
  name: 'if',
  help: 'Does one of two lists, by whether a condition is true',
  sample: 'lock.frozen is true',
}
const didWord = { name: 'did', help: 'What the action before really did' }

/** The suggestions for a place; null if nothing known fits. */
export function completionAt(text: string, caret: number, words: Words): Completion | null {
  const start = text.lastIndexOf('\n', caret - 1) + 1
  const before = text.slice(start, caret)
  if (/(^|\s)#/.test(before.replaceAll(/"[^"]*"|'[^']*'/g, ''))) return null
  const slot = /\{\{\s*([\w.-]*)$/.exec(before)
  if (slot)
    return offer(
      caret,
      slot[1] ?? '',
      [didWord, ...words.facts].map((word) => plain(word, word.name)),
    )
  const goesBy = /[{,]\s*(?:by|of):\s*([\w.-]*)$/.exec(before)
  if (goesBy) return offer(caret, goesBy[1] ?? '', numbersIn(words))
  const [, indent = '', dash = '', rest = ''] = /^(\s*)((?:- )*)(.*)$/s.exec(before) ?? []
  const keys = keysAbove(text.slice(0, start), indent.length, dash !== '')
  const inline = /^([\w.]+):\s+(.*)$/s.exec(rest)
  const within = inline?.[1] ?? keys.find((key) => key !== 'rules')
  if (inline ? asks(inline[1], words) : dash !== '' && asks(keys[0], words)) {
    return conditionAt(caret, (inline ? (inline[2] ?? '') : rest).replace(/^["'[]\s*/, ''), words, !inline)
  }
  if (inline)
    return namedAt(text, caret, within ?? '', inline[2] ?? '') ?? valueAt(caret, within ?? '', inline[2] ?? '', words)
  if (!/^[\w.]*$/.test(rest)) return null
  if (dash !== '' && /^(then|else|otherwise)$/.test(keys[0] ?? '')) {
    const actions = [...words.actions, draw, branch].map((word) => ({
      label: word.name,
      insert: word.sample ? `${word.name}: ${word.sample}` : word.name === 'draw' ? 'draw:' : word.name,
      help: word.help,
    }))
    return offer(caret, rest, actions)
  }
  if (indent === '' && dash === '')
    return offer(
      caret,
      rest,
      words.sections.map((word) => plain(word, `${word.name}: `)),
    )
  if (keys[0] === 'rules' || keys.includes('rules')) {
    if (keys[0] !== 'rules') return null
    return offer(
      caret,
      rest,
      words.keys.map((word) => plain(word, `${word.name}: `)),
    )
  }
  return null
}

/** The word under the caret, if it is known. */
export function wordAt(text: string, caret: number, words: Words): Word | null {
  const left = /[\w.<>=!-]*$/.exec(text.slice(0, caret))?.[0] ?? ''
  const right = /^[\w.<>=!-]*/.exec(text.slice(caret))?.[0] ?? ''
  const name = left + right
  if (name === '') return null
  const fact = words.facts.find((one) => one.name === name)
  if (fact) return { name, help: `${fact.help} (${typeWords(fact.type)})` }
  return (
    [...words.actions, ...words.keys, ...words.sections, ...words.operators].find((one) => one.name === name) ?? null
  )
}

function conditionAt(caret: number, written: string, words: Words, mayGroup: boolean): Completion | null {
  const [, fact = '', gap = '', rest = ''] = /^([\w.-]*)(\s*)(.*)$/s.exec(written) ?? []
  if (gap === '' && rest === '') {
    const found = words.facts.map((word) => plain(word, `${word.name} `, typeWords(word.type)))
    return offer(caret, fact, [...(mayGroup ? groups.map((word) => plain(word, `${word.name}:`)) : []), ...found])
  }
  const known = words.facts.find(({ name }) => name === fact)
  if (!known) return null
  const fitting = words.operators.filter(({ types }) => types.includes(known.type))
  const operator = fitting.find(({ name }) => rest.startsWith(`${name} `))
  const longer = fitting.filter(({ name }) => name.startsWith(rest) && name !== rest)
  const further = longer.map((word) => plain(word, word.takes === 'nothing' ? word.name : `${word.name} `))
  const whole = further.length > 0 ? { from: caret - rest.length, to: caret, options: further } : null
  if (!operator) return whole
  if (operator.takes === 'nothing') return null
  const value = rest.slice(operator.name.length + 1)
  const last = value.slice(Math.max(value.lastIndexOf(',') + 1, value.lastIndexOf(' ') + 1))
  const same = words.facts.filter(({ name, type }) => type === known.type && name !== fact)
  const plainly =
    known.type === 'boolean' ? ['true', 'false'] : known.type === 'weekday' || known.type === 'week' ? days : []
  const options = [
    ...plainly.map((name) => ({ label: name, insert: name, help: '' })),
    ...(operator.takes === 'one' && last !== '' ? same.map((word) => plain(word, word.name)) : []),
  ]
  const offered = options.length > 0 ? offer(caret, last, options) : null
  if (!offered || !whole) return offered ?? whole
  // `is ` may be followed by a value, or be the beginning of `is not`.
  const before = rest.slice(0, rest.length - last.length)
  const values = offered.options.map((one) => ({ ...one, insert: before + one.insert }))
  return { ...whole, options: [...values, ...further] }
}

/** Whether what stands at a key is a condition. */
function asks(key: string | undefined, words: Words): boolean {
  return key === 'if' || groups.some(({ name }) => name === key) || ofRule(key, words)?.takes === 'condition'
}

function ofRule(key: string | undefined, { keys }: Words): Words['keys'][number] | undefined {
  return keys.find(({ name }) => name === key)
}

/** What a size may go by. */
function numbersIn({ facts }: Words): Option[] {
  const change = { name: 'change', help: 'By how much the fact changed whose change the rule fires on' }
  const numbers = facts.filter(({ type }) => type === 'number' || type === 'seconds')
  return [...numbers, change].map((word) => plain(word, word.name))
}

/** What the file itself gives a name to: its budgets, and its values wherever one may stand. */
function namedAt(text: string, caret: number, key: string, written: string): Completion | null {
  const [section, before] = key === 'budget' ? ['budgets', ''] : ['values', 'values.']
  if (before !== '' && (written === '' || !(before.startsWith(written) || written.startsWith(before)))) return null
  const [whole = ''] = new RegExp(`^${section}:.*(?:\\n[^\\S\\n]+.*)*`, 'm').exec(text) ?? []
  // In a block a name begins its line, in braces it stands behind one of them or a comma.
  const names = whole.matchAll(/(?:\n {1,4}|^\w+:\s*\{\s*|^\w+:.*,\s*)([a-z][a-z0-9_-]*):/g)
  const options = [...names].map(([, name = '']) => plain({ name: before + name, help: '' }, before + name))
  return offer(caret, written, options)
}

function valueAt(caret: number, key: string, written: string, words: Words): Completion | null {
  if (key === 'tally.add' || key === 'tally.reset') {
    const names = words.facts.flatMap(({ name, help }) =>
      name.startsWith('tally.') ? [{ name: name.slice(6), help }] : [],
    )
    return offer(
      caret,
      written,
      names.map((word) => plain(word, word.name)),
    )
  }
  const choices = ofRule(key, words)?.choices ?? []
  return offer(
    caret,
    written,
    choices.map((name) => ({ label: name, insert: name, help: '' })),
  )
}

/** The keys around a line, the nearest first. */
function keysAbove(above: string, indent: number, isItem: boolean): string[] {
  const keys: string[] = []
  let [column, inList] = [indent, isItem]
  for (const line of above.split('\n').reverse()) {
    if (line.trim() === '' || /^\s*#/.test(line)) continue
    const [, spaces = '', dashes = '', key] = /^(\s*)((?:- )*)(?:([\w.]+):)?/.exec(line) ?? []
    const own = spaces.length + dashes.length
    const isParent = key !== undefined && (own < column || (inList && own === column && dashes === ''))
    if (isParent) keys.push(key)
    // The first line of a list item stands for the whole item.
    if (dashes !== '' && spaces.length < column) [column, inList] = [spaces.length, true]
    else if (isParent) [column, inList] = [own, false]
  }
  return keys
}

function plain({ name, help }: Word, insert: string, more = ''): Option {
  return { label: name, insert, help: more === '' ? help : `${help} (${more})` }
}

function offer(caret: number, written: string, options: readonly Option[]): Completion | null {
  const wanted = written.toLowerCase()
  const starts = options.filter(({ label }) => label.toLowerCase().startsWith(wanted))
  const holds =
    wanted.length < 2
      ? []
      : options.filter(
          ({ label }) => !starts.some((one) => one.label === label) && label.toLowerCase().includes(wanted),
        )
  const fitting = [...starts, ...holds].filter(({ label, insert }) => label !== written || insert.trim() !== written)
  return fitting.length === 0
    ? null
    : { from: caret - written.length, to: caret, options: fitting.slice(0, mostOptions) }
}

const types: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  seconds: 'a length of time, such as 6h',
  number: 'a number',
  text: 'a text',
  texts: 'a list of texts',
  clock: 'a time of day, such as 22:30',
  weekday: 'mon, tue, … sun',
  week: 'a day and time, such as fri 18:00',
  date: 'a date, such as 2026-02-28',
  instant: 'a date, with or without a time',
}

function typeWords(type: string): string {
  return types[type] ?? type
}
