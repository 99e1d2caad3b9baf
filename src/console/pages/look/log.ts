import { html, type TemplateResult } from 'lit-html'
import { keyed, type Shown, sheet } from '../parts/pieces.ts'
import { capital } from '../parts/words.ts'
import type { LogPage } from '../wire/answers.ts'
import { ask } from '../wire/api.ts'

const most = 300
const levels = [
  ['debug', 'everything'],
  ['info', 'what happens'],
  ['warn', 'troubles'],
  ['error', 'errors'],
] as const

/** The last lines of the daemon's log, from a chosen level. */
export async function log(): Promise<Shown> {
  const { root, draw } = sheet()
  let least = 'info'
  const show = async () => {
    const page = await ask('log', { most, least })
    draw(pageOf(page, choose))
  }
  const news = () => show().catch(() => undefined)
  const choose = ({ currentTarget }: Event) => {
    if (!(currentTarget instanceof HTMLSelectElement)) return
    least = currentTarget.value
    void news()
  }
  await show()
  return { title: 'Log', root, news }
}

function pageOf({ level, lines }: LogPage, choose: (event: Event) => void): TemplateResult {
  const note = level === 'debug' ? '' : `The log shows ${level} and above; "lockwarden log --level debug" shows more.`
  const option = ([value, words]: (typeof levels)[number]) =>
    html`<option value=${value} ?selected=${value === 'info'}>${capital(words)}</option>`
  return html`<h1 tabindex="-1">Log</h1>
    <p><label for="log-level">Show </label><select id="log-level" @change=${choose}>${levels.map(option)}</select></p>
    <p class="soft">${note}</p>
    <ul class="trail" id="log-lines">
      ${
        lines.length === 0
          ? html`<li class="card soft">Nothing yet.</li>`
          : keyed(lines.toReversed(), ({ n }) => n, lineOf)
      }
    </ul>`
}

const kinds: Readonly<Record<number, readonly [kind: string, name: string]>> = {
  20: ['off', 'Detail'],
  30: ['good', 'Note'],
  40: ['warn', 'Trouble'],
  50: ['bad', 'Error'],
}

/** The shown fields of a log line. */
interface Said {
  time?: string
  lock?: string
  msg?: string
  error?: string
}

function lineOf({ n, level, text }: LogPage['lines'][number]): TemplateResult {
  const { time = '', lock, msg, error }: Said = JSON.parse(text)
  const words = [msg, error].filter((part) => part !== undefined && part !== '').join(': ')
  const [kind, name] = kinds[level] ?? ['off', String(level)]
  const at = String(time)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
  return html`<li class="card" id="line-${n}">
    <div class="head">
      <span class="chip ${kind}">${name}</span>
      <span class="grow">${words}${lock ? html`<small> (${lock})</small>` : ''}</span>
      <small>${at}</small>
    </div>
  </li>`
}
