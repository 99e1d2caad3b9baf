import { svg } from './element.js'
import { sayClock, sayLength, zoneName } from './words.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const margin = { left: 46, right: 10, top: 10, bottom: 22 }

/**
 * The remaining time over some days, as a picture. Everything in it is told in words beside it, too.
 * @param {{ course: any, since: number, until: number, width: number, height: number }} given
 */
export function chart({ course, since, until, width, height }) {
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }
  const highest = Math.max(3600, ...course.remaining.flat().map((/** @type {any} */ [, seconds]) => seconds))
  const step = stepOf(highest)
  const top = Math.ceil(highest / step) * step
  const x = (/** @type {number} */ at) => margin.left + (inner.width * (at - since)) / (until - since)
  const y = (/** @type {number} */ seconds) => margin.top + inner.height * (1 - seconds / top)
  const bottom = margin.top + inner.height
  const band =
    (/** @type {string} */ kind) =>
    (/** @type {any} */ { from, to }) =>
      svg('rect', {
        class: kind,
        x: x(from).toFixed(1),
        y: margin.top,
        width: Math.max(1, x(to) - x(from)).toFixed(1),
        height: inner.height,
        ...(kind === 'gap' ? { fill: 'url(#hatch)' } : {}),
      })
  const levels = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
  return svg(
    'svg',
    { class: 'chart', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-labelledby': 'chart-words' },
    svg(
      'defs',
      {},
      svg(
        'pattern',
        { id: 'hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        svg('line', { x1: 0, y1: 0, x2: 0, y2: 8, class: 'hatch' }),
      ),
    ),
    course.frozen.map(band('cold')),
    levels.map((level) => [
      svg('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: y(level), y2: y(level) }),
      svg('text', { x: margin.left - 6, y: y(level) + 4, 'text-anchor': 'end' }, level === 0 ? '0' : sayLength(level)),
    ]),
    ticksOf(since, until, Math.max(2, Math.floor(inner.width / 64))).map(({ at, words }) => [
      svg('line', { class: 'grid', x1: x(at), x2: x(at), y1: margin.top, y2: bottom }),
      svg('text', { x: x(at), y: height - 6, 'text-anchor': 'middle' }, words),
    ]),
    course.gaps.map(band('gap')),
    course.remaining.map((/** @type {[number, number][]} */ line) => {
      const points = line.map(([at, seconds]) => `${x(at).toFixed(1)} ${y(seconds).toFixed(1)}`)
      const [first = [since], last = first] = [line[0], line.at(-1)]
      const [from, to] = [x(first[0] ?? since).toFixed(1), x(last?.[0] ?? since).toFixed(1)]
      return [
        svg('path', { class: 'area', d: `M${from} ${bottom} L${points.join(' L')} L${to} ${bottom} Z` }),
        svg('path', { class: 'line', d: `M${points.join(' L')}` }),
      ]
    }),
    svg('line', { class: 'axis', x1: margin.left, x2: width - margin.right, y1: bottom, y2: bottom }),
  )
}

/** Where a moment lies along the chart, in pixels. @param {number} at @param {number} since @param {number} until @param {number} width */
export function alongOf(at, since, until, width) {
  return margin.left + ((width - margin.left - margin.right) * (at - since)) / (until - since)
}

/** @param {number} highest Seconds. */
function stepOf(highest) {
  const steps = [900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 1_209_600, 2_592_000]
  return steps.find((step) => highest / step <= 4) ?? 7_776_000
}

/** Round moments of the zone's own time. @param {number} since @param {number} until @param {number} most */
function ticksOf(since, until, most) {
  const steps = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672].map((hours) => hours * hourMs)
  const step = steps.find((one) => (until - since) / one <= most) ?? 60 * dayMs
  const offset = offsetOf(since)
  const ticks = []
  for (let at = Math.ceil((since + offset) / step) * step - offset; at < until - step / 4; at += step) {
    const day = new Intl.DateTimeFormat('en-GB', { timeZone: zoneName(), day: 'numeric', month: 'short' }).format(at)
    ticks.push({ at, words: step >= dayMs || sayClock(at) === '00:00' ? day : sayClock(at) })
  }
  return ticks
}

/** How far the zone's own time is ahead of UTC at a moment, in milliseconds. @param {number} at */
function offsetOf(at) {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zoneName(), timeZoneName: 'longOffset' }).formatToParts(at)
  const [, sign, hours = '0', minutes = '0'] =
    /GMT([+-])(\d{2}):(\d{2})/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * 60_000)
}
