import { h } from './element.js'
import { signIn, whoLooks } from './session.js'

const about = {
  keyholder: 'Writes the rules, sees what they did and why.',
  wearer: 'Agrees to the limits, says yes to a new lock, stops and resumes.',
}

/** @param {() => Promise<void>} done */
export function showSignIn(done) {
  const { signIn: can } = whoLooks()
  const roles = ['keyholder', 'wearer']
  const usual = roles.find((role) => can[role] && role === localStorage.getItem('role')) ?? roles.find((r) => can[r])
  const trouble = h('p', { class: 'trouble', role: 'alert', id: 'sign-in-trouble' })
  const user = h('input', { class: 'aside', name: 'username', autocomplete: 'username', tabindex: '-1', value: usual })
  user.setAttribute('aria-hidden', 'true')
  const password = h('input', {
    id: 'password',
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    'aria-describedby': 'sign-in-trouble',
  })
  const button = h('button', { class: 'button primary wide', type: 'submit' }, 'Sign in')
  const form = h(
    'form',
    {
      class: 'card sign-in',
      'aria-labelledby': 'title',
      async onsubmit(/** @type {SubmitEvent} */ event) {
        event.preventDefault()
        if (button.getAttribute('aria-disabled') === 'true') return
        const role = String(new FormData(form).get('role'))
        trouble.textContent = ''
        button.setAttribute('aria-disabled', 'true')
        button.textContent = 'Signing in…'
        try {
          await signIn(role, password.value)
          localStorage.setItem('role', role)
          await done()
        } catch (error) {
          trouble.textContent = error instanceof Error ? error.message : String(error)
          password.select()
          password.focus()
        } finally {
          button.removeAttribute('aria-disabled')
          button.textContent = 'Sign in'
        }
      },
    },
    h('h1', { id: 'title', tabindex: '-1' }, 'Sign in'),
    h(
      'fieldset',
      { class: 'roles' },
      h('legend', {}, 'Who are you?'),
      roles.map((role) =>
        h(
          'label',
          { class: 'role' },
          h('input', {
            type: 'radio',
            name: 'role',
            value: role,
            required: true,
            checked: role === usual,
            disabled: !can[role],
            onchange: () => Object.assign(user, { value: role }),
          }),
          h(
            'span',
            {},
            h('strong', {}, role === 'keyholder' ? 'Keyholder' : 'Wearer'),
            h('small', {}, can[role] ? about[/** @type {'keyholder'} */ (role)] : 'No password is set for this.'),
          ),
        ),
      ),
    ),
    user,
    h('label', { for: 'password' }, 'Password'),
    password,
    trouble,
    button,
  )
  return { title: 'Sign in', root: form }
}
