import { html, nothing, type TemplateResult } from 'lit-html'
import type { DraftFault, Preview, Tried } from '../../drafting.ts'
import { found } from '../parts/dom.ts'
import { type Content, lines, type Shown, sheet, worstLines } from '../parts/pieces.ts'
import { pressed, say } from '../parts/said.ts'
import { count } from '../parts/words.ts'
import { Trouble, wordsOf } from '../wire/api.ts'
import { type Draft, type OnDisk, previewOf, type Saved, save, tryOut } from '../wire/rulefiles.ts'

const days = 7

/** A text that may be saved, and the callbacks. */
interface Previewed {
  draft: Draft
  /** The version on disk that it was made from; null for a new file. */
  version: string | null
  faults(found: readonly DraftFault[]): unknown
  saved(result: Saved): void
  /** The file on disk has changed meanwhile. */
  conflict(theirs: OnDisk): void
}

/** The preview of a save, and the button that saves. */
export function preview(given: Previewed): { root: Shown['root']; focus(): void } {
  const { draft, faults } = given
  const { root, draw } = sheet('card preview', 'section')
  root.setAttribute('aria-labelledby', 'h-preview')
  const show = (body: Content) => draw(html`<h2 id="h-preview" tabindex="-1">What it would do</h2><div>${body}</div>`)
  const look = async () => {
    const come = await previewOf(draft)
    faults(come.faults)
    if (!come.ok) {
      return show(html`<p class="notice bad">There are mistakes; they stand above. Nothing was saved.</p>`)
    }
    const saving = pressed(() => saveOr(given))
    const all = (past: Content) => show(comes(come, past, saving))
    all(html`<p class="soft" role="status">Going through the last ${days} days…</p>`)
    all(await tryOut(draft, days).then(pastOf, (error) => pastOfNone(wordsOf(error))))
  }
  show(html`<p role="status">Looking at what it would do…</p>`)
  look().catch((error) => show(html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`))
  return { root, focus: () => found(HTMLElement, 'h2', root).focus() }
}

async function saveOr({ draft, version, saved, conflict, faults }: Previewed): Promise<void> {
  try {
    const result = await save(draft, version)
    say(`Saved. ${draft.name} is in force.`)
    saved(result)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    // Refusals of the console hold these.
    if (error.code === 'changed') conflict(error.more as OnDisk)
    else if (error.code === 'faults') faults(error.more.faults as DraftFault[])
    throw error
  }
}

function comes(come: Preview, past: Content, saving: (event: Event) => void): TemplateResult {
  return html`${sentencesOf(come.sentences)} ${firesOf(come)} ${worstOf(come.change)}
    <div class="past">${past}</div>
    <div class="row"><button class="button primary" id="save" @click=${saving}>Save</button></div>`
}

type Sentence = Preview['sentences'][number]

const changes: Readonly<Record<Sentence['change'], readonly [kind: string, word: string]>> = {
  new: ['good', 'New'],
  changed: ['warn', 'Changed'],
  gone: ['bad', 'Gone'],
  same: ['', 'As before'],
}

function sentencesOf(sentences: readonly Sentence[]): TemplateResult {
  const told = sentences.filter(({ change }) => change !== 'same')
  const same = sentences.length - told.length
  return html`<h3>The rules</h3>
    ${told.length === 0 ? html`<p>Every rule of this file does the same as before.</p>` : nothing}
    <ul class="list">${told.map(sentenceOf)}</ul>
    ${told.length > 0 && same > 0 ? html`<p class="small soft">${count(same, 'other rule')} as before.</p>` : nothing}`
}

function sentenceOf({ id, sentence, change }: Sentence): TemplateResult {
  const [kind, word] = changes[change]
  return html`<li>
    <p><span class="chip ${kind}">${word}</span> <strong>${id}</strong></p>
    <p>${sentence}</p>
  </li>`
}

function firesOf({ fires, standstill }: Preview): TemplateResult {
  const fresh = fires.filter(({ anyway }) => !anyway)
  const words = standstill
    ? `Nothing is decided at all now: ${standstill}.`
    : fresh.length === 0
      ? 'No rule would fire at once because of this.'
      : `Would fire at once: ${fresh.map(({ rule }) => rule).join(', ')}.`
  return html`<h3>At once</h3><p class=${fresh.length > 0 ? 'notice warn' : ''}>${words}</p>`
}

function worstOf(change: Preview['change']): Content {
  if (!change) return nothing
  const { before, after, raised } = change
  if (before.join() === after.join()) return html`<h3>Worst case</h3><p>As before:</p>${worstLines(after)}`
  const words = raised
    ? html`<p class="notice warn">
        More can happen to the wearer than before. The wearer will see this on their page.
      </p>`
    : html`<p>No more can happen to the wearer than before.</p>`
  return html`<h3>Worst case</h3>
    ${words}
    <dl class="beside">
      <div><dt>Before</dt><dd>${worstLines(before)}</dd></div>
      <div><dt>After saving</dt><dd>${worstLines(after)}</dd></div>
    </dl>`
}

function pastOfNone(words: string): TemplateResult {
  return html`<h3>The last ${days} days</h3><p class="soft">${words}</p>`
}

function pastOf({ said }: Tried): TemplateResult {
  if (!said) return pastOfNone('Nothing is recorded yet on which it could be tried.')
  const own = said.totals.filter(({ firings }) => firings !== '0')
  return html`<h3>On the recorded readings, ${said.span}</h3>
    ${said.differences.length === 0 ? html`<p>It would have done the same.</p>` : lines(said.differences)}
    ${own.length === 0 ? nothing : totalsOf(own)}
    <details><summary>What this cannot know</summary>${lines(said.unknowable)}</details>`
}

function totalsOf(own: NonNullable<Tried['said']>['totals']): TemplateResult {
  const words = 'What every rule would have done'
  return html`<details>
    <summary>${words}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label=${words}>
      <table>
        <thead>
          <tr><th scope="col">Rule</th><th scope="col">Firings</th><th scope="col">What they did</th></tr>
        </thead>
        <tbody>
          ${own.map(
            ({ rule, firings, did }) =>
              html`<tr><th scope="row">${rule}</th><td>${firings}</td><td>${did || '–'}</td></tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`
}
