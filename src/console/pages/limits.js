import { h } from './element.js'
import { sayLength } from './words.js'

/** @type {Record<string, string>} */
const names = {
  add_time: 'Time added',
  remove_time: 'Time removed',
  freeze: 'Frozen',
  task: 'Tasks',
  game: 'Games',
  device: 'Device commands',
  actions: 'Actions of any kind',
}
/** @type {Record<string, string>} */
const periods = { hour: 'this hour', day: 'today', week: 'this week', lock: 'on this lock' }

/** How much of the agreed limits is used up, as bars with their words. @param {any[]} limits */
export function limitBars(limits) {
  if (limits.length === 0) return h('p', { class: 'soft' }, 'There is no lock to count for.')
  const used = limits.filter((one) => one.used > 0)
  const unused = limits.filter((one) => one.used === 0)
  return [
    used.length > 0 ? bars(used) : h('p', { class: 'soft' }, 'Nothing of them is used.'),
    unused.length > 0
      ? h('details', { id: 'limits-unused' }, h('summary', {}, `Not used yet (${unused.length})`), bars(unused))
      : null,
  ]
}

/** @param {any[]} limits */
function bars(limits) {
  return h(
    'ul',
    { class: 'bars' },
    limits.map(({ limit, per, unit, used, of }) => {
      const share = of === 0 ? 1 : Math.min(1, used / of)
      const size = (/** @type {number} */ n) => (unit === 'seconds' ? sayLength(n) : String(n))
      const often = unit === 'times' && (limit === 'freeze' || limit.endsWith('_time')) ? ' times' : ''
      const fill = h('span', { class: `fill${share >= 1 ? ' full' : share >= 0.8 ? ' near' : ''}` })
      fill.style.width = `${Math.round(share * 100)}%`
      return h(
        'li',
        {},
        h(
          'p',
          {},
          h('span', {}, `${names[limit] ?? limit} ${periods[per]}`),
          h('span', {}, `${size(used)} of ${size(of)}${often}`),
        ),
        h('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill),
      )
    }),
  )
}
