import { h } from './element.js'
import { hashOf } from './place.js'
import { capital, count, friendly, sayMoment } from './words.js'

/** What became of an action, as a kind and in a word. @type {Record<string, [string, string]>} */
const states = {
  planned: ['', 'waits'],
  sending: ['', 'on its way'],
  'not-sent': ['', 'not sent yet'],
  unknown: ['warn', 'not known'],
  applied: ['good', 'done'],
  'not-applied': ['off', 'did not happen'],
  rejected: ['bad', 'rejected'],
  refused: ['off', 'refused'],
  cancelled: ['off', 'left out'],
  expired: ['off', 'too late'],
  unsettled: ['warn', 'not known'],
  'dry-run': ['off', 'not sent: dry run'],
}

/** A sign for what a firing does: up, down, or neither. @param {any} firing */
export function towardOf({ rows }) {
  const toward = new Set(rows.map((/** @type {any} */ row) => row.toward))
  return toward.has('restricts') ? 'restricts' : toward.has('relief') ? 'relief' : 'neutral'
}

/** @type {Record<string, string>} */
export const signs = { restricts: '▲', relief: '▼', neutral: '●' }
/** @type {Record<string, string>} */
export const signWords = { restricts: 'restricts', relief: 'relieves', neutral: 'says or counts' }

/** A firing with all that became of it. @param {any} firing @param {string} lock @param {boolean} open */
export function firingCard(firing, lock, open) {
  const toward = towardOf(firing)
  const { rule, at, rows } = firing
  return h(
    'details',
    { class: 'firing', id: `firing-${rows[0].id}`, open },
    h(
      'summary',
      {},
      h('span', { class: `sign ${toward}`, 'aria-hidden': 'true' }, signs[toward]),
      h(
        'span',
        { class: 'grow' },
        h('strong', {}, rule),
        h('small', {}, ` ${sayMoment(at)}`),
        h('br'),
        h('span', {}, shortOf(rows)),
      ),
    ),
    h(
      'div',
      { class: 'inside' },
      rows.map((/** @type {any} */ row) => rowOf(row)),
      h('p', {}, h('a', { href: hashOf(lock, 'rules', rule) }, `The rule ${rule}, and why it fires or not`)),
    ),
  )
}

/** @param {any[]} rows */
function shortOf(rows) {
  const [first] = rows
  const more = rows.length - 1
  return `${sayRow(first)}${more > 0 ? `, and ${count(more, 'action')} more` : ''}`
}

/** What an action did, or what became of it. @param {any} row */
export function sayRow({ state, did, said }) {
  if (state === 'applied' && typeof did?.did === 'string') return capital(did.did)
  return capital(friendly(said).replace(/^[\w.]+/, (/** @type {string} */ name) => name.replaceAll(/[_.]/g, ' ')))
}

/** @param {any} row */
function rowOf(row) {
  const [kind, word] = states[row.state] ?? ['', row.state]
  const lines = [
    ['Due', sayMoment(row.due)],
    row.sentAt === null
      ? null
      : ['Sent', `${sayMoment(row.sentAt)}${row.attempts > 1 ? `, ${row.attempts} times` : ''}`],
    row.endedAt === null ? null : ['Answered', sayMoment(row.endedAt)],
    row.note === '' ? null : ['Note', capital(row.note)],
    row.trouble === null ? null : ['Trouble', row.trouble],
    row.sent === null ? null : ['As it was sent', h('code', {}, JSON.stringify(row.sent))],
    ['Number', row.id],
  ].filter((line) => line !== null)
  return h(
    'div',
    { class: 'action' },
    h('p', {}, h('strong', {}, sayRow(row)), ' ', h('span', { class: `chip ${kind}` }, word)),
    h(
      'dl',
      {},
      lines.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
  )
}

/** Rows of one firing belong together. @param {any[]} rows */
export function firingsIn(rows) {
  const firings = new Map()
  for (const row of rows) {
    const key = `${row.session} ${row.mode} ${row.rule} ${row.occurrence}`
    const firing = firings.get(key) ?? { key, rule: row.rule, at: row.plannedAt, mode: row.mode, rows: [] }
    firings.set(key, firing)
    firing.rows.unshift(row)
  }
  return [...firings.values()]
}
