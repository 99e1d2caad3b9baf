import { html, nothing, type TemplateResult } from 'lit-html'
import type { DraftFault } from '../../drafting.ts'
import { capital } from '../parts/words.ts'

/** Faults without their places, for pages that show no text. */
export function plainFaults(faults: readonly DraftFault[]): TemplateResult {
  const one = ({ severity, message, hint }: DraftFault) =>
    html`<li class=${severity === 'fault' ? 'bad' : 'warn'}><p>${message}.${hintOf(hint)}</p></li>`
  return html`<ul class="faults">${faults.map(one)}</ul>`
}

/** Faults with their places. Those of the file `name` are links. */
export function faultList(
  faults: readonly DraftFault[],
  name: string,
  jump: (line: number, column: number) => void,
): TemplateResult[] {
  return faults.map(({ file, line, column, severity, message, hint }) => {
    const isHere = file === name
    const where = isHere ? `Line ${line}` : `${file}, line ${line}`
    const body = html`<strong>${where}: </strong>${message}.${hintOf(hint)}`
    const kind = severity === 'fault' ? 'bad' : 'warn'
    return html`<li class=${kind}>
      ${isHere ? html`<button @click=${() => jump(line, column)}>${body}</button>` : html`<p>${body}</p>`}
    </li>`
  })
}

function hintOf(hint: string | null): TemplateResult | typeof nothing {
  return hint ? html`<small> ${capital(hint)}</small>` : nothing
}
