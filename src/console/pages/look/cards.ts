import { html, nothing, type TemplateResult } from 'lit-html'
import type { Ahead } from '../../../views/ahead.ts'
import type { BackupStatus } from '../../../views/backups.ts'
import type { LockStatus, ServiceStatus } from '../../../views/status.ts'
import { type Firing, firingId, sayRow } from '../parts/firing.ts'
import { card, keyed } from '../parts/pieces.ts'
import { hashOf } from '../parts/place.ts'
import { capital, friendly, sayIn, sayLength, sayLocal, sayMoment } from '../parts/words.ts'
import { now as clock } from '../wire/clock.ts'

const mostAhead = 6
const soonMs = 5000

/** Actions under way, and the next turns of rules. */
export function aheadCard({ lock, open, next, stopped }: LockStatus, moments: readonly Ahead[]): TemplateResult {
  const turns = moments.filter(({ rule }) => rule !== null).slice(0, mostAhead)
  const look = moments.find(({ rule }) => rule === null)
  const row = ({ said, rule }: LockStatus['open'][number]) =>
    html`<li><strong>${said}</strong><small>${rule}, under way</small></li>`
  return card('What happens next', [
    stopped ? html`<p>The switch is set: nothing restrictive is sent.</p>` : nothing,
    open.length > 0 ? html`<ul class="list">${open.map(row)}</ul>` : nothing,
    turns.length > 0
      ? html`<ul class="list">${turns.map((one) => turnOf(lock, one))}</ul>`
      : html`<p class="soft">No rule waits for a certain time; they wait for changes of the lock.</p>`,
    look && next
      ? html`<p class="soft small">
          The lock is looked at again ${look.at - clock() < soonMs ? 'in a moment' : sayIn(look.at)}.
        </p>`
      : nothing,
  ])
}

function turnOf(lock: string, { rule, at, because }: Ahead): TemplateResult {
  const why = because.startsWith('its next moment') ? nothing : html`<small>${capital(friendly(because))}</small>`
  return html`<li>
    <p><a href=${hashOf(lock, 'rules', rule ?? '')}>${rule}</a> ${sayIn(at)}<small>${sayMoment(at)}</small></p>
    ${why}
  </li>`
}

/** The newest firings. */
export function doneCard(lock: string, firings: readonly Firing[]): TemplateResult {
  const one = (firing: Firing) => {
    const { rule, at, rows } = firing
    return html`<li>
      <p><a href=${hashOf(lock, 'timeline', firingId(firing))}>${rule}</a><small>${sayMoment(at)}</small></p>
      ${rows.map((row) => html`<p class=${row.failed ? 'failed' : ''}>${sayRow(row)}</p>`)}
    </li>`
  }
  return card('What the rules did', [
    firings.length === 0
      ? html`<p class="soft">Nothing yet.</p>`
      : html`<ul class="list">${keyed(firings, ({ key }) => key, one)}</ul>`,
    html`<a class="more" href=${hashOf(lock, 'timeline')}>All of it, on the timeline</a>`,
  ])
}

/** The state of the services and of the automatic backups. */
export function servicesCard(services: readonly ServiceStatus[], backups: BackupStatus | null): TemplateResult {
  const list = [services.map(serviceOf), backups ? backupsOf(backups) : nothing]
  return card('Services', html`<ul class="list">${list}</ul>`)
}

function serviceOf({ name, configured, healthy, ...service }: ServiceStatus): TemplateResult {
  const { message, lastGood, nextTry, heldUntil, readings } = service
  const ages = readings.map(({ ageSeconds }) => ageSeconds)
  const minutes = ages.length > 0 ? Math.floor(Math.min(...ages) / 60) : null
  const read = minutes === null ? '' : minutes < 1 ? 'Read just now.' : `Read ${sayLength(minutes * 60)} ago.`
  const held = heldUntil ? ` After its outage, restriction is held back until ${sayLocal(heldUntil)}.` : ''
  const ill = [
    message || 'Does not answer',
    lastGood ? `last good answer ${sayLocal(lastGood)}` : 'no good answer yet',
    nextTry ? `next try ${sayLocal(nextTry)}` : '',
  ]
  const state = !configured ? 'off' : healthy ? 'good' : 'bad'
  const words = { off: 'Not used', good: 'Answers', bad: 'Trouble' }[state]
  const more = healthy ? `${read}${held}` : `${ill.filter(Boolean).join('; ')}.${held}`
  return html`<li>
    <p><strong>${capital(name)}</strong><span class="chip ${state}">${words}</span></p>
    ${configured ? html`<small>${more}</small>` : nothing}
  </li>`
}

const hourMs = 3_600_000
/** A backup is made each night. After two nights without one, the last is too old. */
const oldHours = 48

function backupsOf({ trouble, newest }: BackupStatus): TemplateResult {
  const hours = newest === null ? null : Math.max(0, Math.floor((clock() - newest) / hourMs))
  const old = hours === null ? 'None yet' : hours < 1 ? 'Just made' : `The newest is ${sayLength(hours * 3600)} old`
  const isBad = trouble !== null || (hours ?? 0) > oldHours
  const words = trouble === null ? `${old}.` : `None could be made: ${trouble}. ${old}.`
  return html`<li>
    <p><strong>Backups</strong><span class="chip ${isBad ? 'bad' : 'good'}">${isBad ? 'Trouble' : 'Kept'}</span></p>
    <small>${words}</small>
  </li>`
}
