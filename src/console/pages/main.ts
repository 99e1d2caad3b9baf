import { html, nothing, render } from 'lit-html'
import { footOf, headOf, offlineNotice, signInHead } from './frame.ts'
import { audit } from './look/audit.ts'
import { log } from './look/log.ts'
import { now } from './look/now.ts'
import { signInPage } from './look/signin.ts'
import { timeline } from './look/timeline.ts'
import { you } from './look/you.ts'
import { found } from './parts/dom.ts'
import { type Shown, sheet } from './parts/pieces.ts'
import { placeOf } from './parts/place.ts'
import { stoppedNotice } from './parts/stop.ts'
import { rules } from './rules/rules.ts'
import { ask, signedOut, Trouble, wordsOf } from './wire/api.ts'
import { Live } from './wire/live.ts'
import { isIn, look, signOut, whoLooks } from './wire/session.ts'

type Page = (lock: string, rest: string[]) => Promise<Shown>

const pages: Readonly<Record<string, Page>> = {
  now,
  timeline,
  rules,
  audit,
  log,
  you,
  edit: async (lock, rest) => (await writing()).edit(lock, rest),
  example: async (lock, rest) => (await writing()).examples(lock, rest),
}

/** Code for writing rules is loaded when it is needed. */
async function writing() {
  try {
    return await import('./rules/writing.ts')
  } catch {
    throw new Trouble(0, 'offline', 'The console cannot be reached.')
  }
}

const live = new Live()
let shown: Shown | null = null
/** Counts navigations: only the last one is shown. */
let turn = 0
/** The present place, and whether the switch is set there; null for a visitor who is not signed in. */
let around: { lock: string; page: string; isStopped: boolean } | null = null

const place = (id: string) => found(HTMLElement, `#${id}`)

function lockHere(): string {
  const { locks } = whoLooks()
  const { lock } = placeOf(location.hash)
  return lock !== null && locks.includes(lock) ? lock : (locks[0] ?? '')
}

async function go(): Promise<void> {
  turn += 1
  const own = turn
  if (!isIn()) return enter()
  const { page, rest } = placeOf(location.hash)
  const lock = lockHere()
  const name = Object.hasOwn(pages, page) ? page : 'now'
  around = { lock, page: name, isStopped: around?.lock === lock && around.isStopped }
  frame()
  const next = await (pages[name] ?? now)(lock, rest).catch(wentWrong)
  if (own !== turn) return next.leave?.()
  put(next)
  void notices()
}

function put(next: Shown): void {
  shown?.leave?.()
  const isFirst = shown === null
  shown = next
  document.title = `${next.title} · lockwarden`
  place('main').replaceChildren(next.root)
  window.scrollTo(0, 0)
  if (!isFirst) next.root.querySelector('h1')?.focus({ preventScroll: true })
}

function wentWrong(error: unknown): Shown {
  const { root, draw } = sheet()
  draw(html`<h1 tabindex="-1">This cannot be shown</h1>
    <p class="notice bad" role="alert">${wordsOf(error)}</p>
    <button class="button" @click=${() => void go()}>Try again</button>`)
  return { title: 'Not shown', root }
}

function enter(): void {
  live.close()
  around = null
  render(signInHead(), place('head'))
  render(nothing, place('notices'))
  render(nothing, place('foot'))
  put(
    signInPage(async () => {
      live.open()
      await go()
    }),
  )
}

/** Draws the frame around every page. */
function frame(): void {
  if (!around) return
  render(headOf({ ...around, refresh }), place('head'))
  render(footOf(around.lock, leave), place('foot'))
}

async function leave(): Promise<void> {
  await signOut()
  // The next person who signs in begins on the first page.
  history.replaceState(null, '', '/')
  await go()
}

/** How often the notices were looked at. */
let noticed = 0

/** The notices above every page: whether there is a connection, and whether the switch is set. */
async function notices(): Promise<void> {
  const lock = lockHere()
  const call = ++noticed
  const { offlineSince } = live
  if (!isIn() || lock === '') return void render(nothing, place('notices'))
  const status = offlineSince === null ? await ask('status', { lock }).catch(() => null) : null
  // An earlier question may be answered later; its answer is out of date.
  if (call !== noticed || !around) return
  if (status !== null) around.isStopped = status.locks[0]?.stopped === true
  frame()
  const offline = offlineSince === null ? nothing : offlineNotice(offlineSince)
  render([offline, stoppedNotice(lock, around.isStopped, refresh)], place('notices'))
}

function refresh(): void {
  void shown?.news?.()
  void notices()
}

live.addEventListener('news', refresh)
live.addEventListener('line', async () => {
  void notices()
  if (live.offlineSince === null) return
  // The daemon may have been started again, which signs everybody out.
  await look().catch(() => undefined)
  if (!isIn()) void go()
})
signedOut.addEventListener('signed-out', async () => {
  if (!isIn()) return
  await look().catch(() => undefined)
  if (!isIn()) void go()
})
window.addEventListener('online', () => live.again())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') live.again()
})
window.addEventListener('hashchange', () => void go())
place('skip').addEventListener('click', (event) => {
  event.preventDefault()
  place('main').focus()
})

try {
  await look()
  if (isIn()) live.open()
  await go()
} catch (error) {
  put(wentWrong(error))
}
