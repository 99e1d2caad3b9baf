import { html, nothing, type TemplateResult } from 'lit-html'
import type { ExampleField } from '../../../config/examples.ts'
import type { Words } from '../../../views/catalogue.ts'
import { capital } from '../parts/words.ts'

const comparisons: Readonly<Record<string, string>> = {
  '>': 'more than',
  '<': 'less than',
  '>=': 'at least',
  '<=': 'at most',
  is: 'is',
  'is not': 'is not',
  'rises by': 'rises by',
  'falls by': 'falls by',
}

/** The place of a field, in words. */
export function labelOf({ place }: ExampleField, { facts, keys }: Words): TemplateResult {
  const [path = '', after = ''] = place.split(/: (.*)/s)
  const [first = '', ...rest] = path.split(' › ')
  const label = keys.find(({ name }) => name === first)?.label
  const head = first === 'then' ? rest.map((one) => one.replaceAll(/[_.]/g, ' ')) : [label ?? first]
  const [, fact = '', words = ''] = /^(\S+)\s*(.*)$/.exec(after) ?? []
  const help = facts.find(({ name }) => name === fact)?.help
  const comparison = comparisons[words]
  if (help && comparison) {
    const begun = help.slice(0, 1).toLowerCase() + help.slice(1).replace(/[;:].*$/, '')
    return html`<span>${capital(head.join(': '))}: ${begun}, ${comparison}</span>`
  }
  return html`<span>${capital(head.join(': '))}${after ? html`<code> ${after}</code>` : nothing}</span>`
}
