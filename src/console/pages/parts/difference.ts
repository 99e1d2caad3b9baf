import { html, type TemplateResult } from 'lit-html'

/** Lines with their signs, so that they differ by more than their colour. */
export function differenceOf(lines: readonly string[]): TemplateResult {
  return html`<pre class="difference" tabindex="0" role="region" aria-label="What changed">${lines.map(lineOf)}</pre>`
}

function lineOf(line: string): TemplateResult {
  const text = `${line}\n`
  if (line.startsWith('+')) return html`<ins>${text}</ins>`
  return line.startsWith('-') ? html`<del>${text}</del>` : html`<span>${text}</span>`
}
