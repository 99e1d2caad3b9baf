import { html, type TemplateResult } from 'lit-html'
import { type Shown, sheet } from '../parts/pieces.ts'
import { fileOf, hashOf } from '../parts/place.ts'
import { capital } from '../parts/words.ts'
import type { Answers, RuleTold } from '../wire/answers.ts'
import { ask } from '../wire/api.ts'
import { exampleForm } from './example.ts'

type Example = Answers['examples'][number]

/** Adding a rule from an example: which one, or the form of one. */
export async function examples(lock: string, [file, id]: string[]): Promise<Shown> {
  const [all, [told]] = await Promise.all([ask('examples'), ask('rules', { lock })])
  const found = all.find((one) => one.file === file && one.id === id)
  if (!found) return choice(lock, all, new Map(told?.rules.map((rule) => [rule.id, rule])))
  return exampleForm(lock, found, await ask('catalogue', { lock }))
}

function choice(lock: string, all: readonly Example[], known: ReadonlyMap<string, RuleTold>): Shown {
  const { root, draw } = sheet()
  const groups = Map.groupBy(all, ({ file }) => file)
  const group = ([file, some]: [string, Example[]]) =>
    html`<section class="card" aria-labelledby="h-${file}">
      <h2 id="h-${file}">${capital(file.replace('.yaml', ''))}</h2>
      <ul class="list links">${some.map((one) => entryOf(lock, one, known.get(one.id)))}</ul>
    </section>`
  draw(html`<h1 tabindex="-1">Add a rule from an example</h1>
    <p class="soft">Choose one that is close to what you want. You can change its numbers and texts.</p>
    ${[...groups].map(group)}`)
  return { title: 'Examples', root }
}

function entryOf(lock: string, { file, id, description }: Example, rule: RuleTold | undefined): TemplateResult {
  const to = rule ? hashOf(lock, 'edit', fileOf(rule.file), String(rule.line)) : hashOf(lock, 'example', file, id)
  const words = rule ? `${id}: among your rules already; edit it` : id
  return html`<li><a href=${to}><strong>${description || id}</strong><small>${words}</small></a></li>`
}
