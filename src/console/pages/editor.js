import { ask, send } from './api.js'
import { completionAt, wordAt } from './completion.js'
import { h } from './element.js'
import { capital, count } from './words.js'

const checkAfterMs = 500

/**
 * A text of rules being written: line numbers, what could come next, and faults as they are made.
 * @param {{ lock: string, name: string, text: string, readOnly: boolean, changed: (text: string) => void }} given
 */
export function editor({ lock, name, text, readOnly, changed }) {
  let words = /** @type {any} */ (null)
  let completion = /** @type {import('./completion.js').Completion | null} */ (null)
  let active = -1
  let timer = 0
  let turn = 0
  let faults = /** @type {any[]} */ ([])

  const numbers = h('pre', { class: 'numbers', 'aria-hidden': 'true' })
  const area = h('textarea', {
    id: 'yaml',
    'aria-label': `Text of ${name}`,
    'aria-describedby': 'faults-said yaml-help',
    'aria-autocomplete': 'list',
    'aria-controls': 'suggestions',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    wrap: 'off',
    rows: 18,
    readonly: readOnly,
  })
  area.value = text
  const help = h('p', { class: 'help', id: 'word-help' })
  const list = h('ul', {
    id: 'suggestions',
    role: 'listbox',
    tabindex: '0',
    'aria-label': 'Suggestions',
    class: 'suggestions',
  })
  const told = h('p', { class: 'aside', role: 'status', id: 'suggestions-said' })
  const faultsSaid = h('p', { id: 'faults-said', role: 'status', class: 'small' })
  const faultList = h('ul', { class: 'faults' })

  const number = () => {
    const lines = area.value.split('\n').length
    const wrong = new Set(faults.filter(({ file }) => file === name).map(({ line }) => line))
    numbers.replaceChildren(
      ...Array.from({ length: lines }, (_, i) => h('span', { class: wrong.has(i + 1) ? 'wrong' : '' }, `${i + 1}\n`)),
    )
    numbers.scrollTop = area.scrollTop
  }
  const jump = (/** @type {number} */ line, column = 1) => {
    const lines = area.value.split('\n')
    const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0)
    const at = from + Math.max(0, column - 1)
    area.focus()
    area.setSelectionRange(at, from + (lines[line - 1]?.length ?? 0))
    const height = area.scrollHeight / Math.max(1, lines.length)
    area.scrollTop = Math.max(0, (line - 4) * height)
    numbers.scrollTop = area.scrollTop
  }
  const showFaults = (/** @type {any[]} */ found) => {
    faults = found
    const bad = found.filter(({ severity }) => severity === 'fault').length
    const notes = found.length - bad
    const parts = [bad > 0 ? count(bad, 'mistake') : 'No mistakes', notes > 0 ? count(notes, 'note') : '']
    faultsSaid.textContent = `${parts.filter(Boolean).join(', ')}.`
    faultsSaid.className = `small ${bad > 0 ? 'bad' : 'good'}`
    faultList.replaceChildren(
      ...found.map(({ file, line, column, severity, message, hint }) => {
        const where = file === name ? `Line ${line}` : `${file}, line ${line}`
        const body = [h('strong', {}, `${where}: `), `${message}.`, hint ? h('small', {}, ` ${capital(hint)}`) : '']
        return h(
          'li',
          { class: severity === 'fault' ? 'bad' : 'warn' },
          file === name ? h('button', { onclick: () => jump(line, column) }, body) : h('p', {}, body),
        )
      }),
    )
    number()
  }
  const check = async () => {
    turn += 1
    const own = turn
    try {
      const { faults: found } = await send('rule-files/check', { lock, name, text: area.value })
      if (own === turn) showFaults(found)
    } catch (error) {
      if (own === turn) faultsSaid.textContent = error instanceof Error ? error.message : ''
    }
  }
  const suggest = () => {
    active = -1
    completion =
      words && !readOnly && area.selectionStart === area.selectionEnd
        ? completionAt(area.value, area.selectionStart, words)
        : null
    const word = words ? wordAt(area.value, area.selectionStart, words) : null
    help.replaceChildren(...(word ? [h('code', {}, word.name), ` ${word.help}`] : []))
    const options = completion?.options ?? []
    list.replaceChildren(
      ...options.map(({ label, help: about }, i) =>
        h(
          'li',
          {
            role: 'option',
            id: `suggestion-${i}`,
            'aria-selected': 'false',
            title: about,
            onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
            onclick: () => insert(i),
          },
          label,
        ),
      ),
    )
    list.hidden = options.length === 0
    list.scrollLeft = 0
    for (const one of [area, list]) one.removeAttribute('aria-activedescendant')
  }
  const choose = (/** @type {number} */ next) => {
    const options = completion?.options ?? []
    if (options.length === 0) return
    active = (next + options.length) % options.length
    for (const [i, item] of [...list.children].entries()) {
      item.setAttribute('aria-selected', i === active ? 'true' : 'false')
      if (i === active) item.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    }
    for (const one of [area, list]) one.setAttribute('aria-activedescendant', `suggestion-${active}`)
    const option = options[active]
    help.replaceChildren(h('code', {}, option?.label ?? ''), ` ${option?.help ?? ''}`)
    told.textContent = `${option?.label}: ${option?.help}`
  }
  const insert = (/** @type {number} */ i) => {
    const option = completion?.options[i]
    if (!completion || !option) return
    area.focus()
    area.setRangeText(option.insert, completion.from, completion.to, 'end')
    written()
  }
  const written = () => {
    changed(area.value)
    number()
    suggest()
    clearTimeout(timer)
    timer = window.setTimeout(() => void check(), checkAfterMs)
  }
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const opens = (event.ctrlKey && event.key === ' ') || (event.altKey && event.key === 'ArrowDown')
    if (active === -1) {
      if (opens && completion) {
        event.preventDefault()
        choose(0)
      } else if (event.key === 'Enter' && event.currentTarget === area && !readOnly) newLine(event)
      return
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowRight' || opens) choose(active + 1)
    else if (event.key === 'ArrowUp' || event.key === 'ArrowLeft') choose(active - 1)
    else if (event.key === 'Enter') insert(active)
    else if (event.key === 'Escape') suggest()
    else return
    event.preventDefault()
  }
  /** A new line begins where the one before did. @param {KeyboardEvent} event */
  const newLine = (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const { selectionStart: at } = area
    const line = area.value.slice(area.value.lastIndexOf('\n', at - 1) + 1, at)
    const [indent = ''] = /^ */.exec(line) ?? []
    const deeper = /:\s*$/.test(line) ? (/^ *- /.test(line) ? '    ' : '  ') : /^ *- [\w]+:/.test(line) ? '  ' : ''
    area.setRangeText(`\n${indent}${deeper}`, at, area.selectionEnd, 'end')
    written()
  }

  area.addEventListener('input', written)
  area.addEventListener('keydown', keys)
  list.addEventListener('keydown', keys)
  list.addEventListener('focus', () => choose(Math.max(0, active)))
  area.addEventListener('scroll', () => {
    numbers.scrollTop = area.scrollTop
  })
  for (const moved of ['click', 'keyup', 'focus']) {
    area.addEventListener(moved, (/** @type {any} */ event) => {
      if (moved !== 'keyup' || /^(Arrow|Home|End|Page)/.test(event.key)) if (active === -1) suggest()
    })
  }
  void ask('catalogue', { lock }).then(
    (found) => {
      words = found
    },
    () => undefined,
  )
  number()
  list.hidden = true
  if (!readOnly) void check()

  return {
    root: h(
      'div',
      { class: 'editor' },
      h('div', { class: 'sheet' }, numbers, area),
      list,
      help,
      readOnly
        ? null
        : h(
            'p',
            { class: 'small soft', id: 'yaml-help' },
            'Suggestions stand right below the text: choose one by a tap, or by Ctrl + Space, the arrows and Enter.',
          ),
      told,
      faultsSaid,
      faultList,
    ),
    text: () => area.value,
    set(/** @type {string} */ next) {
      area.value = next
      written()
    },
    jump,
    showFaults,
    hasFaults: () => faults.some(({ severity }) => severity === 'fault'),
    leave: () => clearTimeout(timer),
  }
}
