import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from './parts/icons.ts'
import { hashOf } from './parts/place.ts'
import { pressed } from './parts/said.ts'
import { stopButton } from './parts/stop.ts'
import { sayClock } from './parts/words.ts'
import { may, whoLooks } from './wire/session.ts'

const tabs = [
  ['now', 'Now'],
  ['timeline', 'Timeline'],
  ['rules', 'Rules'],
  ['edit', 'Edit'],
  ['audit', 'Audit'],
] as const

/** The frame around a page. */
interface Around {
  lock: string
  page: string
  isStopped: boolean
  /** Makes all parts look again. */
  refresh(): void
}

/** The head of the page for visitors who are not signed in. */
export function signInHead(): TemplateResult {
  return html`<p class="brand">${icon('lock')}lockwarden</p>`
}

/** The head of every page. */
export function headOf({ lock, page, isStopped, refresh }: Around): TemplateResult {
  const open = page === 'example' ? 'edit' : page === 'log' ? 'audit' : page
  const shown = tabs.filter(([name]) => name !== 'edit' || may('edit-rules'))
  return html`<div class="bar">
      <p class="brand">${icon('lock')}<span>lockwarden</span></p>
      ${whoLooks().locks.length > 1 ? lockChoice(lock, open) : nothing}
      ${may('stop') ? stopButton(lock, isStopped, refresh) : nothing}
    </div>
    <nav aria-label="Pages">
      <ul>
        ${shown.map(
          ([name, words]) =>
            html`<li>
              <a href=${hashOf(lock, name)} aria-current=${name === open ? 'page' : nothing}>${icon(name)}${words}</a>
            </li>`,
        )}
      </ul>
    </nav>`
}

function lockChoice(lock: string, open: string): TemplateResult {
  const choose = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLSelectElement) location.hash = hashOf(currentTarget.value, open)
  }
  const option = (name: string) => html`<option value=${name} .selected=${name === lock}>${name}</option>`
  return html`<select id="lock" aria-label="Lock" @change=${choose}>${whoLooks().locks.map(option)}</select>`
}

/** The foot of every page. */
export function footOf(lock: string, leave: () => Promise<void>): TemplateResult {
  const { role, version, zone, viewOnly } = whoLooks()
  return html`${
    viewOnly && role === null
      ? html`<p>No passwords are set, so nothing can be changed here.</p>`
      : html`<a href=${hashOf(lock, 'you')} id="you">Signed in as ${role}</a>`
  }
    ${
      role === null
        ? nothing
        : html`<button class="button quiet" id="sign-out" @click=${pressed(leave)}>Sign out</button>`
    }
    <p>Times are in ${zone}. lockwarden ${version}</p>`
}

/** The notice while there is no connection; `since` is by this device's clock. */
export function offlineNotice(since: number): TemplateResult {
  return html`<div class="notice warn" id="offline" role="status">
    <p>Offline since ${sayClock(since)}. What you see may be old; this page tries again by itself.</p>
  </div>`
}
