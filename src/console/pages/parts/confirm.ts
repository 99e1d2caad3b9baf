import { html } from 'lit-html'
import { send, Trouble, wordsOf } from '../wire/api.ts'
import { openDialog } from './dialog.ts'
import { found } from './dom.ts'

/**
 * Does an important action. If the console asks for the password again, this asks the person, and then repeats the
 * action.
 */
export async function confirmed<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== 'confirm') throw error
    await askPassword()
    return act()
  }
}

function askPassword(): Promise<void> {
  let isRight = false
  const check = async (form: HTMLFormElement, close: () => void) => {
    const [yes, password] = [found(HTMLButtonElement, '[type=submit]', form), found(HTMLInputElement, 'input', form)]
    const trouble = found(HTMLElement, '.trouble', form)
    if (yes.getAttribute('aria-disabled') === 'true') return
    yes.setAttribute('aria-disabled', 'true')
    trouble.textContent = ''
    try {
      await send('confirm', { password: password.value })
      isRight = true
      close()
    } catch (error) {
      trouble.textContent = wordsOf(error)
      password.select()
      password.focus()
    } finally {
      yes.removeAttribute('aria-disabled')
    }
  }
  return new Promise((done, fail) => {
    openDialog(
      { labelledby: 'confirm-title' },
      (close) => passwordForm(check, close),
      () => (isRight ? done() : fail(new Error('Nothing was done.'))),
    )
  })
}

function passwordForm(check: (form: HTMLFormElement, close: () => void) => unknown, close: () => void) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (event.currentTarget instanceof HTMLFormElement) void check(event.currentTarget, close)
  }
  return html`<h2 id="confirm-title">Is it you?</h2>
    <p id="confirm-words">You gave your password some time ago. This needs it once more.</p>
    <form class="fields" @submit=${submit}>
      <label for="confirm-password">Password</label>
      <input
        id="confirm-password"
        type="password"
        autocomplete="current-password"
        required
        autofocus
        aria-describedby="confirm-words confirm-trouble"
      />
      <p class="trouble" role="alert" id="confirm-trouble"></p>
      <button class="button primary wide" type="submit">Go on</button>
      <button class="button wide" type="button" @click=${close}>Leave it</button>
    </form>`
}
