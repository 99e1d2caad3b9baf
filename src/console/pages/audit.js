import { ask } from './api.js'
import { h, notice } from './element.js'
import { capital, sayMoment } from './words.js'

const most = 50

/** @type {Record<string, string>} */
const kinds = {
  save: 'Rules',
  undo: 'Rules',
  stop: 'Switch',
  resume: 'Switch',
  accept: 'Lock',
  input: 'Input',
  settle: 'Action',
  release: 'Rules',
  'sign-in': 'Sign-in',
  'sign-out': 'Sign-in',
  'sign-in-failed': 'Sign-in',
  'sign-in-refused': 'Sign-in',
}

/** Who changed what, and when. */
export async function audit() {
  const list = h('ul', { class: 'trail' })
  const more = h('button', { class: 'button', onclick: () => void add() }, 'Earlier ones')
  let entries = /** @type {any[]} */ (await ask('audit', { most }))
  const show = () => {
    const focused = list.contains(document.activeElement) ? document.activeElement?.closest('[id]')?.id : ''
    const open = new Set([...list.querySelectorAll('details[open]')].map(({ id }) => id))
    list.replaceChildren(...entries.map((entry) => entryOf(entry, open)))
    more.hidden = entries.length % most !== 0 || entries.length === 0
    if (focused) document.getElementById(focused)?.querySelector('summary')?.focus()
  }
  const add = async () => {
    entries = [...entries, ...(await ask('audit', { most, before: entries.at(-1)?.at }))]
    show()
  }
  show()
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'Audit'),
    h(
      'p',
      { class: 'soft' },
      'Everything that was done here, by whom, and what it changed. Nothing is ever taken out.',
    ),
    entries.length === 0 ? h('p', { class: 'card soft' }, 'Nothing yet.') : list,
    more,
  )
  const news = async () => {
    const fresh = await ask('audit', { most })
    const newest = entries[0]?.at ?? 0
    const added = fresh.filter((/** @type {any} */ { at }) => at > newest)
    if (added.length === 0) return
    entries = [...added, ...entries]
    show()
  }
  return { title: 'Audit', root, news: () => news().catch(() => undefined) }
}

/** @param {any} entry @param {Set<string>} open */
function entryOf({ at, who, what, lock, said, difference, worst }, open) {
  const id = `entry-${at}-${what}`
  const by = who.role === null ? 'Somebody' : capital(who.role)
  const head = [
    h('span', { class: 'chip' }, kinds[what] ?? what),
    h('span', { class: 'grow' }, h('strong', {}, `${by} `), said, lock ? h('small', {}, ` (${lock})`) : ''),
    h('small', {}, `${sayMoment(at)}, from ${who.address}`),
  ]
  if (difference.length === 0 && !worst) return h('li', { class: 'card', id }, h('div', { class: 'head' }, head))
  return h(
    'li',
    { class: 'card' },
    h(
      'details',
      { id, open: open.has(id) },
      h('summary', {}, h('span', { class: 'head' }, head)),
      difference.length > 0 ? differenceOf(difference) : null,
      worst
        ? notice(
            'warn',
            h('p', {}, h('strong', {}, 'Since then the rules may do more.')),
            h('p', {}, 'Worst case before:'),
            h(
              'ul',
              {},
              worst.before.map((/** @type {string} */ line) => h('li', {}, line)),
            ),
            h('p', {}, 'Worst case after:'),
            h(
              'ul',
              {},
              worst.after.map((/** @type {string} */ line) => h('li', {}, line)),
            ),
          )
        : null,
    ),
  )
}

/** Lines with their sign, told by more than their colour. @param {string[]} lines */
export function differenceOf(lines) {
  return h(
    'pre',
    { class: 'difference', tabindex: '0', role: 'region', 'aria-label': 'What changed' },
    lines.map((line) => {
      const kind = line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'span'
      return h(kind, {}, `${line}\n`)
    }),
  )
}
