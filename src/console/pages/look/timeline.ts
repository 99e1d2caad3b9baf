import { html, nothing, type TemplateResult } from 'lit-html'
import { type Firing, firingCard, firingId } from '../parts/firing.ts'
import { type Content, keyed, type Shown, sheet } from '../parts/pieces.ts'
import { count } from '../parts/words.ts'
import { readPast } from './past.ts'
import { pictureOf } from './picture.ts'

const spans = [
  [1, '1 day'],
  [3, '3 days'],
  [7, '7 days'],
  [30, '30 days'],
] as const
const longest = 30
const mostListed = 100

/** How many days are shown, for as long as the pages are open. */
let days = 3

/** The past days. */
export async function timeline(lock: string, [wanted]: string[]): Promise<Shown> {
  const { root, draw } = sheet()
  /** The firings of a chosen mark, by their keys; null: all. */
  let chosen: string[] | null = null
  let data = await readPast(lock, days)
  if (wanted && !data.firings.some((firing) => holds(firing, wanted))) {
    days = longest
    data = await readPast(lock, days)
  }
  const choose = (keys: string[] | null) => {
    chosen = keys
    show()
    if (!keys) return
    const first = root.querySelector('.firing')
    if (first instanceof HTMLDetailsElement) first.open = true
    root.querySelector<HTMLElement>('#h-firings')?.focus()
  }
  const look = (n: number) => {
    ;[days, chosen] = [n, null]
    void news()
  }
  const show = () => {
    const width = Math.floor(root.querySelector('.picture')?.getBoundingClientRect().width ?? 0)
    draw(html`<h1 tabindex="-1">Timeline</h1>
      ${spanChoice(look)}
      <section class="card" aria-label="Remaining time">
        <div class="picture">${pictureOf(data, { width: Math.max(280, width || 340), chosen, choose })}</div>
      </section>
      <div>${listOf(lock, { ...data, chosen, wanted, all: () => choose(null) })}</div>`)
  }
  const news = async () => {
    data = await readPast(lock, days).catch(() => data)
    show()
  }
  show()
  const resized = new ResizeObserver(show)
  resized.observe(root.querySelector('.picture') ?? root)
  if (wanted) requestAnimationFrame(() => root.querySelector('details[open]')?.scrollIntoView({ block: 'center' }))
  return { title: 'Timeline', root, news, leave: () => resized.disconnect() }
}

function spanChoice(look: (days: number) => void): TemplateResult {
  return html`<fieldset class="choice">
    <legend class="aside">How many days</legend>
    ${spans.map(
      ([n, words]) =>
        html`<label
          ><input type="radio" name="days" value=${n} .checked=${n === days} @change=${() => look(n)} /><span>${words}</span></label
        >`,
    )}
  </fieldset>`
}

function holds({ rows }: Firing, id: string | undefined): boolean {
  return rows.some((row) => row.id === id)
}

interface Listed {
  firings: readonly Firing[]
  chosen: readonly string[] | null
  /** The id of the action that a link leads to. */
  wanted: string | undefined
  all(): void
}

function listOf(lock: string, { firings: every, chosen, wanted, all }: Listed): TemplateResult {
  const fitting = every.filter(({ key }) => chosen === null || chosen.includes(key))
  const firings = fitting.slice(0, mostListed)
  const only = chosen !== null
  const title = only ? `${count(firings.length, 'firing')} of this mark` : 'What the rules did'
  const rest: Content =
    !only && every.length > firings.length
      ? html`<p class="soft">The newest ${firings.length} of ${every.length} are listed.</p>`
      : nothing
  return html`<section class="card" aria-labelledby="h-firings">
    <h2 id="h-firings" tabindex="-1">${title}</h2>
    ${only ? html`<button class="button quiet" @click=${all}>Show all ${every.length}</button>` : nothing}
    ${firings.length === 0 ? html`<p class="soft">Nothing in this time.</p>` : nothing}
    ${keyed(firings, firingId, (firing) => firingCard(firing, lock, holds(firing, wanted)))}
    ${rest}
  </section>`
}
