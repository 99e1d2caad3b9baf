import { ask, send, Trouble } from './api.js'
import { h } from './element.js'
import { hashOf } from './place.js'
import { preview } from './preview.js'
import { doing, say } from './said.js'
import { capital } from './words.js'

/** Adding a rule from an example. @param {string} lock @param {string[]} rest */
export async function example(lock, [file, id]) {
  const [examples, [{ rules }]] = await Promise.all([ask('examples'), ask('rules', { lock })])
  const known = new Map(rules.map((/** @type {any} */ rule) => [rule.id, rule]))
  const found = examples.find((/** @type {any} */ one) => one.file === file && one.id === id)
  if (!found) return choice(lock, examples, known)
  const { facts } = await ask('catalogue', { lock })
  return form(lock, found, new Map(facts.map((/** @type {any} */ one) => [one.name, one.help])))
}

/** @param {string} lock @param {any[]} examples @param {Map<string, any>} known */
function choice(lock, examples, known) {
  const groups = [...new Set(examples.map(({ file }) => file))]
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'Add a rule from an example'),
    h('p', { class: 'soft' }, 'Choose one that is near to what you want. Its numbers and texts are yours to change.'),
    groups.map((file) =>
      h(
        'section',
        { class: 'card', 'aria-labelledby': `h-${file}` },
        h('h2', { id: `h-${file}` }, capital(file.replace('.yaml', ''))),
        h(
          'ul',
          { class: 'list links' },
          examples
            .filter((one) => one.file === file)
            .map(({ id, description }) => {
              const rule = known.get(id)
              const to = rule
                ? hashOf(lock, 'edit', rule.file.slice(rule.file.lastIndexOf('/') + 1), String(rule.line))
                : hashOf(lock, 'example', file, id)
              return h(
                'li',
                {},
                h(
                  'a',
                  { href: to },
                  h('strong', {}, description || id),
                  h('small', {}, rule ? `${id}: among your rules already; edit it` : id),
                ),
              )
            }),
        ),
      ),
    ),
  )
  return { title: 'Examples', root }
}

const kinds = {
  length: 'A length of time, such as 45m, 1h30m or 2d',
  time: 'A time of day, such as 22:30',
  number: 'A number',
  percent: 'A chance, such as 25%',
  text: 'A text; what stands between {{ and }} is filled in by itself',
}

/** @param {string} lock @param {any} found @param {Map<string, string>} helps */
function form(lock, { file, id, description, yaml, fields, asks }, helps) {
  const below = h('div')
  const troubles = new Map()
  const inputs = new Map()
  const rows = fields.map((/** @type {any} */ field, /** @type {number} */ i) => {
    const input = h(field.type === 'text' && field.value.length > 40 ? 'textarea' : 'input', {
      id: `field-${i}`,
      name: field.id,
      value: field.value,
      autocomplete: 'off',
      autocapitalize: field.type === 'text' ? 'sentences' : 'off',
      inputmode: field.type === 'number' ? 'decimal' : 'text',
      'aria-describedby': `about-${i} trouble-${i}`,
      ...(field.type === 'text' ? { rows: 2 } : { class: 'short' }),
      oninput: () => {
        below.replaceChildren()
        troubles.get(field.id).textContent = ''
        input.removeAttribute('aria-invalid')
      },
    })
    const trouble = h('p', { class: 'trouble', id: `trouble-${i}`, role: 'alert' })
    inputs.set(field.id, input)
    troubles.set(field.id, trouble)
    return h(
      'div',
      { class: 'field' },
      h('label', { for: `field-${i}` }, labelOf(field, helps)),
      h('div', { class: 'row' }, input, field.unit ? h('span', {}, field.unit) : null),
      h(
        'small',
        { id: `about-${i}` },
        field.type === 'text' && !field.value.includes('{{') ? '' : kinds[/** @type {'text'} */ (field.type)],
      ),
      trouble,
    )
  })
  const fill = h('button', { class: 'button primary', type: 'submit', id: 'look' }, 'See what would come of it')
  const submit = () =>
    doing(fill, async () => {
      const values = Object.fromEntries([...inputs].map(([field, input]) => [field, input.value]))
      let made
      try {
        made = await send('examples/fill', { lock, file, id, values })
      } catch (error) {
        const input = error instanceof Trouble ? inputs.get(error.more.field) : null
        if (!input || !(error instanceof Trouble)) throw error
        troubles.get(error.more.field).textContent = error.message
        input.setAttribute('aria-invalid', 'true')
        input.focus()
        return
      }
      const name = await freeName(lock, made.name)
      const wrong = h('ul', { class: 'faults' })
      const shown = preview({
        lock,
        name,
        text: made.text,
        version: null,
        faults: (faults) => {
          wrong.replaceChildren(
            ...faults.map((one) =>
              h(
                'li',
                { class: one.severity === 'fault' ? 'bad' : 'warn' },
                h('p', {}, `${one.message}.`, one.hint ? h('small', {}, ` ${capital(one.hint)}`) : ''),
              ),
            ),
          )
        },
        saved: () => {
          location.hash = hashOf(lock, 'rules', id)
        },
        conflict: () => say(`There is a file ${name} by now; look once more.`, 'bad'),
      })
      below.replaceChildren(wrong, shown.root)
      shown.focus()
    })
  const needs = [
    ...asks.inputs.map((/** @type {string} */ one) => `the input “${one}”`),
    ...asks.tallies.map((/** @type {string} */ one) => `the tally “${one}”`),
  ]
  const root = h(
    'div',
    { class: 'page' },
    h('p', { class: 'small' }, h('a', { class: 'more', href: hashOf(lock, 'example') }, 'All examples')),
    h('h1', { tabindex: '-1' }, description || id),
    h(
      'form',
      {
        class: 'card',
        'aria-label': 'Its numbers and texts',
        novalidate: true,
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault()
          void submit()
        },
      },
      rows.length > 0 ? rows : h('p', {}, 'There is nothing in it to choose.'),
      needs.length > 0
        ? h('p', { class: 'small soft' }, `It needs ${needs.join(', ')}, added where it is not there yet.`)
        : null,
      h('div', { class: 'row' }, fill),
      h(
        'details',
        {},
        h('summary', {}, 'As it is written'),
        h('pre', { class: 'text', tabindex: '0', role: 'region', 'aria-label': 'The example as YAML' }, yaml),
      ),
    ),
    below,
  )
  return { title: description || id, root }
}

/** @type {Record<string, string>} */
const places = {
  description: 'Description',
  when: 'When',
  only_if: 'Only if',
  at: 'At',
  for: 'For how long it has to be so',
  repeat: 'Again after',
  cooldown: 'At least so long apart',
  limit: 'At most how often',
  chance: 'With a chance of',
  grace: 'How late it may be',
}

/** @type {Record<string, string>} */
const comparisons = {
  '>': 'more than',
  '<': 'less than',
  '>=': 'at least',
  '<=': 'at most',
  is: 'is',
  'is not': 'is not',
  'rises by': 'rises by',
  'falls by': 'falls by',
}

/** The place of a field, in words. @param {any} field @param {Map<string, string>} helps */
function labelOf({ place }, helps) {
  const [path = '', after = ''] = place.split(/: (.*)/s)
  const [first = '', ...rest] = path.split(' › ')
  const head =
    first === 'then' ? rest.map((/** @type {string} */ one) => one.replaceAll(/[_.]/g, ' ')) : [places[first] ?? first]
  const [, fact = '', words = ''] = /^(\S+)\s*(.*)$/.exec(after) ?? []
  const help = helps.get(fact)
  const comparison = comparisons[words]
  if (help && comparison) {
    const begun = help.slice(0, 1).toLowerCase() + help.slice(1).replace(/[;:].*$/, '')
    return h('span', {}, `${capital(head.join(': '))}: ${begun}, ${comparison}`)
  }
  return h('span', {}, capital(head.join(': ')), after ? h('code', {}, ` ${after}`) : '')
}

/** A name that no file has yet. @param {string} lock @param {string} wanted */
async function freeName(lock, wanted) {
  const [{ files }] = await ask('rule-files', { lock })
  const taken = new Set(files.map((/** @type {any} */ one) => one.name))
  const base = wanted.replace(/\.yaml$/, '')
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${base}-${n}.yaml`
    if (!taken.has(name)) return name
  }
}
