import { send } from './api.js'
import { confirmed } from './confirm.js'
import { h } from './element.js'
import { doing, say } from './said.js'
import { may, whoLooks } from './session.js'

const what =
  'From this moment nothing restrictive is sent, whatever the rules say: no time, no freeze, no task. Relief still is.'
const whatNot = 'This does not open the lock. It is no emergency release: for that, use Chastify itself.'

/** The button that is on every page. @param {string} lock @param {() => void} done */
export function stopButton(lock, done) {
  return h(
    'button',
    { class: 'button stop', id: 'stop', 'aria-haspopup': 'dialog', onclick: () => void askStop(lock, done) },
    'Stop',
  )
}

/** @param {string} lock @param {() => void} done */
function askStop(lock, done) {
  const many = whoLooks().locks.length > 1
  const close = () => dialog.close()
  const yes = h(
    'button',
    {
      class: 'button stop wide',
      autofocus: true,
      onclick: () =>
        doing(yes, async () => {
          await send('stop', many ? { lock } : {})
          close()
          say('Stopped. Nothing restrictive is sent until the wearer resumes.')
          done()
        }),
    },
    'Stop now',
  )
  const dialog = h(
    'dialog',
    { class: 'ask', 'aria-labelledby': 'stop-title', 'aria-describedby': 'stop-words' },
    h('h2', { id: 'stop-title' }, many ? `Stop the lock “${lock}”?` : 'Stop?'),
    h('div', { id: 'stop-words' }, h('p', {}, what), h('p', {}, whatNot), h('p', {}, 'Only the wearer can resume.')),
    yes,
    h('button', { class: 'button wide', onclick: close }, 'Leave it running'),
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

/** What is shown on every page while the switch is set. @param {string} lock @param {() => void} done */
export function stoppedNotice(lock, done) {
  let all = false
  const resume = h(
    'button',
    {
      class: 'button',
      id: 'resume',
      onclick: () =>
        doing(resume, async () => {
          const isOne = whoLooks().locks.length > 1 && !all
          const { stopped } = await confirmed(() => send('resume', isOne ? { lock } : {}))
          done()
          if (!stopped[lock]) return say('Resumed. What was held back meanwhile is not sent.')
          // The switch that holds this lock is the one for all of them.
          all = true
          resume.textContent = 'Resume all locks'
          say('All locks were stopped together, and only together do they go on.', 'bad')
        }),
    },
    'Resume',
  )
  return h(
    'div',
    { class: 'notice bad', id: 'stopped' },
    h(
      'p',
      {},
      h('strong', {}, 'Stopped. '),
      'Nothing restrictive is sent. To open the lock in an emergency, use Chastify itself.',
    ),
    may('resume') ? resume : h('p', {}, 'Only the wearer can resume.'),
  )
}
