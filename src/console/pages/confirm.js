import { send, Trouble } from './api.js'
import { h } from './element.js'

/**
 * Does something that weighs more; where the console asks for the password once more, so does this, and does it then.
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function confirmed(act) {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== 'confirm') throw error
    await askPassword()
    return act()
  }
}

/** @returns {Promise<void>} */
function askPassword() {
  return new Promise((done, fail) => {
    const trouble = h('p', { class: 'trouble', role: 'alert', id: 'confirm-trouble' })
    const password = h('input', {
      id: 'confirm-password',
      type: 'password',
      autocomplete: 'current-password',
      required: true,
      autofocus: true,
      'aria-describedby': 'confirm-words confirm-trouble',
    })
    const yes = h('button', { class: 'button primary wide', type: 'submit' }, 'Go on')
    let isRight = false
    const form = h(
      'form',
      {
        class: 'fields',
        async onsubmit(/** @type {SubmitEvent} */ event) {
          event.preventDefault()
          if (yes.getAttribute('aria-disabled') === 'true') return
          yes.setAttribute('aria-disabled', 'true')
          trouble.textContent = ''
          try {
            await send('confirm', { password: password.value })
            isRight = true
            dialog.close()
          } catch (error) {
            trouble.textContent = error instanceof Error ? error.message : String(error)
            password.select()
            password.focus()
          } finally {
            yes.removeAttribute('aria-disabled')
          }
        },
      },
      h('label', { for: 'confirm-password' }, 'Password'),
      password,
      trouble,
      yes,
      h('button', { class: 'button wide', type: 'button', onclick: () => dialog.close() }, 'Leave it'),
    )
    const dialog = h(
      'dialog',
      { class: 'ask', 'aria-labelledby': 'confirm-title' },
      h('h2', { id: 'confirm-title' }, 'Is it you?'),
      h('p', { id: 'confirm-words' }, 'Your password was given some time ago. For this it is asked for once more.'),
      form,
    )
    dialog.addEventListener('close', () => {
      dialog.remove()
      if (isRight) done()
      else fail(new Error('Nothing was done.'))
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}
