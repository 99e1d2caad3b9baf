import { html, nothing, type TemplateResult } from 'lit-html'
import type { Example, ExampleField } from '../../../config/examples.ts'
import type { Words } from '../../../views/catalogue.ts'
import type { DraftFault } from '../../drafting.ts'
import { found } from '../parts/dom.ts'
import { type Content, type Shown, sheet } from '../parts/pieces.ts'
import { hashOf } from '../parts/place.ts'
import { doing, say } from '../parts/said.ts'
import { ask, send, Trouble } from '../wire/api.ts'
import { plainFaults } from './faults.ts'
import { labelOf } from './label.ts'
import { preview } from './preview.ts'

const kinds: Readonly<Record<ExampleField['type'], string>> = {
  length: 'A length of time, such as 45m, 1h30m or 2d',
  time: 'A time of day, such as 22:30',
  number: 'A number',
  percent: 'A chance, such as 25%',
  text: 'A text; the part between {{ and }} is filled in for you',
}
const longText = 40

/** The data of the form besides what people wrote into it. */
interface State {
  /** A field whose value does not fit, and why. */
  wrong: { field: string; words: string } | null
  /** The preview of the text; null before it was asked for, and after a change. */
  come: { root: HTMLElement; faults: readonly DraftFault[] } | null
}

/** The numbers and texts of an example, what would come of them, and the way to save them; `words` explains them. */
export function exampleForm(lock: string, example: Example, words: Words): Shown {
  const { root, draw } = sheet()
  let state: State = { wrong: null, come: null }
  const show = (change: Partial<State>) => {
    state = { ...state, ...change }
    draw(pageOf(lock, { example, words, state, submit, written }))
  }
  const written = (field: string) => show({ come: null, wrong: state.wrong?.field === field ? null : state.wrong })
  const look = async () => {
    const { file, id, fields } = example
    const values = Object.fromEntries(fields.map((field, i) => [field.id, inputAt(root, i).value]))
    show({ wrong: null })
    try {
      const made = await send<{ name: string; text: string }>('examples/fill', { lock, file, id, values })
      const name = await freeName(lock, made.name)
      const shown = preview({
        draft: { lock, name, text: made.text },
        version: null,
        faults: (faults) => state.come?.root === shown.root && show({ come: { root: shown.root, faults } }),
        saved: () => {
          location.hash = hashOf(lock, 'rules', id)
        },
        conflict: () => say(`There is a file ${name} now; look once more.`, 'bad'),
      })
      show({ come: { root: shown.root, faults: [] } })
      shown.focus()
    } catch (error) {
      const place = error instanceof Trouble ? fields.findIndex((field) => field.id === error.more.field) : -1
      const field = fields[place]
      if (!field || !(error instanceof Trouble)) throw error
      show({ wrong: { field: field.id, words: error.message } })
      inputAt(root, place).focus()
    }
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    void doing(found(HTMLButtonElement, '#look', root), look)
  }
  show({})
  return { title: example.description || example.id, root }
}

function inputAt(root: HTMLElement, i: number): HTMLInputElement | HTMLTextAreaElement {
  const element = root.querySelector(`#field-${i}`)
  return element instanceof HTMLTextAreaElement ? element : found(HTMLInputElement, `#field-${i}`, root)
}

/** A name that is not used by a file yet. */
async function freeName(lock: string, wanted: string): Promise<string> {
  const [found] = await ask('rule-files', { lock })
  const taken = new Set(found?.files.map(({ name }) => name))
  const base = wanted.replace(/\.yaml$/, '')
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${base}-${n}.yaml`
    if (!taken.has(name)) return name
  }
}

interface Form {
  example: Example
  words: Words
  state: State
  submit(event: SubmitEvent): void
  written(field: string): void
}

function pageOf(lock: string, form: Form): TemplateResult {
  const { example, state, submit } = form
  const { id, description, yaml, fields, asks } = example
  const needs = [...asks.inputs.map((one) => `the input “${one}”`), ...asks.tallies.map((one) => `the tally “${one}”`)]
  return html`<p class="small"><a class="more" href=${hashOf(lock, 'example')}>All examples</a></p>
    <h1 tabindex="-1">${description || id}</h1>
    <form class="card" aria-label="Its numbers and texts" novalidate @submit=${submit}>
      ${fields.length > 0 ? fields.map((_, i) => fieldOf(i, form)) : html`<p>It has nothing to choose.</p>`}
      ${
        needs.length > 0
          ? html`<p class="small soft">It needs ${needs.join(', ')}; what is missing is added.</p>`
          : nothing
      }
      <div class="row"><button class="button primary" type="submit" id="look">See what it would do</button></div>
      <details>
        <summary>As it is written</summary>
        <pre class="text" tabindex="0" role="region" aria-label="The example as YAML">${yaml}</pre>
      </details>
    </form>
    <div>${state.come ? [plainFaults(state.come.faults), state.come.root] : nothing}</div>`
}

function fieldOf(i: number, { example, words, state, written }: Form): Content {
  const field = example.fields[i]
  if (!field) return nothing
  const { id, type, unit, value } = field
  const isText = type === 'text'
  const wrong = state.wrong?.field === id ? state.wrong.words : null
  const input = () => written(id)
  const [described, invalid] = [`about-${i} trouble-${i}`, wrong === null ? nothing : 'true']
  const control =
    isText && value.length > longText
      ? html`<textarea
          id="field-${i}"
          name=${id}
          autocomplete="off"
          autocapitalize="sentences"
          inputmode="text"
          aria-describedby=${described}
          aria-invalid=${invalid}
          rows="2"
          .defaultValue=${value}
          @input=${input}
        ></textarea>`
      : html`<input
          id="field-${i}"
          name=${id}
          value=${value}
          autocomplete="off"
          autocapitalize=${isText ? 'sentences' : 'off'}
          inputmode=${type === 'number' ? 'decimal' : 'text'}
          aria-describedby=${described}
          aria-invalid=${invalid}
          class=${isText ? nothing : 'short'}
          @input=${input}
        />`
  return html`<div class="field">
    <label for="field-${i}">${labelOf(field, words)}</label>
    <div class="row">${control}${unit ? html`<span>${unit}</span>` : nothing}</div>
    <small id="about-${i}">${isText && !value.includes('{{') ? '' : kinds[type]}</small>
    <p class="trouble" id="trouble-${i}" role="alert">${wrong ?? ''}</p>
  </div>`
}
