import { ask, send } from './api.js'
import { editor } from './editor.js'
import { h } from './element.js'
import { hashOf } from './place.js'
import { preview } from './preview.js'
import { doing, say } from './said.js'
import { may } from './session.js'
import { count, sayMoment } from './words.js'

/** Texts that were changed and not saved yet, so that a look at another page loses nothing. */
const drafts = /** @type {Map<string, { text: string, version: string | null }>} */ (new Map())

window.addEventListener('beforeunload', (event) => {
  if (drafts.size > 0) event.preventDefault()
})

/** Rule files: the list of them, or one. @param {string} lock @param {string[]} rest */
export function edit(lock, [name, line]) {
  return name === undefined ? files(lock) : file(lock, name, Number(line) || null)
}

/** @param {string} lock */
async function files(lock) {
  const [{ files: found, others }] = await ask('rule-files', { lock })
  const name = h('input', {
    id: 'new-name',
    required: true,
    pattern: '[a-z0-9-]{1,80}',
    autocapitalize: 'off',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'new-name-help',
  })
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'Edit the rules'),
    may('edit-rules')
      ? h(
          'section',
          { class: 'card', 'aria-labelledby': 'h-example' },
          h('h2', { id: 'h-example' }, 'A new rule'),
          h('p', {}, 'Choose an example, put in your own numbers and words, see what would come of it, save.'),
          h('a', { class: 'button primary', href: hashOf(lock, 'example') }, 'Add from an example'),
        )
      : null,
    h(
      'section',
      { class: 'card', 'aria-labelledby': 'h-files' },
      h('h2', { id: 'h-files' }, 'The files'),
      h(
        'ul',
        { class: 'list links' },
        found.map((/** @type {any} */ one) =>
          h(
            'li',
            {},
            h(
              'a',
              { href: hashOf(lock, 'edit', one.name) },
              h('strong', {}, one.name),
              h('small', {}, drafts.has(`${lock} ${one.name}`) ? 'changed, not saved' : count(one.bytes, 'byte')),
            ),
          ),
        ),
      ),
      found.length === 0 ? h('p', { class: 'soft' }, 'There are none yet.') : null,
      others.length > 0
        ? h('p', { class: 'small soft' }, `Only to be edited on the machine itself: ${others.join(', ')}.`)
        : null,
    ),
    may('edit-rules')
      ? h(
          'form',
          {
            class: 'card',
            'aria-labelledby': 'h-new',
            onsubmit: (/** @type {Event} */ event) => {
              event.preventDefault()
              location.hash = hashOf(lock, 'edit', `${name.value}.yaml`)
            },
          },
          h('h2', { id: 'h-new' }, 'An empty file'),
          h('label', { for: 'new-name' }, 'Its name'),
          h('div', { class: 'row' }, name, h('button', { class: 'button' }, 'Begin')),
          h('p', { class: 'small soft', id: 'new-name-help' }, 'Small letters, digits and hyphens.'),
        )
      : null,
  )
  return { title: 'Edit', root }
}

const beginning = 'rules:\n  - id: my-rule\n    when: \n    then:\n      - log: A text\n'

/** @param {string} lock @param {string} name @param {number | null} line */
async function file(lock, name, line) {
  const key = `${lock} ${name}`
  const onDisk = await ask(`rule-files/${encodeURIComponent(name)}`, { lock }).catch((error) => {
    if (error.status === 404) return { text: null, version: null }
    throw error
  })
  const readOnly = !may('edit-rules')
  const draft = drafts.get(key)
  let version = draft ? draft.version : onDisk.version
  let before = onDisk.text ?? ''
  const state = h('p', { class: 'small soft', role: 'status' })
  const below = h('div')
  const history = h('div')
  const changed = (/** @type {string} */ text) => {
    if (text === before) drafts.delete(key)
    else drafts.set(key, { text, version })
    state.textContent = text === before ? '' : 'Changed, not saved yet.'
    below.replaceChildren()
  }
  const sheet = editor({ lock, name, text: draft?.text ?? onDisk.text ?? beginning, readOnly, changed })
  const adopt = (/** @type {string} */ text, /** @type {string | null} */ hash) => {
    version = hash
    before = text
    drafts.delete(key)
  }
  const look = h(
    'button',
    {
      class: 'button primary',
      id: 'look',
      onclick: () => {
        const text = sheet.text()
        const shown = preview({
          lock,
          name,
          text,
          version,
          faults: sheet.showFaults,
          saved: (result) => {
            adopt(text, result.version)
            state.textContent = 'Saved.'
            below.replaceChildren()
            look.focus()
            void versions()
          },
          conflict: (theirs) => {
            const shows = conflictOf(name, text, theirs, {
              takeTheirs: () => {
                adopt(theirs.text ?? '', theirs.version)
                sheet.set(theirs.text ?? '')
                below.replaceChildren()
                say('The text on disk is in the editor.')
              },
              keepMine: () => {
                version = theirs.version
                drafts.set(key, { text, version })
                below.replaceChildren()
                look.click()
              },
            })
            below.replaceChildren(shows)
            shows.querySelector('h2')?.focus()
          },
        })
        below.replaceChildren(shown.root)
        shown.focus()
      },
    },
    'See what would come of it',
  )
  const versions = async () => {
    const found = await ask(`rule-files/${encodeURIComponent(name)}/versions`, { lock }).catch(() => [])
    history.replaceChildren(...versionsOf(found))
  }
  const versionsOf = (/** @type {any[]} */ found) => {
    if (found.length === 0) return []
    const undo = h(
      'button',
      {
        class: 'button',
        id: 'undo',
        onclick: () =>
          doing(undo, async () => {
            const result = await send(`rule-files/${name}/undo`, { lock, version })
            const { text } = result.version
              ? await ask(`rule-files/${encodeURIComponent(name)}`, { lock })
              : { text: '' }
            adopt(text, result.version)
            say(`Taken back. ${name} is as it was before.`)
            if (result.version === null) location.hash = hashOf(lock, 'edit')
            else sheet.set(text)
            await versions()
          }),
      },
      'Undo the last save',
    )
    return [
      h(
        'section',
        { class: 'card', 'aria-labelledby': 'h-versions' },
        h('h2', { id: 'h-versions' }, 'Earlier versions'),
        readOnly ? null : h('p', {}, undo),
        h(
          'ul',
          { class: 'list' },
          found.map(({ id, at, who, why, version: was }) => {
            const take = h(
              'button',
              {
                class: 'button quiet',
                onclick: () =>
                  doing(take, async () => {
                    const { text } = await ask(`rule-files/${encodeURIComponent(name)}/versions/${id}`, { lock })
                    sheet.set(text ?? '')
                    say('The earlier text is in the editor; it is not saved yet.')
                    document.getElementById('yaml')?.focus()
                  }),
              },
              'Put it into the editor',
            )
            return h(
              'li',
              { class: 'row between' },
              h(
                'p',
                {},
                was === null ? 'Before the file was there' : `As it was until ${sayMoment(at)}`,
                h('small', {}, `${why === 'undo' ? 'then taken back' : 'then changed'} by ${who.role ?? 'somebody'}`),
              ),
              readOnly || was === null ? null : take,
            )
          }),
        ),
      ),
    ]
  }
  const root = h(
    'div',
    { class: 'page' },
    h(
      'p',
      { class: 'small' },
      h('a', { class: 'more', href: hashOf(lock, readOnly ? 'rules' : 'edit') }, readOnly ? 'All rules' : 'All files'),
    ),
    h('h1', { tabindex: '-1' }, name),
    onDisk.text === null ? h('p', { class: 'soft' }, 'A new file; it is made when you save it.') : null,
    draft ? h('p', { class: 'notice note' }, 'These are your changes from before; they are not saved yet.') : null,
    h(
      'section',
      { class: 'card', 'aria-label': 'The text' },
      sheet.root,
      state,
      readOnly ? null : h('div', { class: 'row' }, look),
    ),
    below,
    history,
  )
  void versions()
  if (line !== null) requestAnimationFrame(() => sheet.jump(line))
  return { title: name, root, leave: sheet.leave }
}

/**
 * Both texts, where somebody else changed the file meanwhile.
 * @param {string} name @param {string} mine @param {{ text: string | null }} theirs
 * @param {{ takeTheirs: () => void, keepMine: () => void }} ways
 */
function conflictOf(name, mine, theirs, { takeTheirs, keepMine }) {
  const text = (/** @type {string} */ title, /** @type {string} */ id, /** @type {string} */ body) =>
    h(
      'div',
      {},
      h('h3', { id }, title),
      h('pre', { class: 'text', tabindex: '0', role: 'region', 'aria-labelledby': id }, body),
    )
  return h(
    'section',
    { class: 'card conflict', 'aria-labelledby': 'h-conflict' },
    h('h2', { id: 'h-conflict', tabindex: '-1' }, 'Changed on disk meanwhile'),
    h(
      'p',
      {},
      `Somebody changed ${name} since you opened it. Nothing was overwritten; choose which text to go on with.`,
    ),
    h(
      'div',
      { class: 'beside' },
      text('Yours', 'h-mine', mine),
      text('On disk now', 'h-theirs', theirs.text ?? '(the file is gone)'),
    ),
    h(
      'div',
      { class: 'row' },
      h('button', { class: 'button', id: 'take-theirs', onclick: takeTheirs }, 'Go on with the text on disk'),
      h('button', { class: 'button', id: 'keep-mine', onclick: keepMine }, 'Go on with mine'),
    ),
  )
}
