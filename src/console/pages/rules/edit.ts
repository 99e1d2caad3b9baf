import { html, nothing, type TemplateResult } from 'lit-html'
import { found, submitted } from '../parts/dom.ts'
import { type Shown, sheet } from '../parts/pieces.ts'
import { hashOf } from '../parts/place.ts'
import { count } from '../parts/words.ts'
import type { RuleFiles } from '../wire/answers.ts'
import { ask } from '../wire/api.ts'
import { may } from '../wire/session.ts'
import { unsavedOf } from './drafts.ts'
import { file } from './file.ts'

/** Rule files: the list of them, or one. */
export function edit(lock: string, [name, line]: string[]): Promise<Shown> {
  return name === undefined ? files(lock) : file(lock, name, Number(line) || null)
}

async function files(lock: string): Promise<Shown> {
  const [of] = await ask('rule-files', { lock })
  const { root, draw } = sheet()
  const begin = submitted(() => {
    location.hash = hashOf(lock, 'edit', `${found(HTMLInputElement, '#new-name', root).value}.yaml`)
  })
  draw(html`<h1 tabindex="-1">Edit the rules</h1>
    ${may('edit-rules') ? fromExample(lock) : nothing}
    ${of ? list(of) : nothing}
    ${may('edit-rules') ? emptyFile(begin) : nothing}`)
  return { title: 'Edit', root }
}

function fromExample(lock: string): TemplateResult {
  return html`<section class="card" aria-labelledby="h-example">
    <h2 id="h-example">A new rule</h2>
    <p>Choose an example, put in your own numbers and texts, see what it would do, save.</p>
    <a class="button primary" href=${hashOf(lock, 'example')}>Add from an example</a>
  </section>`
}

function list({ lock, files: all, others }: RuleFiles): TemplateResult {
  const one = ({ name, bytes }: RuleFiles['files'][number]) => {
    const words = unsavedOf(lock, name) ? 'changed, not saved' : count(bytes, 'byte')
    return html`<li>
      <a href=${hashOf(lock, 'edit', name)}><strong>${name}</strong><small>${words}</small></a>
    </li>`
  }
  return html`<section class="card" aria-labelledby="h-files">
    <h2 id="h-files">The files</h2>
    <ul class="list links">${all.map(one)}</ul>
    ${all.length === 0 ? html`<p class="soft">There are none yet.</p>` : nothing}
    ${
      others.length > 0
        ? html`<p class="small soft">Can only be edited on the machine itself: ${others.join(', ')}.</p>`
        : nothing
    }
  </section>`
}

function emptyFile(begin: (event: Event) => void): TemplateResult {
  return html`<form class="card" aria-labelledby="h-new" @submit=${begin}>
    <h2 id="h-new">An empty file</h2>
    <label for="new-name">Its name</label>
    <div class="row">
      <input
        id="new-name"
        required
        pattern="[a-z0-9-]{1,80}"
        autocapitalize="off"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="new-name-help"
      />
      <button class="button">Begin</button>
    </div>
    <p class="small soft" id="new-name-help">Small letters, digits and hyphens.</p>
  </form>`
}
