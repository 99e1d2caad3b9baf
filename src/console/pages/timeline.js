import { ask } from './api.js'
import { alongOf, chart } from './chart.js'
import { now } from './clock.js'
import { h, part } from './element.js'
import { firingCard, firingsIn, signs, signWords, towardOf } from './firing.js'
import { count, sayLength, sayMoment } from './words.js'

const dayMs = 86_400_000
const spans = /** @type {const} */ ([
  [1, '1 day'],
  [3, '3 days'],
  [7, '7 days'],
  [30, '30 days'],
])
/** Marks have room for a finger. */
const markWidth = 44
const most = 1000
const mostListed = 100

let days = 3

/** What was, over some days. @param {string} lock @param {string[]} rest */
export async function timeline(lock, [wanted]) {
  /** The firings of a chosen mark, by their keys; null: all. @type {string[] | null} */
  let chosen = null
  let data = await read(lock)
  const picture = h('div', { class: 'picture' })
  const list = part((given) => listOf(given, lock, wanted, () => choose(null)))
  const choose = (/** @type {string[] | null} */ keys) => {
    chosen = keys
    draw()
    if (keys) {
      const first = list.root.querySelector('details')
      if (first) first.open = true
      list.root.querySelector('h2')?.focus()
    }
  }
  const draw = () => {
    const width = Math.max(280, Math.floor(picture.getBoundingClientRect().width) || 340)
    const focused = picture.contains(document.activeElement) ? document.activeElement?.id : ''
    picture.replaceChildren(...pictureOf(data, width, chosen, choose))
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
    const firings = data.firings.filter(({ key }) => chosen === null || chosen.includes(key))
    list.show({ firings: firings.slice(0, mostListed), of: data.firings.length, only: chosen !== null })
  }
  const news = async () => {
    data = await read(lock)
    draw()
  }
  const choice = h(
    'fieldset',
    { class: 'choice' },
    h('legend', { class: 'aside' }, 'How many days'),
    spans.map(([n, words]) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'days',
          value: n,
          checked: n === days,
          onchange: () => {
            days = n
            chosen = null
            void news()
          },
        }),
        h('span', {}, words),
      ),
    ),
  )
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'Timeline'),
    choice,
    h('section', { class: 'card', 'aria-label': 'Remaining time' }, picture),
    list.root,
  )
  const resized = new ResizeObserver(() => draw())
  resized.observe(picture)
  if (wanted && !data.firings.some(({ rows }) => rows.some((/** @type {any} */ row) => row.id === wanted))) {
    days = 30
    data = await read(lock)
    for (const input of choice.querySelectorAll('input')) input.checked = input.value === '30'
  }
  draw()
  if (wanted) requestAnimationFrame(() => list.root.querySelector('details[open]')?.scrollIntoView({ block: 'center' }))
  return {
    title: 'Timeline',
    root,
    news: () => news().catch(() => undefined),
    leave: () => resized.disconnect(),
  }
}

/** @param {string} lock */
async function read(lock) {
  const since = Math.round(now() - days * dayMs)
  const [[found], status] = await Promise.all([
    ask('timeline', { lock, since, most }),
    ask('facts', { lock, names: 'lock.timeRemainingSeconds,lock.frozen' }),
  ])
  const course = found.course ?? { remaining: [], frozen: [], gaps: [] }
  const left = status[0].facts.find((/** @type {any} */ one) => one.name === 'lock.timeRemainingSeconds')
  const until = found.now
  const last = course.remaining.at(-1)
  // What was read last is where the line has got to.
  if (left && left.unknown === null) {
    if (last) last.push([until, left.value])
    else course.remaining.push([[until, left.value]])
  } else if (last?.length) course.gaps.push({ from: last.at(-1)[0], to: until })
  const begun = Math.min(
    ...course.remaining.flat().map((/** @type {any} */ [at]) => at),
    ...found.past.map((/** @type {any} */ row) => row.plannedAt),
  )
  const from = Number.isFinite(begun) ? Math.max(found.since, Math.min(begun, until - 3_600_000)) : found.since
  return { course, since: from, until, firings: firingsIn(found.past) }
}

/** @param {any} data @param {number} width @param {string[] | null} chosen @param {(keys: string[] | null) => void} choose */
function pictureOf({ course, since, until, firings }, width, chosen, choose) {
  const height = width > 700 ? 280 : 210
  const marks = marksOf(firings, since, until, width)
  const lane = h(
    'div',
    { class: 'lane', role: 'group', 'aria-label': 'What the rules did' },
    marks.map(({ at, firings: own }, i) => {
      const toward =
        own.length === 1 ? towardOf(own[0]) : (own.map(towardOf).find((one) => one === 'restricts') ?? towardOf(own[0]))
      const keys = own.map((/** @type {any} */ one) => one.key)
      const isChosen = chosen !== null && chosen.join() === keys.join()
      const words =
        own.length === 1
          ? `${own[0].rule}, ${sayMoment(own[0].at)}, ${signWords[toward]}`
          : `${count(own.length, 'firing')} around ${sayMoment(own[0].at)}`
      const mark = h(
        'button',
        {
          class: `mark ${toward}`,
          id: `mark-${i}`,
          'aria-label': words,
          title: words,
          'aria-pressed': isChosen ? 'true' : 'false',
          onclick: () => choose(isChosen ? null : keys),
        },
        h('span', {}, own.length > 1 ? String(own.length) : signs[toward]),
      )
      mark.style.left = `${Math.max(0, Math.min(width - markWidth, at - markWidth / 2))}px`
      return mark
    }),
  )
  const last = course.remaining.at(-1)?.at(-1)
  const words = [
    `From ${sayMoment(since)} to now`,
    last ? `${sayLength(last[1])} are left` : 'it is not known how much is left',
    count(firings.length, 'firing'),
    course.gaps.length > 0 ? `${count(course.gaps.length, 'gap')} in which nothing was read` : '',
  ]
  return [
    h('p', { class: 'small soft', id: 'chart-words' }, `${words.filter(Boolean).join('; ')}.`),
    chart({ course, since, until, width, height }),
    lane,
    h(
      'ul',
      { class: 'legend', 'aria-hidden': 'true' },
      Object.entries(signs).map(([toward, sign]) =>
        h('li', {}, h('span', { class: `sign ${toward}` }, sign), signWords[toward]),
      ),
      course.frozen.length > 0 ? h('li', {}, h('span', { class: 'swatch cold' }), 'frozen') : null,
      course.gaps.length > 0 ? h('li', {}, h('span', { class: 'swatch gap' }), 'nothing was read') : null,
    ),
  ]
}

/** Firings that lie closer than a finger is wide are one mark. @param {any[]} firings @param {number} since @param {number} until @param {number} width */
function marksOf(firings, since, until, width) {
  const marks = /** @type {{ at: number, firings: any[] }[]} */ ([])
  for (const firing of [...firings].reverse()) {
    if (firing.at < since) continue
    const at = alongOf(firing.at, since, until, width)
    const last = marks.at(-1)
    if (last && at - last.at < markWidth) last.firings.push(firing)
    else marks.push({ at, firings: [firing] })
  }
  return marks
}

/** @param {any} given @param {string} lock @param {string | undefined} wanted @param {() => void} all */
function listOf({ firings, of, only }, lock, wanted, all) {
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'h-firings' },
    h(
      'h2',
      { id: 'h-firings', tabindex: '-1' },
      only ? `${count(firings.length, 'firing')} of this mark` : 'What the rules did',
    ),
    only ? h('button', { class: 'button quiet', onclick: all }, `Show all ${of}`) : null,
    firings.length === 0 ? h('p', { class: 'soft' }, 'Nothing in this time.') : null,
    firings.map((/** @type {any} */ firing) =>
      firingCard(
        firing,
        lock,
        firing.rows.some((/** @type {any} */ row) => row.id === wanted),
      ),
    ),
    !only && of > firings.length
      ? h('p', { class: 'soft' }, `The newest ${firings.length} of ${of} are listed.`)
      : null,
  )
}
