import { html, nothing, type TemplateResult } from 'lit-html'
import type { Why, WhyLine } from '../../../views/why.ts'
import { type Content, lines } from '../parts/pieces.ts'
import { capital, friendly, sayLength, sayLocal } from '../parts/words.ts'

/** Why a rule fires, or why it does not. */
export function whyOf({ standstill, decision, wait, missing, when, onlyIf, lost, fired }: Why): Content {
  const said = !decision
    ? 'It was not judged since the daemon started.'
    : decision.fires
      ? 'It fired just now.'
      : `It does not fire now: ${friendly(decision.said)}.`
  const more = [wait ? ` ${capital(friendly(wait))}.` : '', missing ? ` ${capital(missing)}.` : '']
  return [
    standstill ? html`<p class="notice warn">Nothing is decided at all now: ${standstill}.</p>` : nothing,
    html`<p>${said}${more}</p>`,
    when ? [html`<h4>Its condition</h4>`, leaves(when)] : nothing,
    onlyIf ? [html`<h4>Asked when it is due (only_if)</h4>`, leaves(onlyIf)] : nothing,
    fired.did.length > 0 ? [html`<h4>What it did last</h4>`, lines(fired.did.map(capital))] : nothing,
    lost
      ? html`<p class="small soft">Its last turn without an effect was ${sayLocal(lost.at)}: ${lost.said}.</p>`
      : nothing,
  ]
}

function leaves(all: readonly WhyLine[]): TemplateResult {
  return html`<ul class="leaves">${all.map(leaf)}</ul>`
}

function leaf({ depth, truth, text, saw }: WhyLine): TemplateResult {
  const [mark, words, kind] =
    truth === null ? ['?', 'not known', 'warn'] : truth ? ['✓', 'true', 'good'] : ['✗', 'false', 'bad']
  const age = saw?.ageSeconds == null || saw.ageSeconds < 5 ? '' : `, read ${sayLength(saw.ageSeconds)} ago`
  return html`<li class="depth-${Math.min(depth, 4)}">
    <span class="truth ${kind}" aria-hidden="true">${mark}</span>
    <span
      ><span class="aside">${words}: </span><code>${text}</code>${
        saw ? html`<small> it is ${saw.said}${age}</small>` : nothing
      }</span
    >
  </li>`
}
