import { nothing, type SVGTemplateResult, svg, type TemplateResult } from 'lit-html'
import type { Course } from '../../../views/timeline.ts'
import { sayClock, sayLength, zoneName } from './words.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const margin = { left: 46, right: 10, top: 10, bottom: 22 }

/** The data of a picture, and its size in pixels. */
export interface Pictured {
  course: Course
  /** Epoch milliseconds. */
  since: number
  until: number
  width: number
  height: number
}

/** The scales of a picture. */
interface Scale extends Pictured {
  x(at: number): number
  y(seconds: number): number
  bottom: number
}

/** A picture of the remaining time over some days. The text beside it says the same. */
export function chart(pictured: Pictured): TemplateResult<2> {
  const { course, since, until, width, height } = pictured
  const highest = Math.max(3600, ...course.remaining.flat().map(([, seconds]) => seconds))
  const step = stepOf(highest)
  const top = Math.ceil(highest / step) * step
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }
  const bottom = margin.top + inner.height
  const scale: Scale = {
    ...pictured,
    x: (at) => margin.left + (inner.width * (at - since)) / (until - since),
    y: (seconds) => margin.top + inner.height * (1 - seconds / top),
    bottom,
  }
  const levels = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
  return svg`<svg class="chart" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img" aria-labelledby="chart-words">
    <defs>
      <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line x1="0" y1="0" x2="0" y2="8" class="hatch"></line>
      </pattern>
    </defs>
    ${course.frozen.map((one) => band(one, 'cold', scale))}
    ${levels.map((level) => levelLine(level, scale))}
    ${ticksOf(since, until, Math.max(2, Math.floor(inner.width / 64))).map((tick) => tickLine(tick, scale))}
    ${course.gaps.map((one) => band(one, 'gap', scale))}
    ${course.remaining.map((line) => courseLine(line, scale))}
    <line class="axis" x1=${margin.left} x2=${width - margin.right} y1=${bottom} y2=${bottom}></line>
  </svg>`
}

function band({ from, to }: Course['gaps'][number], kind: 'cold' | 'gap', { x, bottom }: Scale): SVGTemplateResult {
  const width = Math.max(1, x(to) - x(from)).toFixed(1)
  const fill = kind === 'gap' ? 'url(#hatch)' : nothing
  return svg`<rect class=${kind} x=${x(from).toFixed(1)} y=${margin.top} width=${width} height=${bottom - margin.top} fill=${fill}></rect>`
}

function levelLine(level: number, { y, width }: Scale): SVGTemplateResult {
  const words = level === 0 ? '0' : sayLength(level)
  return svg`<line class="grid" x1=${margin.left} x2=${width - margin.right} y1=${y(level)} y2=${y(level)}></line>
    <text x=${margin.left - 6} y=${y(level) + 4} text-anchor="end">${words}</text>`
}

function tickLine({ at, words }: Tick, { x, bottom, height }: Scale): SVGTemplateResult {
  return svg`<line class="grid" x1=${x(at)} x2=${x(at)} y1=${margin.top} y2=${bottom}></line>
    <text x=${x(at)} y=${height - 6} text-anchor="middle">${words}</text>`
}

function courseLine(line: Course['remaining'][number], { x, y, bottom, since }: Scale): SVGTemplateResult {
  const points = line.map(([at, seconds]) => `${x(at).toFixed(1)} ${y(seconds).toFixed(1)}`).join(' L')
  const [from, to] = [line[0], line.at(-1)].map((end) => x(end?.[0] ?? since).toFixed(1))
  return svg`<path class="area" d="M${from} ${bottom} L${points} L${to} ${bottom} Z"></path>
    <path class="line" d="M${points}"></path>`
}

/** The position of a moment in a chart of this width, in pixels. */
export function alongOf(at: number, { since, until, width }: Pick<Pictured, 'since' | 'until' | 'width'>): number {
  return margin.left + ((width - margin.left - margin.right) * (at - since)) / (until - since)
}

/** How far apart levels are, in seconds. */
function stepOf(highest: number): number {
  const steps = [900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 1_209_600, 2_592_000]
  return steps.find((step) => highest / step <= 4) ?? 7_776_000
}

interface Tick {
  at: number
  words: string
}

/** Round moments of the zone's own time. */
function ticksOf(since: number, until: number, most: number): Tick[] {
  const steps = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672].map((hours) => hours * hourMs)
  const step = steps.find((one) => (until - since) / one <= most) ?? 60 * dayMs
  const offset = offsetOf(since)
  const ticks: Tick[] = []
  for (let at = Math.ceil((since + offset) / step) * step - offset; at < until - step / 4; at += step) {
    const day = new Intl.DateTimeFormat('en-GB', { timeZone: zoneName(), day: 'numeric', month: 'short' }).format(at)
    ticks.push({ at, words: step >= dayMs || sayClock(at) === '00:00' ? day : sayClock(at) })
  }
  return ticks
}

/** The zone's offset from UTC at a moment, in milliseconds. */
function offsetOf(at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zoneName(), timeZoneName: 'longOffset' }).formatToParts(at)
  const [, sign, hours = '0', minutes = '0'] =
    /GMT([+-])(\d{2}):(\d{2})/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * 60_000)
}
