import { html, nothing, type TemplateResult } from 'lit-html'
import { confirmed } from '../parts/confirm.ts'
import { found } from '../parts/dom.ts'
import { card, keyed, type Shown, sheet } from '../parts/pieces.ts'
import { doing, pressed, say } from '../parts/said.ts'
import { capital, sayLength } from '../parts/words.ts'
import type { Answers } from '../wire/answers.ts'
import { ask, send, wordsOf } from '../wire/api.ts'
import { whoLooks } from '../wire/session.ts'

type Open = Answers['sessions'][number]

/** The open sessions, and the password. */
export async function you(): Promise<Shown> {
  const { role } = whoLooks()
  const { root, draw } = sheet()
  if (role === null) {
    draw([html`<h1 tabindex="-1">You</h1>`, html`<p class="card soft">No passwords are set, so nobody signs in.</p>`])
    return { title: 'You', root }
  }
  let trouble = ''
  let open: Open[] = []
  const show = () =>
    draw(
      html`<h1 tabindex="-1">You</h1>
        <p class="soft">You are signed in as ${role}.</p>
        <div>${sessionsOf(open, again)}</div>
        ${passwordCard(role, trouble, change)}`,
    )
  const again = async () => {
    open = await ask('sessions')
    show()
  }
  const tell = (words: string) => {
    trouble = words
    show()
  }
  const change = (event: SubmitEvent) => {
    event.preventDefault()
    if (event.currentTarget instanceof HTMLFormElement) changePassword(event.currentTarget, tell, again)
  }
  await again()
  return { title: 'You', root }
}

function sessionsOf(open: readonly Open[], again: () => Promise<void>): TemplateResult {
  const end = (which: { name: string } | { others: true }, words: string) =>
    pressed(async () => {
      await confirmed(() => send('sessions/end', which))
      say(words)
      await again()
    })
  const one = ({ name, address, browser, signedInSecondsAgo, usedSecondsAgo, here }: Open) => {
    const used = here ? 'this browser' : `last used ${ago(usedSecondsAgo)}`
    return html`<li class="row between">
      <p>
        <strong>${capital(browser)}</strong>
        <small>${address}; signed in ${ago(signedInSecondsAgo)}; ${used}</small>
      </p>
      ${
        here
          ? nothing
          : html`<button
              class="button"
              id="end-${name}"
              aria-label="Sign out ${browser}, ${address}"
              @click=${end({ name }, 'It is signed out.')}
            >Sign out</button>`
      }
    </li>`
  }
  const others = html`<button class="button" id="end-others" @click=${end({ others: true }, 'All others are signed out.')}>
    Sign out all others
  </button>`
  const list = keyed(open, ({ name }) => name, one)
  return card('Where you are signed in', [html`<ul class="list">${list}</ul>`, open.length > 1 ? others : nothing])
}

function ago(seconds: number): string {
  return seconds < 60 ? 'just now' : `${sayLength(seconds)} ago`
}

function changePassword(form: HTMLFormElement, tell: (trouble: string) => void, again: () => Promise<void>): void {
  const typedIn = (id: string) => found(HTMLInputElement, `#${id}`, form).value
  const wanted = typedIn('new-password')
  tell('')
  if (wanted !== typedIn('new-password-again')) {
    tell('The two new passwords are different.')
    return
  }
  void doing(found(HTMLButtonElement, 'button', form), async () => {
    try {
      await send('password', { old: typedIn('old-password'), new: wanted })
    } catch (error) {
      tell(wordsOf(error))
      return
    }
    form.reset()
    say('The password is changed. All other browsers are signed out.')
    await again()
  })
}

function passwordCard(role: string, trouble: string, change: (event: SubmitEvent) => void): TemplateResult {
  const field = (id: string, label: string, autocomplete: 'current-password' | 'new-password') =>
    html`<label for=${id}>${label}</label>
      <input id=${id} type="password" autocomplete=${autocomplete} required aria-describedby="password-trouble" />`
  return card('The password', [
    html`<p class="soft">Changing it signs out every other browser.</p>`,
    html`<form class="fields" @submit=${change}>
      <input class="aside" autocomplete="username" tabindex="-1" aria-hidden="true" value=${role} />
      ${field('old-password', 'The present password', 'current-password')}
      ${field('new-password', 'A new one', 'new-password')}
      ${field('new-password-again', 'The new one once more', 'new-password')}
      <p class="trouble" role="alert" id="password-trouble">${trouble}</p>
      <button class="button primary" type="submit">Change it</button>
    </form>`,
  ])
}
