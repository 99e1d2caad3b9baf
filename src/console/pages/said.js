import { h } from './element.js'

const shownMs = 6000
let timer = 0

/**
 * Tells something in passing, to the eye and to screen readers.
 * @param {string} text
 * @param {'good' | 'bad'} [kind]
 */
export function say(text, kind = 'good') {
  const place = document.getElementById('said')
  if (!place) return
  clearTimeout(timer)
  place.replaceChildren(h('p', { class: kind }, text))
  timer = setTimeout(() => place.replaceChildren(), shownMs + 60 * text.length)
}

/**
 * Runs what a button does; the button waits meanwhile, and what goes wrong is told.
 * @param {any} button
 * @param {() => Promise<void>} act
 */
export async function doing(button, act) {
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  try {
    await act()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), 'bad')
  } finally {
    button.removeAttribute('aria-disabled')
  }
}
