import { html, nothing, type TemplateResult } from 'lit-html'
import { card, keyed } from '../parts/pieces.ts'
import { pressed, say } from '../parts/said.ts'
import { capital, sayLength } from '../parts/words.ts'
import type { InputNow } from '../wire/answers.ts'
import { send } from '../wire/api.ts'
import { may, whoLooks } from '../wire/session.ts'

/** The switches and buttons of the rules. */
export function inputsCard(
  lock: string,
  inputs: readonly InputNow[],
  again: () => void,
): TemplateResult | typeof nothing {
  if (inputs.length === 0) return nothing
  const one = (input: InputNow) => inputOf(lock, input, again)
  return card(
    'Switches and buttons',
    keyed(inputs, ({ name }) => name, one),
  )
}

function inputOf(lock: string, { name, type, by, value, secondsAgo }: InputNow, again: () => void): TemplateResult {
  const { role } = whoLooks()
  const mine = may('set') && role !== null && by.includes(role)
  const words = name.replaceAll(/[_-]/g, ' ')
  const ago = secondsAgo === null ? null : Math.floor(secondsAgo / 60)
  const since = capital(ago === null ? 'never used' : ago < 1 ? 'just now' : `${sayLength(ago * 60)} ago`)
  const set = (wanted: 'on' | 'off' | 'press') =>
    pressed(async () => {
      await send('set', { lock, input: name, value: wanted })
      say(wanted === 'press' ? `${capital(words)} was pressed.` : `${capital(words)} is ${wanted}.`)
      again()
    })
  const isOn = value === true
  const control =
    type === 'switch'
      ? html`<button
          id="input-${name}"
          aria-describedby="about-${name}"
          ?disabled=${!mine}
          class="switch"
          role="switch"
          aria-checked=${isOn}
          aria-labelledby="name-${name}"
          @click=${set(isOn ? 'off' : 'on')}
        ><span class="track"></span><span>${isOn ? 'On' : 'Off'}</span></button>`
      : html`<button
          id="input-${name}"
          aria-describedby="about-${name}"
          ?disabled=${!mine}
          class="button"
          aria-label="Press ${words}"
          @click=${set('press')}
        >Press</button>`
  const about = mine ? since : `For the ${by.join(' and the ')}. ${since}`
  return html`<div class="input">
    <p><strong id="name-${name}">${capital(words)}</strong><small id="about-${name}">${about}</small></p>
    ${control}
  </div>`
}
