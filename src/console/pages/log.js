import { ask } from './api.js'
import { h } from './element.js'
import { capital } from './words.js'

const most = 300
const levels = /** @type {const} */ ([
  ['debug', 'everything'],
  ['info', 'what happens'],
  ['warn', 'troubles'],
  ['error', 'errors'],
])

/** The last lines of the daemon's log, as loud as one wants. */
export async function log() {
  const list = h('ul', { class: 'trail', id: 'log-lines' })
  const note = h('p', { class: 'soft' })
  const choice = h(
    'select',
    { id: 'log-level', onchange: () => void news() },
    levels.map(([value, words]) => h('option', { value, selected: value === 'info' }, capital(words))),
  )
  const show = async () => {
    const page = await ask('log', { most, least: choice.value })
    note.textContent =
      page.level === 'debug'
        ? ''
        : `The log says ${page.level} and what is louder; "lockwarden log --level debug" has it say more.`
    list.replaceChildren(...page.lines.map(lineOf).reverse())
    if (page.lines.length === 0) list.append(h('li', { class: 'card soft' }, 'Nothing yet.'))
  }
  const news = () => show().catch(() => undefined)
  await show()
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'Log'),
    h('p', {}, h('label', { for: 'log-level' }, 'Show '), choice),
    note,
    list,
  )
  return { title: 'Log', root, news }
}

/** @type {Record<number, [string, string]>} */
const kinds = { 20: ['off', 'Detail'], 30: ['good', 'Note'], 40: ['warn', 'Trouble'], 50: ['bad', 'Error'] }

/** @param {{ n: number, level: number, text: string }} line */
function lineOf({ n, level, text }) {
  const { time = '', lock, msg, error } = JSON.parse(text)
  const words = [msg, error].filter((part) => part !== undefined && part !== '').join(': ')
  const [kind, name] = kinds[level] ?? ['off', String(level)]
  return h(
    'li',
    { class: 'card', id: `line-${n}` },
    h(
      'div',
      { class: 'head' },
      h('span', { class: `chip ${kind}` }, name),
      h('span', { class: 'grow' }, words, lock ? h('small', {}, ` (${lock})`) : ''),
      h(
        'small',
        {},
        String(time)
          .replace('T', ' ')
          .replace(/\.\d+Z$/, ' UTC'),
      ),
    ),
  )
}
