import { html, nothing, type TemplateResult } from 'lit-html'
import type { LockStatus } from '../../../views/status.ts'
import type { Why } from '../../../views/why.ts'
import { type Content, keyed, type Shown, sheet } from '../parts/pieces.ts'
import { fileOf, hashOf } from '../parts/place.ts'
import { friendly, sayLocal } from '../parts/words.ts'
import type { RuleTold } from '../wire/answers.ts'
import { ask } from '../wire/api.ts'
import { may } from '../wire/session.ts'
import { whyOf } from './why.ts'

type Standing = LockStatus['rules'][number]

/** The data about the rules of a lock. */
interface Listed {
  lock: string
  rules: readonly RuleTold[]
  standings: ReadonlyMap<string, Standing>
  /** The rules whose "why" is open. */
  open: ReadonlySet<string>
  whys: ReadonlyMap<string, Why>
  toggled(rule: string, isOpen: boolean): void
}

/** Each rule in a sentence, its state, and why. */
export async function rules(lock: string, [wanted]: string[]): Promise<Shown> {
  const { root, draw } = sheet()
  const open = new Set(wanted ? [wanted] : [])
  const whys = new Map<string, Why>()
  let [told, standings]: [RuleTold[], Map<string, Standing>] = [[], new Map()]
  const show = () => draw(pageOf({ lock, rules: told, standings, open, whys, toggled }))
  const explain = async () => {
    const asked = [...open].map(async (rule) => {
      const [why] = await ask('why', { lock, rule }).catch(() => [])
      if (why) whys.set(rule, why)
    })
    await Promise.all(asked)
  }
  const toggled = async (rule: string, isOpen: boolean) => {
    if (isOpen === open.has(rule)) return
    if (!isOpen) {
      open.delete(rule)
      return
    }
    open.add(rule)
    await explain()
    show()
  }
  const look = async () => {
    const [[found], status] = await Promise.all([ask('rules', { lock }), ask('status', { lock })])
    told = found?.rules ?? []
    standings = new Map(status.locks[0]?.rules.map((rule) => [rule.id, rule]))
    await explain()
    show()
  }
  await look()
  if (wanted) requestAnimationFrame(() => root.querySelector(`#rule-${CSS.escape(wanted)}`)?.scrollIntoView())
  return { title: 'Rules', root, news: () => look().catch(() => undefined) }
}

function pageOf(listed: Listed): TemplateResult {
  const { lock, rules: all } = listed
  const [on, off] = [all.filter(({ enabled }) => enabled), all.filter(({ enabled }) => !enabled)]
  const cards = (some: readonly RuleTold[]) =>
    keyed(
      some,
      ({ id }) => id,
      (rule) => ruleCard(rule, listed),
    )
  const none = html`<p class="card soft">There are no rules.</p>`
  const title = html`<h2 class="between">Switched off (${off.length})</h2>`
  return html`<h1 tabindex="-1">Rules</h1>
    ${may('edit-rules') ? waysOf(lock) : nothing}
    <div>${all.length === 0 ? none : [cards(on), off.length > 0 ? title : nothing, cards(off)]}</div>`
}

function waysOf(lock: string): TemplateResult {
  return html`<p class="row">
    <a class="button" href=${hashOf(lock, 'example')}>Add a rule from an example</a>
    <a class="button quiet" href=${hashOf(lock, 'edit')}>Edit the files</a>
  </p>`
}

function ruleCard(rule: RuleTold, { lock, standings, open, whys, toggled }: Listed): TemplateResult {
  const { id, enabled, file, description } = rule
  const why = whys.get(id)
  const name = fileOf(file)
  const [verb, word] = may('edit-rules') ? ['Edit', 'Edit'] : ['See', 'YAML']
  const toggle = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLDetailsElement) toggled(id, currentTarget.open)
  }
  return html`<article class="card rule${enabled ? '' : ' dim'}" id="rule-${id}" aria-labelledby="name-${id}">
    <div class="row between">
      <h3 id="name-${id}" class="grow">${id}</h3>
      ${enabled ? nothing : html`<span class="chip off">Off</span>`}
      <a
        class="button quiet"
        href=${hashOf(lock, 'edit', name, String(rule.line))}
        aria-label="${verb} ${id} in ${name}"
      >${word}</a>
    </div>
    <p>${rule.sentence.replace(/^\(Switched off\) /, '')}</p>
    ${description ? html`<p class="soft">${description}</p>` : nothing}
    <p class="small soft">${standingOf(rule, standings.get(id))}</p>
    <details id="why-${id}" ?open=${open.has(id)} @toggle=${toggle}>
      <summary>Why, or why not</summary>
      <div class="inside">${why ? whyOf(why) : html`<p class="soft">Asking…</p>`}</div>
    </details>
  </article>`
}

function standingOf({ enabled }: RuleTold, standing: Standing | undefined): Content {
  const times = standing?.firedTimes ?? 0
  const often = times === 1 ? 'once' : `${times} times, last`
  const fired = times === 0 ? 'Never fired on this lock' : `Fired ${often} ${sayLocal(standing?.lastFired ?? '')}`
  return `${fired}.${enabled && standing?.said ? ` Now: ${friendly(standing.said)}.` : ''}`
}
