import { ask, send } from './api.js'
import { confirmed } from './confirm.js'
import { card, h, part } from './element.js'
import { doing, say } from './said.js'
import { whoLooks } from './session.js'
import { capital, sayLength } from './words.js'

/** Where somebody is signed in, and the password. */
export async function you() {
  const { role } = whoLooks()
  const again = async () => sessions.show(await ask('sessions'))
  const sessions = part((/** @type {any[]} */ open) => sessionsOf(open, again))
  if (role !== null) await again()
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1' }, 'You'),
    role === null
      ? h('p', { class: 'card soft' }, 'No passwords are set, so nobody signs in.')
      : [h('p', { class: 'soft' }, `You are signed in as ${role}.`), sessions.root, passwordForm(role, again)],
  )
  return { title: 'You', root }
}

/** @param {any[]} open @param {() => Promise<void>} again */
function sessionsOf(open, again) {
  const others = h(
    'button',
    {
      class: 'button',
      id: 'end-others',
      onclick: () =>
        doing(others, async () => {
          await confirmed(() => send('sessions/end', { others: true }))
          say('All others are signed out.')
          await again()
        }),
    },
    'Sign out all others',
  )
  return card(
    'Where you are signed in',
    h(
      'ul',
      { class: 'list' },
      open.map(({ name, address, browser, signedInSecondsAgo, usedSecondsAgo, here }) => {
        const end = h(
          'button',
          {
            class: 'button',
            id: `end-${name}`,
            'aria-label': `Sign out ${browser}, ${address}`,
            onclick: () =>
              doing(end, async () => {
                await confirmed(() => send('sessions/end', { name }))
                say('It is signed out.')
                await again()
              }),
          },
          'Sign out',
        )
        const used = here ? 'this browser' : `last used ${ago(usedSecondsAgo)}`
        return h(
          'li',
          { class: 'row between' },
          h(
            'p',
            {},
            h('strong', {}, capital(browser)),
            h('small', {}, `${address}; signed in ${ago(signedInSecondsAgo)}; ${used}`),
          ),
          here ? null : end,
        )
      }),
    ),
    open.length > 1 ? others : null,
  )
}

/** @param {number} seconds */
function ago(seconds) {
  return seconds < 60 ? 'just now' : `${sayLength(seconds)} ago`
}

/** @param {string} role @param {() => Promise<void>} again */
function passwordForm(role, again) {
  const trouble = h('p', { class: 'trouble', role: 'alert', id: 'password-trouble' })
  const field = (/** @type {string} */ id, /** @type {string} */ autocomplete) =>
    h('input', { id, type: 'password', autocomplete, required: true, 'aria-describedby': trouble.id })
  const old = field('old-password', 'current-password')
  const wanted = field('new-password', 'new-password')
  const once = field('new-password-again', 'new-password')
  const change = h('button', { class: 'button primary', type: 'submit' }, 'Change it')
  const user = h('input', { class: 'aside', autocomplete: 'username', tabindex: '-1', value: role })
  user.setAttribute('aria-hidden', 'true')
  const form = h(
    'form',
    {
      class: 'fields',
      onsubmit(/** @type {SubmitEvent} */ event) {
        event.preventDefault()
        trouble.textContent = ''
        if (wanted.value !== once.value) {
          trouble.textContent = 'The two new ones are not the same.'
          return
        }
        void doing(change, async () => {
          try {
            await send('password', { old: old.value, new: wanted.value })
          } catch (error) {
            trouble.textContent = error instanceof Error ? error.message : String(error)
            return
          }
          form.reset()
          say('The password is changed. All other browsers are signed out.')
          await again()
        })
      },
    },
    user,
    h('label', { for: 'old-password' }, 'The present password'),
    old,
    h('label', { for: 'new-password' }, 'A new one'),
    wanted,
    h('label', { for: 'new-password-again' }, 'The new one once more'),
    once,
    trouble,
    change,
  )
  return card('The password', h('p', { class: 'soft' }, 'Changing it signs out every other browser.'), form)
}
