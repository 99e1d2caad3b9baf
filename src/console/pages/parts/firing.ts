import { html, nothing, type TemplateResult } from 'lit-html'
import type { HistoryLine } from '../../../views/history.ts'
import type { Content } from './pieces.ts'
import { hashOf } from './place.ts'
import { capital, count, friendly, sayMoment } from './words.ts'

/** An occurrence of a rule with its actions. */
export interface Firing {
  key: string
  rule: string
  /** Epoch milliseconds. */
  at: number
  /** In their order; at least one. */
  rows: HistoryLine[]
}

/** The outcome of an action, as a kind and a word. */
const states: Readonly<Record<HistoryLine['state'], readonly [kind: string, word: string]>> = {
  planned: ['', 'waits'],
  sending: ['', 'on its way'],
  'not-sent': ['', 'not sent yet'],
  unknown: ['warn', 'not known'],
  applied: ['good', 'done'],
  'not-applied': ['off', 'did not happen'],
  rejected: ['bad', 'rejected'],
  refused: ['off', 'refused'],
  cancelled: ['off', 'left out'],
  expired: ['off', 'too late'],
  unsettled: ['warn', 'not known'],
  'dry-run': ['off', 'not sent: dry run'],
}

export type Toward = 'restricts' | 'relief' | 'neutral'

/** The effect of a firing: up, down, or neither. */
export function towardOf({ rows }: Firing): Toward {
  const toward = new Set(rows.map((row) => row.toward))
  return toward.has('restricts') ? 'restricts' : toward.has('relief') ? 'relief' : 'neutral'
}

export const signs: Readonly<Record<Toward, string>> = { restricts: '▲', relief: '▼', neutral: '●' }
export const signWords: Readonly<Record<Toward, string>> = {
  restricts: 'restricts',
  relief: 'relieves',
  neutral: 'says or counts',
}

/** The key of a firing, used for its card and its address. */
export function firingId({ rows }: Firing): string {
  return rows[0]?.id ?? ''
}

/** A firing and its outcome. */
export function firingCard(firing: Firing, lock: string, open: boolean): TemplateResult {
  const toward = towardOf(firing)
  const { rule, at, rows } = firing
  return html`<details class="firing" id="firing-${firingId(firing)}" ?open=${open}>
    <summary>
      <span class="sign ${toward}" aria-hidden="true">${signs[toward]}</span>
      <span class="grow"
        ><strong>${rule}</strong><small> ${sayMoment(at)}</small><br /><span>${shortOf(rows)}</span></span
      >
    </summary>
    <div class="inside">
      ${rows.map(rowOf)}
      <p><a href=${hashOf(lock, 'rules', rule)}>The rule ${rule}, and why it fires or not</a></p>
    </div>
  </details>`
}

function shortOf([first, ...more]: readonly HistoryLine[]): string {
  if (!first) return ''
  return `${sayRow(first)}${more.length > 0 ? `, and ${count(more.length, 'action')} more` : ''}`
}

/** The effect of an action, or its outcome. */
export function sayRow({ state, did, said }: Pick<HistoryLine, 'state' | 'did' | 'said'>): string {
  if (state === 'applied' && typeof did?.did === 'string') return capital(did.did)
  return capital(friendly(said).replace(/^[\w.]+/, (name) => name.replaceAll(/[_.]/g, ' ')))
}

function rowOf(row: HistoryLine): TemplateResult {
  const [kind, word] = states[row.state]
  return html`<div class="action">
    <p><strong>${sayRow(row)}</strong> <span class="chip ${kind}">${word}</span></p>
    <dl>
      ${line('Due', sayMoment(row.due))}
      ${row.sentAt === null ? nothing : line('Sent', `${sayMoment(row.sentAt)}${row.attempts > 1 ? `, ${row.attempts} times` : ''}`)}
      ${row.endedAt === null ? nothing : line('Answered', sayMoment(row.endedAt))}
      ${row.note === '' ? nothing : line('Note', capital(row.note))}
      ${row.trouble === null ? nothing : line('Trouble', row.trouble)}
      ${row.sent === null ? nothing : line('As it was sent', html`<code>${JSON.stringify(row.sent)}</code>`)}
      ${line('Number', row.id)}
    </dl>
  </div>`
}

function line(name: string, value: Content): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

/** Rows of one firing belong together. */
export function firingsIn(rows: readonly HistoryLine[]): Firing[] {
  const firings = new Map<string, Firing>()
  for (const row of rows) {
    const key = `${row.session} ${row.mode} ${row.rule} ${row.occurrence}`
    const firing = firings.get(key) ?? { key, rule: row.rule, at: row.plannedAt, rows: [] }
    firings.set(key, firing)
    firing.rows.unshift(row)
  }
  return [...firings.values()]
}
