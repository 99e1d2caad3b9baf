import { html, nothing, type TemplateResult } from 'lit-html'
import type { Value } from '../../../core/model/fact.ts'
import type { LockStatus } from '../../../views/status.ts'
import type { Content } from '../parts/pieces.ts'
import { count, sayLength } from '../parts/words.ts'

/** The facts that the card shows. */
export const heroFacts = [
  'lock.frozenBy',
  'lock.unlockable',
  'lock.taskAssigned',
  'lock.taskPoints',
  'lock.taskPointsRequired',
  'lock.wearerLastSeenAgoSeconds',
  'task.openSeconds',
  'task.openedBy',
] as const

/** Values of facts by their names; null where one is not known. */
export type Known = ReadonlyMap<string, Value | null>

/** The lock, its remaining time and its state. */
export function heroCard(of: LockStatus, known: Known): TemplateResult {
  const isNone = of.session === 'none'
  const title = of.session === null ? 'Not read yet' : isNone ? 'No active lock' : (of.title ?? 'The lock')
  const wearer = of.wearer && !isNone ? html`<small> of ${of.wearer}</small>` : nothing
  const clock = html`<p class="clock">
    <span id="remaining" role="timer"></span><small>${of.frozen ? 'left, standing still' : 'left'}</small>
  </p>`
  const unknown = isNone ? 'There is nothing to run down.' : 'How long it still runs is not known.'
  return html`<section class="card hero${of.frozen ? ' frozen' : ''}" aria-labelledby="h-lock">
    <h2 id="h-lock">${title}${wearer}</h2>
    ${of.remainingSeconds === null ? html`<p class="soft">${unknown}</p>` : clock}
    ${isNone ? nothing : html`<ul class="chips">${chipsOf(of, known)}</ul>`}
  </section>`
}

function chipsOf({ mode, frozen }: LockStatus, known: Known): Content {
  const fact = (name: (typeof heroFacts)[number]) => known.get(name) ?? null
  const length = (name: (typeof heroFacts)[number]) => numberOf(fact(name))
  const [points, needed, seen] = [
    length('lock.taskPoints'),
    length('lock.taskPointsRequired'),
    length('lock.wearerLastSeenAgoSeconds'),
  ]
  const open = length('task.openSeconds')
  const task = fact('lock.taskAssigned')
  const taskOpen = `Task open${open === null ? '' : ` for ${sayLength(open)}`}${byWhom(fact('task.openedBy'))}`
  return [
    mode === 'live' ? nothing : chip('warn', 'Dry run: nothing is sent'),
    frozen
      ? chip('cold', `Frozen${byWhom(fact('lock.frozenBy'))}`)
      : frozen === false
        ? chip('', 'Not frozen')
        : nothing,
    task ? chip('', taskOpen) : task === false ? chip('', 'No task') : nothing,
    points === null ? nothing : chip('', needed ? `${points} of ${count(needed, 'point')}` : count(points, 'point')),
    fact('lock.unlockable') ? chip('good', 'Can be unlocked now') : nothing,
    seen === null ? nothing : chip('', `Wearer seen ${seen < 90 ? 'just now' : `${sayLength(seen)} ago`}`),
  ]
}

function chip(kind: string, words: string): TemplateResult {
  return html`<li class="chip ${kind}">${words}</li>`
}

function numberOf(value: Value | null): number | null {
  return typeof value === 'number' ? value : null
}

function byWhom(who: Value | null): string {
  return who === null ? '' : who === 'other' ? ' by somebody' : ` by ${who}`
}
