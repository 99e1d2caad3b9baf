import { ask } from './api.js'
import { h, notice } from './element.js'
import { hashOf } from './place.js'
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
  seen: 'Seen',
  limits: 'Limits',
  restore: 'Restore',
  refused: 'Refused',
  'sign-in': 'Sign-in',
  'sign-out': 'Sign-in',
  password: 'Password',
  'sign-in-failed': 'Sign-in',
  'sign-in-refused': 'Sign-in',
}

/** @type {Record<string, string>} */
const doers = { command: 'A command', mqtt: 'A message', config: 'The config' }

/** Who changed what, and when. @param {string} lock */
export async function audit(lock) {
  const list = h('ul', { class: 'trail' })
  const more = h('button', { class: 'button', onclick: () => void add() }, 'Earlier ones')
  let entries = /** @type {any[]} */ (await ask('audit', { most }))
  const show = () => {
    const focused = list.contains(document.activeElement) ? document.activeElement?.closest('[id]')?.id : ''
    const open = new Set([...list.querySelectorAll('details[open]')].map(({ id }) => id))
    list.replaceChildren(...entries.map((entry) => entryOf(entry, open)))
    more.hidden = (entries.at(-1)?.place ?? 0) === 0
    if (focused) document.getElementById(focused)?.querySelector('summary')?.focus()
  }
  const add = async () => {
    entries = [...entries, ...(await ask('audit', { most, place: entries.at(-1)?.place }))]
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
    h('p', {}, h('a', { href: hashOf(lock, 'log'), id: 'log' }, 'What the daemon says: its log')),
    entries.length === 0 ? h('p', { class: 'card soft' }, 'Nothing yet.') : list,
    more,
  )
  const news = async () => {
    const fresh = await ask('audit', { most })
    const newest = entries[0]?.place ?? -1
    const added = fresh.filter((/** @type {any} */ { place }) => place > newest)
    if (added.length === 0) return
    entries = [...added, ...entries]
    show()
  }
  return { title: 'Audit', root, news: () => news().catch(() => undefined) }
}

/** @param {any} entry @param {Set<string>} open */
function entryOf({ place, at, who, what, lock, said, difference, worst }, open) {
  const id = `entry-${place}`
  const by = who.role === null ? 'Somebody' : (doers[who.role] ?? capital(who.role))
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
