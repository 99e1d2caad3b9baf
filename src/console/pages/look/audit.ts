import { html, nothing, type TemplateResult } from 'lit-html'
import type { Found, Who } from '../../../store/audit.ts'
import { differenceOf } from '../parts/difference.ts'
import { keyed, lines, notice, type Shown, sheet } from '../parts/pieces.ts'
import { hashOf } from '../parts/place.ts'
import { capital, sayMoment } from '../parts/words.ts'
import { ask } from '../wire/api.ts'

const most = 50

const kinds: Readonly<Record<Found['what'], string>> = {
  save: 'Rules',
  undo: 'Rules',
  stop: 'Switch',
  resume: 'Switch',
  accept: 'Lock',
  input: 'Input',
  settle: 'Action',
  release: 'Rules',
  seen: 'Seen',
  limits: 'Limits',
  restore: 'Restore',
  refused: 'Refused',
  'sign-in': 'Sign-in',
  'sign-out': 'Sign-in',
  password: 'Password',
  'sign-in-failed': 'Sign-in',
  'sign-in-refused': 'Sign-in',
}

/** Who changed what, and when. */
export async function audit(lock: string): Promise<Shown> {
  const { root, draw } = sheet()
  let entries = await ask('audit', { most })
  const show = () => draw(pageOf(lock, entries, () => void add()))
  const add = async () => {
    entries = [...entries, ...(await ask('audit', { most, place: entries.at(-1)?.place }))]
    show()
  }
  const news = async () => {
    const fresh = await ask('audit', { most })
    const newest = entries[0]?.place ?? -1
    const added = fresh.filter(({ place }) => place > newest)
    if (added.length === 0) return
    entries = [...added, ...entries]
    show()
  }
  show()
  return { title: 'Audit', root, news: () => news().catch(() => undefined) }
}

function pageOf(lock: string, entries: readonly Found[], add: () => void): TemplateResult {
  const list = keyed(entries, ({ place }) => place, entryOf)
  return html`<h1 tabindex="-1">Audit</h1>
    <p class="soft">Everything that was done here, by whom, and what it changed. Entries are never removed.</p>
    <p><a href=${hashOf(lock, 'log')} id="log">The log of the daemon</a></p>
    ${entries.length === 0 ? html`<p class="card soft">Nothing yet.</p>` : html`<ul class="trail">${list}</ul>`}
    <button class="button" ?hidden=${(entries.at(-1)?.place ?? 0) === 0} @click=${add}>Earlier ones</button>`
}

/** Who did something, as the beginning of a sentence. */
function doerOf({ role }: Who): string {
  const others = { command: 'A command', mqtt: 'A message', config: 'The config' }
  if (role === null) return 'Somebody'
  return role === 'keyholder' || role === 'wearer' ? capital(role) : others[role]
}

function entryOf({ place, at, who, what, lock, said, difference, worst }: Found): TemplateResult {
  const id = `entry-${place}`
  const head = html`<span class="chip">${kinds[what]}</span>
    <span class="grow"><strong>${doerOf(who)} </strong>${said}${lock ? html`<small> (${lock})</small>` : ''}</span>
    <small>${sayMoment(at)}, from ${who.address}</small>`
  if (difference.length === 0 && !worst) return html`<li class="card" id=${id}><div class="head">${head}</div></li>`
  return html`<li class="card">
    <details id=${id}>
      <summary><span class="head">${head}</span></summary>
      ${difference.length > 0 ? differenceOf(difference) : nothing}
      ${worst ? notice('warn', worseOf(worst)) : nothing}
    </details>
  </li>`
}

function worseOf({ before, after }: NonNullable<Found['worst']>): TemplateResult {
  return html`<p><strong>Since then the rules may do more.</strong></p>
    <p>Worst case before:</p>
    ${lines(before)}
    <p>Worst case after:</p>
    ${lines(after)}`
}
