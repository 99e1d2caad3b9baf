import { ask } from './api.js'
import { h, part } from './element.js'
import { hashOf } from './place.js'
import { may } from './session.js'
import { capital, friendly, sayLength, sayLocal } from './words.js'

/** Each rule in a sentence, how it stands, and why. @param {string} lock @param {string[]} rest */
export async function rules(lock, [wanted]) {
  const open = new Set(wanted ? [wanted] : [])
  /** @type {Map<string, any>} */
  const whys = new Map()
  const list = part((data) => listOf(data, lock, open, toggled))
  let data = /** @type {any} */ (null)
  const draw = () => list.show({ ...data, whys: Object.fromEntries(whys) })
  const explain = async () => {
    const asked = [...open].map(async (rule) => {
      const [why] = await ask('why', { lock, rule }).catch(() => [])
      if (why) whys.set(rule, why)
    })
    await Promise.all(asked)
  }
  const toggled = async (/** @type {string} */ id, /** @type {boolean} */ isOpen) => {
    if (isOpen === open.has(id)) return
    if (isOpen) open.add(id)
    else open.delete(id)
    if (!isOpen) return
    await explain()
    draw()
  }
  const news = async () => {
    const [[told], status] = await Promise.all([ask('rules', { lock }), ask('status', { lock })])
    const states = Object.fromEntries(status.locks[0].rules.map((/** @type {any} */ rule) => [rule.id, rule]))
    data = { rules: told.rules, states }
    await explain()
    draw()
  }
  await news()
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'Rules'),
    may('edit-rules')
      ? h(
          'p',
          { class: 'row' },
          h('a', { class: 'button', href: hashOf(lock, 'example') }, 'Add a rule from an example'),
          h('a', { class: 'button quiet', href: hashOf(lock, 'edit') }, 'Edit the files'),
        )
      : null,
    list.root,
  )
  if (wanted) requestAnimationFrame(() => root.querySelector(`#rule-${CSS.escape(wanted)}`)?.scrollIntoView())
  return { title: 'Rules', root, news: () => news().catch(() => undefined) }
}

/** @param {any} data @param {string} lock @param {Set<string>} open @param {(id: string, isOpen: boolean) => void} toggled */
function listOf({ rules: all, states, whys }, lock, open, toggled) {
  if (all.length === 0) return h('p', { class: 'card soft' }, 'There are no rules.')
  const [on, off] = [
    all.filter((/** @type {any} */ rule) => rule.enabled),
    all.filter((/** @type {any} */ rule) => !rule.enabled),
  ]
  const cards = (/** @type {any[]} */ some) =>
    some.map((rule) => ruleCard(rule, states[rule.id], whys[rule.id] ?? null, lock, open.has(rule.id), toggled))
  return [cards(on), off.length > 0 ? h('h2', { class: 'between' }, `Switched off (${off.length})`) : null, cards(off)]
}

/** @param {any} rule @param {any} state @param {any} why @param {string} lock @param {boolean} isOpen @param {(id: string, isOpen: boolean) => void} toggled */
function ruleCard(rule, state, why, lock, isOpen, toggled) {
  const times = state?.firedTimes ?? 0
  const fired =
    times === 0
      ? 'Never fired on this lock'
      : `Fired ${times === 1 ? 'once' : `${times} times, last`} ${sayLocal(state.lastFired)}`
  const silence = state?.silence
  return h(
    'article',
    { class: `card rule${rule.enabled ? '' : ' dim'}`, id: `rule-${rule.id}`, 'aria-labelledby': `name-${rule.id}` },
    h(
      'div',
      { class: 'row between' },
      h('h3', { id: `name-${rule.id}`, class: 'grow' }, rule.id),
      rule.enabled ? null : h('span', { class: 'chip off' }, 'Off'),
      h(
        'a',
        {
          class: 'button quiet',
          href: hashOf(lock, 'edit', fileOf(rule.file), String(rule.line)),
          'aria-label': `${may('edit-rules') ? 'Edit' : 'See'} ${rule.id} in ${fileOf(rule.file)}`,
        },
        may('edit-rules') ? 'Edit' : 'YAML',
      ),
    ),
    h('p', {}, rule.sentence.replace(/^\(Switched off\) /, '')),
    rule.description ? h('p', { class: 'soft' }, rule.description) : null,
    h('p', { class: 'small soft' }, `${fired}.${rule.enabled && silence ? ` Now: ${saySilence(silence)}.` : ''}`),
    h(
      'details',
      {
        id: `why-${rule.id}`,
        open: isOpen,
        ontoggle: (/** @type {any} */ event) => toggled(rule.id, event.currentTarget.open),
      },
      h('summary', {}, 'Why, or why not'),
      h('div', { class: 'inside' }, why ? whyOf(why) : h('p', { class: 'soft' }, 'Asking…')),
    ),
  )
}

/** @type {Record<string, string>} */
const silences = {
  'condition false': 'its condition is not true',
  'condition unknown': 'it is not known whether its condition is true',
  'had its turn in this episode': 'it had its turn, and waits for its condition to end',
  'not its moment': 'it waits for its moment',
  for: 'it is true, but not for long enough yet',
  repeat: 'it waits for its next turn',
  cooldown: 'it fired a short while ago',
  limit: 'it fired as often as it may',
}

/** @param {string} silence */
function saySilence(silence) {
  const known = Object.keys(silences).find((name) => silence === name || silence.startsWith(`${name} `))
  return friendly(known ? `${silences[known]}${silence.slice(known.length)}` : silence)
}

/** @param {string} path */
function fileOf(path) {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** @param {any} why */
function whyOf(why) {
  const { standstill, decision, wait, missing, when, onlyIf, lost, fired } = why
  return [
    standstill ? h('p', { class: 'notice warn' }, `Nothing is decided at all now: ${standstill}.`) : null,
    h(
      'p',
      {},
      !decision
        ? 'It was not judged since the daemon started.'
        : decision.fires
          ? 'It fires at this moment.'
          : `It does not fire now: ${friendly(decision.said)}.`,
      wait ? ` ${capital(friendly(wait))}.` : '',
      missing ? ` ${capital(missing)}.` : '',
    ),
    when ? [h('h4', {}, 'Its condition'), leaves(when)] : null,
    onlyIf ? [h('h4', {}, 'Asked when it is due (only_if)'), leaves(onlyIf)] : null,
    fired.did.length > 0
      ? [
          h('h4', {}, 'What it did last'),
          h(
            'ul',
            {},
            fired.did.map((/** @type {string} */ line) => h('li', {}, capital(line))),
          ),
        ]
      : null,
    lost
      ? h('p', { class: 'small soft' }, `Its last turn that came to nothing was ${sayLocal(lost.at)}: ${lost.said}.`)
      : null,
  ]
}

/** @type {Record<string, [string, string, string]>} */
const truths = { true: ['✓', 'true', 'good'], false: ['✗', 'false', 'bad'], null: ['?', 'not known', 'warn'] }

/** @param {any[]} lines */
function leaves(lines) {
  return h(
    'ul',
    { class: 'leaves' },
    lines.map(({ depth, truth, text, saw }) => {
      const [mark, words, kind] = truths[String(truth)] ?? ['?', '', '']
      const age = saw?.ageSeconds == null || saw.ageSeconds < 5 ? '' : `, read ${sayLength(saw.ageSeconds)} ago`
      return h(
        'li',
        { class: `depth-${Math.min(depth, 4)}` },
        h('span', { class: `truth ${kind}`, 'aria-hidden': 'true' }, mark),
        h(
          'span',
          {},
          h('span', { class: 'aside' }, `${words}: `),
          h('code', {}, text),
          saw ? h('small', {}, ` it is ${saw.said}${age}`) : '',
        ),
      )
    }),
  )
}
