import { html, nothing, type TemplateResult } from 'lit-html'
import { alongOf, chart } from '../parts/chart.ts'
import { type Firing, signs, signWords, type Toward, towardOf } from '../parts/firing.ts'
import type { Content } from '../parts/pieces.ts'
import { count, sayLength, sayMoment } from '../parts/words.ts'
import type { Past } from './past.ts'

/** Marks are large enough for a finger. */
const markWidth = 44

interface Chosen {
  /** The picture's size, in pixels. */
  width: number
  /** The firings of a chosen mark, by their keys; null: none is chosen. */
  chosen: readonly string[] | null
  choose(keys: string[] | null): void
}

/** The course of some days with the firings on it, and the same in words. */
export function pictureOf(past: Past, given: Chosen): Content {
  const { course, since, until, firings } = past
  const { width } = given
  const last = course.remaining.at(-1)?.at(-1)
  const words = [
    `From ${sayMoment(since)} to now`,
    last ? `${sayLength(last[1])} are left` : 'the remaining time is not known',
    count(firings.length, 'firing'),
    course.gaps.length > 0 ? `${count(course.gaps.length, 'gap')} in which nothing was read` : '',
  ]
  return html`<p class="small soft" id="chart-words">${words.filter(Boolean).join('; ')}.</p>
    ${chart({ course, since, until, width, height: width > 700 ? 280 : 210 })}
    <div class="lane" role="group" aria-label="What the rules did">
      ${marksOf(past, width).map((mark, i) => markButton(mark, i, given))}
    </div>
    <ul class="legend" aria-hidden="true">
      ${(['restricts', 'relief', 'neutral'] as const).map(signEntry)}
      ${course.frozen.length > 0 ? html`<li><span class="swatch cold"></span>frozen</li>` : nothing}
      ${course.gaps.length > 0 ? html`<li><span class="swatch gap"></span>nothing was read</li>` : nothing}
    </ul>`
}

function signEntry(toward: Toward): TemplateResult {
  return html`<li><span class="sign ${toward}">${signs[toward]}</span>${signWords[toward]}</li>`
}

/** Firings that lie closer than a finger is wide. */
interface Mark {
  /** Where, in pixels. */
  at: number
  first: Firing
  firings: Firing[]
}

function marksOf({ firings, since, until }: Past, width: number): Mark[] {
  const marks: Mark[] = []
  for (const firing of firings.toReversed()) {
    if (firing.at < since) continue
    const at = alongOf(firing.at, { since, until, width })
    const last = marks.at(-1)
    if (last && at - last.at < markWidth) last.firings.push(firing)
    else marks.push({ at, first: firing, firings: [firing] })
  }
  return marks
}

function markButton({ at, first, firings }: Mark, i: number, { width, chosen, choose }: Chosen): TemplateResult {
  const toward = firings.some((one) => towardOf(one) === 'restricts') ? 'restricts' : towardOf(first)
  const keys = firings.map(({ key }) => key)
  const isChosen = chosen !== null && chosen.join() === keys.join()
  const words =
    firings.length === 1
      ? `${first.rule}, ${sayMoment(first.at)}, ${signWords[toward]}`
      : `${count(firings.length, 'firing')} around ${sayMoment(first.at)}`
  // Set as a property: the content policy allows no inline styles.
  const left = `left: ${Math.max(0, Math.min(width - markWidth, at - markWidth / 2))}px`
  return html`<button
    class="mark ${toward}"
    id="mark-${i}"
    aria-label=${words}
    title=${words}
    aria-pressed=${isChosen}
    .style=${left}
    @click=${() => choose(isChosen ? null : keys)}
  ><span>${firings.length > 1 ? firings.length : signs[toward]}</span></button>`
}
