import { html, nothing, type TemplateResult } from 'lit-html'
import type { Earlier } from '../../rulefolder.ts'
import { found } from '../parts/dom.ts'
import { type Content, keyed, type Shown, sheet } from '../parts/pieces.ts'
import { hashOf } from '../parts/place.ts'
import { pressed, say } from '../parts/said.ts'
import { sayMoment } from '../parts/words.ts'
import { earlierText, earlierVersions, type OnDisk, readRuleFile, undo } from '../wire/rulefiles.ts'
import { may } from '../wire/session.ts'
import { conflictOf } from './conflict.ts'
import { keepUnsaved, unsavedOf } from './drafts.ts'
import { Editor } from './editor.ts'
import { preview } from './preview.ts'

const beginning = 'rules:\n  - id: my-rule\n    when: \n    then:\n      - log: A text\n'

/** One rule file, to be read or written. */
export async function file(lock: string, name: string, line: number | null): Promise<Shown> {
  const page = new RuleFilePage(lock, name, await readRuleFile(lock, name))
  if (line !== null) requestAnimationFrame(() => page.editor.jump(line))
  return { title: name, root: page.root, leave: () => page.editor.leave() }
}

class RuleFilePage {
  readonly root: HTMLElement
  readonly editor: Editor
  readonly #draw: (content: Content) => void
  readonly #lock: string
  readonly #name: string
  readonly #isNew: boolean
  readonly #readOnly = !may('edit-rules')
  readonly #wasUnsaved: boolean
  /** The version on disk that the text in the editor was made from; null: there is none. */
  #version: string | null
  #before: string
  #state = ''
  #below: Content = nothing
  #earlier: readonly Earlier[] = []

  constructor(lock: string, name: string, onDisk: OnDisk) {
    const { root, draw } = sheet()
    const unsaved = unsavedOf(lock, name)
    this.root = root
    this.#draw = draw
    this.#lock = lock
    this.#name = name
    this.#isNew = onDisk.text === null
    this.#wasUnsaved = unsaved !== null
    this.#version = unsaved ? unsaved.version : onDisk.version
    this.#before = onDisk.text ?? ''
    const text = unsaved?.text ?? onDisk.text ?? beginning
    const changed = (now: string) => this.#changed(now)
    this.editor = new Editor({ lock, name, text, readOnly: this.#readOnly, changed })
    this.#show()
    void this.#lookAtVersions()
  }

  #show(): void {
    const lock = this.#lock
    const [page, words] = this.#readOnly ? ['rules', 'All rules'] : ['edit', 'All files']
    const look = html`<div class="row">
      <button class="button primary" id="look" @click=${() => this.#look()}>See what it would do</button>
    </div>`
    this.#draw(html`<p class="small"><a class="more" href=${hashOf(lock, page ?? 'rules')}>${words}</a></p>
      <h1 tabindex="-1">${this.#name}</h1>
      ${this.#isNew ? html`<p class="soft">This is a new file; saving it creates it.</p>` : nothing}
      ${
        this.#wasUnsaved
          ? html`<p class="notice note">These are your changes from before; they are not saved yet.</p>`
          : nothing
      }
      <section class="card" aria-label="The text">
        ${this.editor.root}
        <p class="small soft" role="status">${this.#state}</p>
        ${this.#readOnly ? nothing : look}
      </section>
      <div>${this.#below}</div>
      <div>${this.#earlier.length > 0 ? this.#versions() : nothing}</div>`)
  }

  #changed(text: string): void {
    const isSame = text === this.#before
    keepUnsaved(this.#lock, this.#name, isSame ? null : { text, version: this.#version })
    this.#state = isSame ? '' : 'Changed, not saved yet.'
    this.#put(nothing)
  }

  /** Puts something below the text. */
  #put(below: Content): void {
    this.#below = below
    this.#show()
  }

  /** Treats a text as the one on disk. */
  #adopt(text: string, version: string | null): void {
    this.#version = version
    this.#before = text
    keepUnsaved(this.#lock, this.#name, null)
  }

  #look(): void {
    const { text } = this.editor
    const shown = preview({
      draft: { lock: this.#lock, name: this.#name, text },
      version: this.#version,
      faults: (faults) => this.editor.showFaults(faults),
      saved: ({ version }) => {
        this.#adopt(text, version)
        this.#state = 'Saved.'
        this.#put(nothing)
        found(HTMLElement, '#look', this.root).focus()
        void this.#lookAtVersions()
      },
      conflict: (theirs) => this.#conflict(text, theirs),
    })
    this.#put(shown.root)
    shown.focus()
  }

  #conflict(mine: string, theirs: OnDisk): void {
    const takeTheirs = () => {
      this.#adopt(theirs.text ?? '', theirs.version)
      this.editor.set(theirs.text ?? '')
      say('The text on disk is in the editor.')
    }
    const keepMine = () => {
      this.#version = theirs.version
      keepUnsaved(this.#lock, this.#name, { text: mine, version: theirs.version })
      this.#look()
    }
    this.#put(conflictOf({ name: this.#name, mine, theirs: theirs.text, takeTheirs, keepMine }))
    found(HTMLElement, '#h-conflict', this.root).focus()
  }

  async #lookAtVersions(): Promise<void> {
    this.#earlier = await earlierVersions(this.#lock, this.#name).catch(() => [])
    this.#show()
  }

  #versions(): TemplateResult {
    const undoing = pressed(() => this.#undo())
    return html`<section class="card" aria-labelledby="h-versions">
      <h2 id="h-versions">Earlier versions</h2>
      ${
        this.#readOnly
          ? nothing
          : html`<p><button class="button" id="undo" @click=${undoing}>Undo the last save</button></p>`
      }
      <ul class="list">${keyed(
        this.#earlier,
        ({ id }) => id,
        (one) => this.#entry(one),
      )}</ul>
    </section>`
  }

  #entry({ id, at, who, why, version }: Earlier): TemplateResult {
    const words = version === null ? 'Before the file was there' : `As it was until ${sayMoment(at)}`
    const then = `${why === 'undo' ? 'then taken back' : 'then changed'} by ${who.role ?? 'somebody'}`
    const take = pressed(async () => {
      this.editor.set((await earlierText(this.#lock, this.#name, id)) ?? '')
      say('The earlier text is in the editor; it is not saved yet.')
      document.getElementById('yaml')?.focus()
    })
    return html`<li class="row between">
      <p>${words}<small>${then}</small></p>
      ${
        this.#readOnly || version === null
          ? nothing
          : html`<button class="button quiet" @click=${take}>Put it into the editor</button>`
      }
    </li>`
  }

  async #undo(): Promise<void> {
    const { version } = await undo(this.#lock, this.#name, this.#version)
    const text = version === null ? '' : ((await readRuleFile(this.#lock, this.#name)).text ?? '')
    this.#adopt(text, version)
    say(`Taken back. ${this.#name} is as it was before.`)
    if (version === null) location.hash = hashOf(this.#lock, 'edit')
    else this.editor.set(text)
    await this.#lookAtVersions()
  }
}
