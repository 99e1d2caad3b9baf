import { html, nothing, type TemplateResult } from 'lit-html'
import type { Role } from '../../../config/console.ts'
import { found } from '../parts/dom.ts'
import { type Shown, sheet } from '../parts/pieces.ts'
import { wordsOf } from '../wire/api.ts'
import { signIn, whoLooks } from '../wire/session.ts'

const about: Readonly<Record<Role, readonly [name: string, words: string]>> = {
  keyholder: ['Keyholder', 'Writes the rules, sees what they did and why.'],
  wearer: ['Wearer', 'Agrees to the limits, accepts a new lock, stops and resumes.'],
}
const roles: readonly Role[] = ['keyholder', 'wearer']

/** The sign-in form. The button is disabled until `done` has resolved. */
export function signInPage(done: () => Promise<void>): Shown {
  const { signIn: can } = whoLooks()
  const before = localStorage.getItem('role')
  const usual = roles.find((role) => can[role] && role === before) ?? roles.find((role) => can[role])
  const { root, draw } = sheet('card sign-in', 'form')
  root.setAttribute('aria-labelledby', 'title')
  let trouble = ''
  let busy = false
  const show = () => draw(fieldsOf({ can, usual, trouble, busy }))
  const enter = async (role: string, password: HTMLInputElement) => {
    if (busy) return
    ;[busy, trouble] = [true, '']
    show()
    try {
      await signIn(role, password.value)
      localStorage.setItem('role', role)
      await done()
    } catch (error) {
      trouble = wordsOf(error)
      show()
      password.select()
      password.focus()
    } finally {
      busy = false
      show()
    }
  }
  root.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = found(HTMLInputElement, '[name=role]:checked', root)
    void enter(chosen.value, found(HTMLInputElement, '#password', root))
  })
  show()
  return { title: 'Sign in', root }
}

interface Fields {
  can: Readonly<Record<Role, boolean>>
  usual: Role | undefined
  trouble: string
  busy: boolean
}

function fieldsOf({ can, usual, trouble, busy }: Fields): TemplateResult {
  return html`<h1 id="title" tabindex="-1">Sign in</h1>
    <fieldset class="roles">
      <legend>Who are you?</legend>
      ${roles.map((role) => roleOf(role, can[role], role === usual))}
    </fieldset>
    <input class="aside" name="username" autocomplete="username" tabindex="-1" aria-hidden="true" .value=${usual ?? ''} />
    <label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="current-password"
      required
      aria-describedby="sign-in-trouble"
    />
    <p class="trouble" role="alert" id="sign-in-trouble">${trouble}</p>
    <button class="button primary wide" type="submit" aria-disabled=${busy ? 'true' : nothing}>${busy ? 'Signing in…' : 'Sign in'}</button>`
}

function roleOf(role: Role, can: boolean, isUsual: boolean): TemplateResult {
  const [name, words] = about[role]
  /** Password managers keep one password for each name. */
  const chosen = ({ currentTarget }: Event) => {
    if (!(currentTarget instanceof HTMLInputElement) || !currentTarget.form) return
    found(HTMLInputElement, '[name=username]', currentTarget.form).value = role
  }
  return html`<label class="role">
    <input type="radio" name="role" value=${role} required ?checked=${isUsual} ?disabled=${!can} @change=${chosen} />
    <span><strong>${name}</strong><small>${can ? words : 'No password is set for this.'}</small></span>
  </label>`
}
