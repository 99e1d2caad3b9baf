// What may stand where somebody writes in a rule file. Pure: a text, a caret, and the words there are.

/**
 * @typedef {{ name: string, help: string, type?: string, takes?: string, types?: readonly string[], sample?: string }} Word
 * @typedef {{ facts: Word[], operators: Word[], actions: Word[], keys: Word[], sections: Word[] }} Words
 * @typedef {{ label: string, insert: string, help: string }} Option
 * @typedef {{ from: number, to: number, options: Option[] }} Completion
 */

const mostOptions = 24
const conditionKeys = new Set(['when', 'only_if', 'all', 'any', 'not'])
const groups = [
  { name: 'all', help: 'All of these' },
  { name: 'any', help: 'One of these' },
  { name: 'not', help: 'Not this' },
]
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const draw = { name: 'draw', help: 'One of several lists is drawn, by weight', sample: '' }
const didWord = { name: 'did', help: 'What the action before really did' }

/**
 * What could be written at a place; null where nothing is known to fit.
 * @param {string} text
 * @param {number} caret
 * @param {Words} words
 * @returns {Completion | null}
 */
export function completionAt(text, caret, words) {
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
  const [, indent = '', dash = '', rest = ''] = /^(\s*)((?:- )*)(.*)$/s.exec(before) ?? []
  const keys = keysAbove(text.slice(0, start), indent.length, dash !== '')
  const inline = /^([\w.]+):\s+(.*)$/s.exec(rest)
  const within = inline?.[1] ?? keys.find((key) => key !== 'rules')
  if (inline ? conditionKeys.has(inline[1] ?? '') : dash !== '' && conditionKeys.has(keys[0] ?? '')) {
    return conditionAt(caret, (inline ? (inline[2] ?? '') : rest).replace(/^["'[]\s*/, ''), words, !inline)
  }
  if (inline) return valueAt(caret, within ?? '', inline[2] ?? '', words)
  if (!/^[\w.]*$/.test(rest)) return null
  if (dash !== '' && keys[0] === 'then') {
    const actions = [...words.actions, draw].map((word) => ({
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

/**
 * The word under the caret, where it is one that is known.
 * @param {string} text
 * @param {number} caret
 * @param {Words} words
 * @returns {{ name: string, help: string } | null}
 */
export function wordAt(text, caret, words) {
  const left = /[\w.<>=!-]*$/.exec(text.slice(0, caret))?.[0] ?? ''
  const right = /^[\w.<>=!-]*/.exec(text.slice(caret))?.[0] ?? ''
  const name = left + right
  if (name === '') return null
  const fact = words.facts.find((one) => one.name === name)
  if (fact) return { name, help: `${fact.help} (${typeWords(fact.type ?? '')})` }
  return (
    [...words.actions, ...words.keys, ...words.sections, ...words.operators].find((one) => one.name === name) ?? null
  )
}

/** @param {number} caret @param {string} written @param {Words} words @param {boolean} mayGroup @returns {Completion | null} */
function conditionAt(caret, written, words, mayGroup) {
  const [, fact = '', gap = '', rest = ''] = /^([\w.-]*)(\s*)(.*)$/s.exec(written) ?? []
  if (gap === '' && rest === '') {
    const found = words.facts.map((word) => plain(word, `${word.name} `, typeWords(word.type ?? '')))
    return offer(caret, fact, [...(mayGroup ? groups.map((word) => plain(word, `${word.name}:`)) : []), ...found])
  }
  const known = words.facts.find(({ name }) => name === fact)
  if (!known) return null
  const fitting = words.operators.filter(({ types }) => types?.includes(known.type ?? ''))
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

/** @param {number} caret @param {string} key @param {string} written @param {Words} words @returns {Completion | null} */
function valueAt(caret, key, written, words) {
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
  if (key === 'enabled')
    return offer(
      caret,
      written,
      ['true', 'false'].map((name) => ({ label: name, insert: name, help: '' })),
    )
  if (key === 'on_failure') {
    return offer(
      caret,
      written,
      ['stop', 'continue'].map((name) => ({ label: name, insert: name, help: '' })),
    )
  }
  return null
}

/**
 * The keys around a line, from the nearest out.
 * @param {string} above
 * @param {number} indent
 * @param {boolean} isItem
 */
function keysAbove(above, indent, isItem) {
  const keys = []
  let [column, inList] = [indent, isItem]
  for (const line of above.split('\n').reverse()) {
    if (line.trim() === '' || /^\s*#/.test(line)) continue
    const [, spaces = '', dashes = '', key] = /^(\s*)((?:- )*)(?:([\w.]+):)?/.exec(line) ?? []
    const own = spaces.length + dashes.length
    const isParent = key !== undefined && (own < column || (inList && own === column && dashes === ''))
    if (isParent) keys.push(key)
    // The line that begins an item of a list stands for all of the item.
    if (dashes !== '' && spaces.length < column) [column, inList] = [spaces.length, true]
    else if (isParent) [column, inList] = [own, false]
  }
  return keys
}

/** @param {Word} word @param {string} insert @param {string} [more] @returns {Option} */
function plain({ name, help }, insert, more = '') {
  return { label: name, insert, help: more === '' ? help : `${help} (${more})` }
}

/** @param {number} caret @param {string} written @param {Option[]} options @returns {Completion | null} */
function offer(caret, written, options) {
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

/** @type {Record<string, string>} */
const types = {
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

/** @param {string} type */
function typeWords(type) {
  return types[type] ?? type
}
