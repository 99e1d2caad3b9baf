import { html, type TemplateResult } from 'lit-html'

/** Two texts, and what can be done next. */
interface Conflict {
  name: string
  mine: string
  /** Null: the file is gone. */
  theirs: string | null
  takeTheirs(): void
  keepMine(): void
}

/** Shows both texts if somebody else changed the file meanwhile. */
export function conflictOf({ name, mine, theirs, takeTheirs, keepMine }: Conflict): TemplateResult {
  return html`<section class="card conflict" aria-labelledby="h-conflict">
    <h2 id="h-conflict" tabindex="-1">Changed on disk meanwhile</h2>
    <p>Somebody changed ${name} since you opened it. Nothing was overwritten; choose the text to continue with.</p>
    <div class="beside">
      ${side('Yours', 'h-mine', mine)} ${side('On disk now', 'h-theirs', theirs ?? '(the file is gone)')}
    </div>
    <div class="row">
      <button class="button" id="take-theirs" @click=${takeTheirs}>Go on with the text on disk</button>
      <button class="button" id="keep-mine" @click=${keepMine}>Go on with mine</button>
    </div>
  </section>`
}

function side(title: string, id: string, text: string): TemplateResult {
  return html`<div>
    <h3 id=${id}>${title}</h3>
    <pre class="text" tabindex="0" role="region" aria-labelledby=${id}>${text}</pre>
  </div>`
}
