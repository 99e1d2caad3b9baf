import { html, nothing, type TemplateResult } from 'lit-html'
import type { ExampleField } from '../../../config/examples.ts'
import { capital } from '../parts/words.ts'

const places: Readonly<Record<string, string>> = {
  description: 'Description',
  when: 'When',
  only_if: 'Only if',
  at: 'At',
  for: 'For how long it must be true',
  repeat: 'Again after',
  cooldown: 'At least this long between firings',
  limit: 'At most how often',
  chance: 'With a chance of',
  grace: 'How late it may fire',
}

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

/** The place of a field, in words; `helps` explains facts by their names. */
export function labelOf({ place }: ExampleField, helps: ReadonlyMap<string, string>): TemplateResult {
  const [path = '', after = ''] = place.split(/: (.*)/s)
  const [first = '', ...rest] = path.split(' › ')
  const head = first === 'then' ? rest.map((one) => one.replaceAll(/[_.]/g, ' ')) : [places[first] ?? first]
  const [, fact = '', words = ''] = /^(\S+)\s*(.*)$/.exec(after) ?? []
  const help = helps.get(fact)
  const comparison = comparisons[words]
  if (help && comparison) {
    const begun = help.slice(0, 1).toLowerCase() + help.slice(1).replace(/[;:].*$/, '')
    return html`<span>${capital(head.join(': '))}: ${begun}, ${comparison}</span>`
  }
  return html`<span>${capital(head.join(': '))}${after ? html`<code> ${after}</code>` : nothing}</span>`
}
