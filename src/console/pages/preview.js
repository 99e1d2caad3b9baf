import { send, Trouble } from './api.js'
import { h } from './element.js'
import { doing, say } from './said.js'
import { capital, count } from './words.js'

const days = 7

/**
 * What would come of saving, and the button that does it.
 * @param {{ lock: string, name: string, text: string, version: string | null,
 *   faults: (found: any[]) => void, saved: (result: any) => void, conflict: (theirs: any) => void }} given
 */
export function preview({ lock, name, text, version, faults, saved, conflict }) {
  const body = h('div', {}, h('p', { role: 'status' }, 'Looking what would come of it…'))
  const title = h('h2', { id: 'h-preview', tabindex: '-1' }, 'What would come of it')
  const root = h('section', { class: 'card preview', 'aria-labelledby': 'h-preview' }, title, body)
  const save = h(
    'button',
    {
      class: 'button primary',
      id: 'save',
      onclick: () =>
        doing(save, async () => {
          try {
            const result = await send(`rule-files/${name}`, { lock, text, version }, 'PUT')
            say(`Saved. ${name} is in force.`)
            saved(result)
          } catch (error) {
            if (!(error instanceof Trouble)) throw error
            if (error.code === 'changed') conflict(error.more)
            else if (error.code === 'faults') faults(error.more.faults)
            throw error
          }
        }),
    },
    'Save',
  )
  const past = h(
    'div',
    { class: 'past' },
    h('p', { class: 'soft', role: 'status' }, `Going through the last ${days} days…`),
  )
  const look = async () => {
    const found = await send('rule-files/preview', { lock, name, text })
    faults(found.faults)
    if (!found.ok) {
      body.replaceChildren(h('p', { class: 'notice bad' }, 'There are mistakes; they stand above. Nothing was saved.'))
      return
    }
    body.replaceChildren(
      ...[sentencesOf(found.sentences), firesOf(found), worstOf(found.change), past].flat(),
      h('div', { class: 'row' }, save),
    )
    try {
      past.replaceChildren(...pastOf(await send('rule-files/backtest', { lock, name, text, days })))
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      past.replaceChildren(h('h3', {}, `The last ${days} days`), h('p', { class: 'soft' }, words))
    }
  }
  look().catch((error) => {
    body.replaceChildren(h('p', { class: 'notice bad', role: 'alert' }, error.message))
  })
  return { root, focus: () => title.focus() }
}

/** @type {Record<string, [string, string]>} */
const changes = { new: ['good', 'New'], changed: ['warn', 'Changed'], gone: ['bad', 'Gone'], same: ['', 'As before'] }

/** @param {any[]} sentences */
function sentencesOf(sentences) {
  const told = sentences.filter(({ change }) => change !== 'same')
  const same = sentences.length - told.length
  return [
    h('h3', {}, 'The rules'),
    told.length === 0 ? h('p', {}, 'Every rule of this file does what it did before.') : '',
    h(
      'ul',
      { class: 'list' },
      told.map(({ id, sentence, change }) => {
        const [kind, word] = changes[change] ?? ['', change]
        return h(
          'li',
          {},
          h('p', {}, h('span', { class: `chip ${kind}` }, word), ' ', h('strong', {}, id)),
          h('p', {}, sentence),
        )
      }),
    ),
    told.length > 0 && same > 0 ? h('p', { class: 'small soft' }, `${count(same, 'other rule')} as before.`) : '',
  ]
}

/** @param {any} found */
function firesOf({ fires, standstill }) {
  const fresh = fires.filter((/** @type {any} */ one) => !one.anyway)
  const words = standstill
    ? `Nothing is decided at all now: ${standstill}.`
    : fresh.length === 0
      ? 'No rule would fire at once because of this.'
      : `Would fire at once: ${fresh.map((/** @type {any} */ one) => one.rule).join(', ')}.`
  return [h('h3', {}, 'At once'), h('p', { class: fresh.length > 0 ? 'notice warn' : '' }, words)]
}

/** @param {any} change */
function worstOf(change) {
  if (!change) return []
  const same = change.before.join() === change.after.join()
  const list = (/** @type {string[]} */ lines) =>
    h(
      'ul',
      { class: 'plain' },
      lines.map((line) => h('li', {}, capital(line))),
    )
  if (same) return [h('h3', {}, 'Worst case'), h('p', {}, 'As before:'), list(change.after)]
  return [
    h('h3', {}, 'Worst case'),
    change.raised
      ? h(
          'p',
          { class: 'notice warn' },
          'More can happen to the wearer than before. The wearer will see this on their page.',
        )
      : h('p', {}, 'No more can happen to the wearer than before.'),
    h(
      'dl',
      { class: 'beside' },
      h('div', {}, h('dt', {}, 'Before'), h('dd', {}, list(change.before))),
      h('div', {}, h('dt', {}, 'After saving'), h('dd', {}, list(change.after))),
    ),
  ]
}

/** @param {any} tried */
function pastOf({ said }) {
  if (!said)
    return [h('h3', {}, `The last ${days} days`), h('p', { class: 'soft' }, 'Nothing was recorded yet to try it on.')]
  const own = said.totals.filter((/** @type {any} */ one) => one.firings !== '0')
  return [
    h('h3', {}, `On what was recorded, ${said.span}`),
    said.differences.length === 0
      ? h('p', {}, 'It would have been just the same.')
      : h(
          'ul',
          {},
          said.differences.map((/** @type {string} */ line) => h('li', {}, line)),
        ),
    own.length === 0
      ? ''
      : h(
          'details',
          {},
          h('summary', {}, 'What every rule would have done'),
          h(
            'div',
            { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'What every rule would have done' },
            h(
              'table',
              {},
              h(
                'thead',
                {},
                h(
                  'tr',
                  {},
                  ['Rule', 'Firings', 'What they did'].map((name) => h('th', { scope: 'col' }, name)),
                ),
              ),
              h(
                'tbody',
                {},
                own.map((/** @type {any} */ one) =>
                  h(
                    'tr',
                    {},
                    h('th', { scope: 'row' }, one.rule),
                    h('td', {}, one.firings),
                    h('td', {}, one.did || '–'),
                  ),
                ),
              ),
            ),
          ),
        ),
    h(
      'details',
      {},
      h('summary', {}, 'What this cannot know'),
      h(
        'ul',
        {},
        said.unknowable.map((/** @type {string} */ line) => h('li', {}, line)),
      ),
    ),
  ].filter((one) => one !== '')
}
