import { html, nothing, type TemplateResult } from 'lit-html'
import type { LockStatus } from '../../../views/status.ts'
import type { Content } from './pieces.ts'
import { sayLength } from './words.ts'

type Used = LockStatus['limits'][number]

const names: Readonly<Record<Used['limit'], string>> = {
  add_time: 'Time added',
  remove_time: 'Time removed',
  freeze: 'Frozen',
  task: 'Tasks',
  game: 'Games',
  device: 'Device commands',
  actions: 'Actions of any kind',
}
const periods: Readonly<Record<Used['per'], string>> = {
  hour: 'this hour',
  day: 'today',
  week: 'this week',
  lock: 'on this lock',
}

/** How much of the agreed limits is used up, as bars with their words. */
export function limitBars(limits: readonly Used[]): Content {
  if (limits.length === 0) return html`<p class="soft">There is no lock whose use could be counted.</p>`
  const used = limits.filter((one) => one.used > 0)
  const unused = limits.filter((one) => one.used === 0)
  return [
    used.length > 0 ? bars(used) : html`<p class="soft">Nothing of the limits is used yet.</p>`,
    unused.length > 0
      ? html`<details id="limits-unused"><summary>Not used yet (${unused.length})</summary>${bars(unused)}</details>`
      : nothing,
  ]
}

function bars(limits: readonly Used[]): TemplateResult {
  return html`<ul class="bars">${limits.map(bar)}</ul>`
}

function bar({ limit, per, unit, used, of }: Used): TemplateResult {
  const share = of === 0 ? 1 : Math.min(1, used / of)
  const size = (n: number) => (unit === 'seconds' ? sayLength(n) : String(n))
  const often = unit === 'times' && (limit === 'freeze' || limit.endsWith('_time')) ? ' times' : ''
  const level = share >= 1 ? 'full' : share >= 0.8 ? 'near' : ''
  // Set as a property: the content policy allows no inline styles.
  const width = `width: ${Math.round(share * 100)}%`
  return html`<li>
    <p><span>${names[limit]} ${periods[per]}</span><span>${size(used)} of ${size(of)}${often}</span></p>
    <span class="bar-track" aria-hidden="true"><span class="fill ${level}" .style=${width}></span></span>
  </li>`
}
