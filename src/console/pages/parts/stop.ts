import { html, nothing, type TemplateResult } from 'lit-html'
import { send } from '../wire/api.ts'
import { may, whoLooks } from '../wire/session.ts'
import { confirmed } from './confirm.ts'
import { openDialog } from './dialog.ts'
import { pressed, say } from './said.ts'

/** The button that is on every page. */
export function stopButton(lock: string, isStopped: boolean, done: () => void): TemplateResult {
  const ask = () => askStop(lock, done)
  return html`<button class="button stop" id="stop" aria-haspopup="dialog" ?disabled=${isStopped} @click=${ask}>
    ${isStopped ? 'Stopped' : 'Stop'}
  </button>`
}

function askStop(lock: string, done: () => void): void {
  const many = whoLooks().locks.length > 1
  const stop = (close: () => void) =>
    pressed(async () => {
      await send('stop', many ? { lock } : {})
      close()
      say('Stopped. Nothing restrictive is sent until the wearer resumes.')
      done()
    })
  openDialog(
    { labelledby: 'stop-title', describedby: 'stop-words' },
    (close) =>
      html`<h2 id="stop-title">${many ? `Stop the lock “${lock}”?` : 'Stop?'}</h2>
        <div id="stop-words">
          <p>
            From this moment nothing restrictive is sent, whatever the rules say: no time, no freeze, no task. Relief
            still is.
          </p>
          <p>This does not open the lock. It is not an emergency release: for that, use Chastify itself.</p>
          <p>Only the wearer can resume.</p>
        </div>
        <button class="button stop wide" autofocus @click=${stop(close)}>Stop now</button>
        <button class="button wide" @click=${close}>Leave it running</button>`,
  )
}

/** A lock that stayed stopped because the switch for all locks is set. */
let heldByAll: string | null = null

/** The notice on every page while the switch is set. */
export function stoppedNotice(lock: string, isStopped: boolean, done: () => void): TemplateResult | typeof nothing {
  if (!isStopped || heldByAll !== lock) heldByAll = null
  if (!isStopped) return nothing
  const resume = pressed(async () => {
    const isOne = whoLooks().locks.length > 1 && heldByAll === null
    const { stopped } = await confirmed(() =>
      send<{ stopped: Record<string, boolean> }>('resume', isOne ? { lock } : {}),
    )
    heldByAll = stopped[lock] ? lock : null
    done()
    if (heldByAll === null) say('Resumed. Actions that were held back meanwhile are not sent.')
    else say('All locks were stopped together; they can only be resumed together.', 'bad')
  })
  const words = heldByAll === null ? 'Resume' : 'Resume all locks'
  return html`<div class="notice bad" id="stopped">
    <p>
      <strong>Stopped. </strong>Nothing restrictive is sent. To open the lock in an emergency, use Chastify itself.
    </p>
    ${
      may('resume')
        ? html`<button class="button" id="resume" @click=${resume}>${words}</button>`
        : html`<p>Only the wearer can resume.</p>`
    }
  </div>`
}
