import { html, nothing, type TemplateResult } from 'lit-html'
import type { UnsettledStatus } from '../../../views/status.ts'
import { card, keyed, notice } from '../parts/pieces.ts'
import { pressed, say } from '../parts/said.ts'
import { count, sayLocal } from '../parts/words.ts'
import { send } from '../wire/api.ts'
import { may, whoLooks } from '../wire/session.ts'

/** The actions that somebody chose to leave for now, while the page is open. */
const left = new Set<string>()

/** Asks whether unsettled actions happened. */
export function unsettledCard(
  lock: string,
  rows: readonly UnsettledStatus[],
  again: () => void,
): TemplateResult | typeof nothing {
  const open = rows.filter(({ id }) => !left.has(id))
  if (rows.length === 0) return nothing
  if (open.length === 0) {
    const show = () => {
      left.clear()
      again()
    }
    const words = `${count(rows.length, 'action')} may or may not have happened. `
    return notice('note', [html`<p>${words}</p>`, html`<button class="button quiet" @click=${show}>Show</button>`])
  }
  return card('Did this happen?', [
    html`<p>The answer was lost on the way. Until somebody says what happened, it counts as done and is not sent again.</p>`,
    keyed(
      open,
      ({ id }) => id,
      (row) => questionOf(lock, row, again),
    ),
  ])
}

function questionOf(lock: string, { id, rule, said, at, yes, no }: UnsettledStatus, again: () => void): TemplateResult {
  const { role } = whoLooks()
  const settle = (happened: boolean) =>
    pressed(async () => {
      await send('settle', { lock, id, happened })
      say(happened ? 'Noted: it happened.' : 'Noted: it did not happen.')
      again()
    })
  const leave = () => {
    left.add(id)
    again()
  }
  const answer = (whose: typeof yes, word: 'yes' | 'no', label: string) => {
    if (!may('settle')) return [nothing, nothing]
    return role !== null && whose.includes(role)
      ? [html`<button class="button" id="${word}-${id}" @click=${settle(word === 'yes')}>${label}</button>`, nothing]
      : [nothing, html`<small>Only the ${whose.join(' or the ')} can say ${word}.</small>`]
  }
  const [yesButton = nothing, yesNote = nothing] = answer(yes, 'yes', 'Yes')
  const [noButton = nothing, noNote = nothing] = answer(no, 'no', 'No')
  return html`<div class="question" role="group" aria-label="${rule}: ${said}">
    <p><strong>${said}</strong><br /><small>${rule}, ${sayLocal(at)}</small></p>
    <div class="row">
      ${yesButton} ${noButton} ${yesNote} ${noNote}
      <button class="button quiet" id="leave-${id}" @click=${leave}>Leave it</button>
    </div>
  </div>`
}
