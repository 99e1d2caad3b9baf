import { html, nothing, render } from 'lit-html'
import { wordsOf } from '../wire/api.ts'

const shownMs = 6000
let timer = 0

/** Shows a short message, also to screen readers. */
export function say(text: string, kind: 'good' | 'bad' = 'good'): void {
  const place = document.getElementById('said')
  if (!place) return
  clearTimeout(timer)
  // A screen reader reads a newly inserted text, even if it is the same.
  render(nothing, place)
  render(html`<p class=${kind}>${text}</p>`, place)
  timer = window.setTimeout(() => render(nothing, place), shownMs + 60 * text.length)
}

/** Runs the action of a button. The button is disabled meanwhile, and an error is shown. */
export async function doing(button: Element, act: () => Promise<void>): Promise<void> {
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  try {
    await act()
  } catch (error) {
    say(wordsOf(error), 'bad')
  } finally {
    button.removeAttribute('aria-disabled')
  }
}

/** The same for the pressed button. */
export function pressed(act: () => Promise<void>): (event: Event) => void {
  return ({ currentTarget }) => {
    if (currentTarget instanceof Element) void doing(currentTarget, act)
  }
}
