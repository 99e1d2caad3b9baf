import { html, nothing, type TemplateResult } from 'lit-html'
import type { DraftFault } from '../../drafting.ts'
import { found } from '../parts/dom.ts'
import { sheet } from '../parts/pieces.ts'
import { count } from '../parts/words.ts'
import { ask, wordsOf } from '../wire/api.ts'
import { faultsOf } from '../wire/rulefiles.ts'
import { type Completion, completionAt, type Words, wordAt } from './completion.ts'
import { faultList } from './faults.ts'

const checkAfterMs = 500

/** The text, and who is told of changes. */
interface Written {
  lock: string
  name: string
  text: string
  readOnly: boolean
  changed(text: string): void
}

/** An editor for rules: line numbers, suggestions, and faults while one types. */
export class Editor {
  readonly root: HTMLElement
  readonly #draw: (content: TemplateResult) => void
  readonly #given: Written
  readonly #area: HTMLTextAreaElement
  #words: Words | null = null
  #completion: Completion | null = null
  /** The index of the chosen option; -1 for none. */
  #active = -1
  #timer = 0
  /** Counts the checks: only the latest is shown. */
  #turn = 0
  #faults: readonly DraftFault[] = []
  #help: { name: string; help: string } | null = null
  /** The text about the chosen option for screen readers. */
  #told = ''
  #said: { words: string; kind: '' | 'good' | 'bad' } = { words: '', kind: '' }

  constructor(given: Written) {
    const { root, draw } = sheet('editor')
    this.root = root
    this.#draw = draw
    this.#given = given
    draw(this.#page(1))
    this.#area = found(HTMLTextAreaElement, '#yaml', root)
    this.#area.value = given.text
    this.#show()
    ask('catalogue', { lock: given.lock }).then(
      (words) => {
        this.#words = words
      },
      () => undefined,
    )
    if (!given.readOnly) void this.#check()
  }

  get text(): string {
    return this.#area.value
  }

  /** Replaces the text, as if somebody had typed it. */
  set(text: string): void {
    this.#area.value = text
    this.#written()
  }

  /** Goes to a line, and marks it from a column on; both count from 1. */
  jump(line: number, column = 1): void {
    const area = this.#area
    const lines = area.value.split('\n')
    const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0)
    area.focus()
    area.setSelectionRange(from + Math.max(0, column - 1), from + (lines[line - 1]?.length ?? 0))
    const height = area.scrollHeight / Math.max(1, lines.length)
    area.scrollTop = Math.max(0, (line - 4) * height)
    this.#scrolled()
  }

  /** Shows faults that were found elsewhere. */
  showFaults(faults: readonly DraftFault[]): void {
    this.#faults = faults
    const bad = faults.filter(({ severity }) => severity === 'fault').length
    const notes = faults.length - bad
    const parts = [bad > 0 ? count(bad, 'mistake') : 'No mistakes', notes > 0 ? count(notes, 'note') : '']
    this.#said = { words: `${parts.filter(Boolean).join(', ')}.`, kind: bad > 0 ? 'bad' : 'good' }
    this.#show()
  }

  leave(): void {
    clearTimeout(this.#timer)
  }

  #show(): void {
    this.#draw(this.#page(this.#area.value.split('\n').length))
    this.#scrolled()
  }

  #page(lines: number): TemplateResult {
    const { name, readOnly } = this.#given
    const wrong = new Set(this.#faults.filter(({ file }) => file === name).map(({ line }) => line))
    const number = (_: unknown, i: number) =>
      html`<span class=${wrong.has(i + 1) ? 'wrong' : ''}>${`${i + 1}\n`}</span>`
    const words =
      'Suggestions stand right below the text: choose one by a tap, or by Ctrl + Space, the arrows and Enter.'
    return html`<div class="sheet">
        <pre class="numbers" aria-hidden="true">${Array.from({ length: lines }, number)}</pre>
        ${this.#textArea()}
      </div>
      ${this.#suggestions()}
      <p class="help" id="word-help">
        ${this.#help ? html`<code>${this.#help.name}</code> ${this.#help.help}` : nothing}
      </p>
      ${readOnly ? nothing : html`<p class="small soft" id="yaml-help">${words}</p>`}
      <p class="aside" role="status" id="suggestions-said">${this.#told}</p>
      <p id="faults-said" role="status" class="small ${this.#said.kind}">${this.#said.words}</p>
      <ul class="faults">${faultList(this.#faults, name, (line, column) => this.jump(line, column))}</ul>`
  }

  #textArea(): TemplateResult {
    const { name, readOnly } = this.#given
    return html`<textarea
      id="yaml"
      aria-label="Text of ${name}"
      aria-describedby="faults-said yaml-help"
      aria-autocomplete="list"
      aria-controls="suggestions"
      aria-activedescendant=${this.#activeId()}
      spellcheck="false"
      autocapitalize="off"
      autocomplete="off"
      wrap="off"
      rows="18"
      ?readonly=${readOnly}
      @input=${() => this.#written()}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
      @keyup=${({ key }: KeyboardEvent) => /^(Arrow|Home|End|Page)/.test(key) && this.#moved()}
      @click=${() => this.#moved()}
      @focus=${() => this.#moved()}
      @scroll=${() => this.#scrolled()}
    ></textarea>`
  }

  #suggestions(): TemplateResult {
    const options = this.#completion?.options ?? []
    const stay = (event: Event) => event.preventDefault()
    const option = ({ label, help }: (typeof options)[number], i: number) =>
      html`<li
        role="option"
        id="suggestion-${i}"
        aria-selected=${i === this.#active}
        title=${help}
        @pointerdown=${stay}
        @click=${() => this.#insert(i)}
      >${label}</li>`
    return html`<ul
      id="suggestions"
      role="listbox"
      tabindex="0"
      aria-label="Suggestions"
      aria-activedescendant=${this.#activeId()}
      class="suggestions"
      ?hidden=${options.length === 0}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
      @focus=${() => this.#choose(Math.max(0, this.#active))}
    >${options.map(option)}</ul>`
  }

  #activeId(): string | typeof nothing {
    return this.#active === -1 ? nothing : `suggestion-${this.#active}`
  }

  #scrolled(): void {
    found(HTMLElement, '.numbers', this.root).scrollTop = this.#area.scrollTop
  }

  #moved(): void {
    if (this.#active === -1) this.#suggest()
  }

  async #check(): Promise<void> {
    const { lock, name } = this.#given
    this.#turn += 1
    const own = this.#turn
    try {
      const faults = await faultsOf({ lock, name, text: this.text })
      if (own === this.#turn) this.showFaults(faults)
    } catch (error) {
      if (own !== this.#turn) return
      this.#said = { ...this.#said, words: wordsOf(error) }
      this.#show()
    }
  }

  #suggest(): void {
    const { selectionStart: caret, selectionEnd, value } = this.#area
    const words = this.#words
    const mayComplete = words && !this.#given.readOnly && caret === selectionEnd
    this.#active = -1
    this.#completion = mayComplete ? completionAt(value, caret, words) : null
    this.#help = words ? wordAt(value, caret, words) : null
    this.#show()
    found(HTMLElement, '#suggestions', this.root).scrollLeft = 0
  }

  #choose(next: number): void {
    const options = this.#completion?.options ?? []
    if (options.length === 0) return
    this.#active = (next + options.length) % options.length
    const { label = '', help = '' } = options[this.#active] ?? {}
    this.#help = { name: label, help }
    this.#told = `${label}: ${help}`
    this.#show()
    const chosen = this.root.querySelector(`#suggestion-${this.#active}`)
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }

  #insert(i: number): void {
    const option = this.#completion?.options[i]
    if (!this.#completion || !option) return
    const { from, to } = this.#completion
    this.#area.focus()
    this.#area.setRangeText(option.insert, from, to, 'end')
    this.#written()
  }

  #written(): void {
    this.#given.changed(this.text)
    this.#suggest()
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#check(), checkAfterMs)
  }

  #key(event: KeyboardEvent): void {
    const { key } = event
    const opens = (event.ctrlKey && key === ' ') || (event.altKey && key === 'ArrowDown')
    if (this.#active === -1) {
      if (opens && this.#completion) {
        event.preventDefault()
        this.#choose(0)
      } else if (key === 'Enter' && event.currentTarget === this.#area && !this.#given.readOnly) this.#newLine(event)
      return
    }
    if (key === 'ArrowDown' || key === 'ArrowRight' || opens) this.#choose(this.#active + 1)
    else if (key === 'ArrowUp' || key === 'ArrowLeft') this.#choose(this.#active - 1)
    else if (key === 'Enter') this.#insert(this.#active)
    else if (key === 'Escape') this.#suggest()
    else return
    event.preventDefault()
  }

  /** A new line gets the indent of the line before. */
  #newLine(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const area = this.#area
    const { selectionStart: at } = area
    const line = area.value.slice(area.value.lastIndexOf('\n', at - 1) + 1, at)
    const [indent = ''] = /^ */.exec(line) ?? []
    const deeper = /:\s*$/.test(line) ? (/^ *- /.test(line) ? '    ' : '  ') : /^ *- [\w]+:/.test(line) ? '  ' : ''
    area.setRangeText(`\n${indent}${deeper}`, at, area.selectionEnd, 'end')
    this.#written()
  }
}
