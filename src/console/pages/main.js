import { ask, signedOut } from './api.js'
import { audit } from './audit.js'
import { edit } from './edit.js'
import { h } from './element.js'
import { example } from './example.js'
import { icon } from './icons.js'
import { Live } from './live.js'
import { log } from './log.js'
import { now } from './now.js'
import { hashOf, placeOf } from './place.js'
import { rules } from './rules.js'
import { doing } from './said.js'
import { isIn, look, may, signOut, whoLooks } from './session.js'
import { showSignIn } from './signin.js'
import { stopButton, stoppedNotice } from './stop.js'
import { timeline } from './timeline.js'
import { sayClock } from './words.js'
import { you } from './you.js'

/**
 * A page: shows itself for a place, is told when there are news, and when it is left.
 * @typedef {{ title: string, root: HTMLElement, news?: () => unknown, leave?: () => void }} Shown
 * @type {Record<string, (lock: string, rest: string[]) => Shown | Promise<Shown>>}
 */
const pages = { now, timeline, rules, edit, example, audit, log, you }

const live = new Live()
/** @type {Shown | null} */
let shown = null
let turn = 0

/** @param {string} id @returns {any} */
const place = (id) => document.getElementById(id)

function lockHere() {
  const { locks } = whoLooks()
  const { lock } = placeOf(location.hash)
  return lock !== null && locks.includes(lock) ? lock : (locks[0] ?? '')
}

async function go() {
  turn += 1
  const own = turn
  if (!isIn()) return enter()
  const { page, rest } = placeOf(location.hash)
  const lock = lockHere()
  const name = Object.hasOwn(pages, page) ? page : 'now'
  frame(lock, name)
  let next
  try {
    next = await pages[name](lock, rest)
  } catch (error) {
    next = wentWrong(error)
  }
  if (own !== turn) return next.leave?.()
  put(next)
  void notices()
}

/** @param {Shown} next */
function put(next) {
  shown?.leave?.()
  const isFirst = shown === null
  shown = next
  document.title = `${next.title} · lockwarden`
  place('main').replaceChildren(next.root)
  window.scrollTo(0, 0)
  if (!isFirst) next.root.querySelector('h1')?.focus({ preventScroll: true })
}

/** @param {unknown} error @returns {Shown} */
function wentWrong(error) {
  const words = error instanceof Error ? error.message : String(error)
  return {
    title: 'Not shown',
    root: h(
      'div',
      { class: 'page' },
      h('h1', { tabindex: '-1' }, 'This cannot be shown'),
      h('p', { class: 'notice bad', role: 'alert' }, words),
      h('button', { class: 'button', onclick: () => void go() }, 'Try again'),
    ),
  }
}

function enter() {
  live.close()
  place('head').replaceChildren(h('p', { class: 'brand' }, icon('lock'), 'lockwarden'))
  place('notices').replaceChildren()
  place('foot').replaceChildren()
  put(
    showSignIn(async () => {
      live.open()
      await go()
    }),
  )
}

const tabs = /** @type {const} */ ([
  ['now', 'Now'],
  ['timeline', 'Timeline'],
  ['rules', 'Rules'],
  ['edit', 'Edit'],
  ['audit', 'Audit'],
])

/** What is around every page. @param {string} lock @param {string} page */
function frame(lock, page) {
  const { locks, role, version, zone, viewOnly } = whoLooks()
  const open = page === 'example' ? 'edit' : page === 'log' ? 'audit' : page
  const chosen = h(
    'select',
    {
      id: 'lock',
      'aria-label': 'Lock',
      onchange: () => {
        location.hash = hashOf(chosen.value, open)
      },
    },
    locks.map((name) => h('option', { value: name, selected: name === lock }, name)),
  )
  place('head').replaceChildren(
    h(
      'div',
      { class: 'bar' },
      h('p', { class: 'brand' }, icon('lock'), h('span', {}, 'lockwarden')),
      locks.length > 1 ? chosen : null,
      may('stop') ? stopButton(lock, refresh) : null,
    ),
    h(
      'nav',
      { 'aria-label': 'Pages' },
      h(
        'ul',
        {},
        tabs
          .filter(([name]) => name !== 'edit' || may('edit-rules'))
          .map(([name, words]) =>
            h(
              'li',
              {},
              h('a', { href: hashOf(lock, name), 'aria-current': name === open ? 'page' : null }, icon(name), words),
            ),
          ),
      ),
    ),
  )
  const out = h(
    'button',
    {
      class: 'button quiet',
      id: 'sign-out',
      onclick: () =>
        doing(out, async () => {
          await signOut()
          // Whoever signs in next begins at the beginning.
          history.replaceState(null, '', '/')
          await go()
        }),
    },
    'Sign out',
  )
  place('foot').replaceChildren(
    viewOnly && role === null
      ? h('p', {}, 'No passwords are set: this only shows.')
      : h('a', { href: hashOf(lock, 'you'), id: 'you' }, `Signed in as ${role}`),
    role === null ? '' : out,
    h('p', {}, `Times are those of ${zone}. lockwarden ${version}`),
  )
}

/** How often the notices were looked at. */
let noticed = 0

/** What stands above every page: whether there is a connection, and whether the switch is set. */
async function notices() {
  const lock = lockHere()
  const call = ++noticed
  const { offlineSince } = live
  if (!isIn() || lock === '') return place('notices').replaceChildren()
  const status = offlineSince === null ? await ask('status', { lock }).catch(() => null) : null
  const isStopped = status === null ? place('stopped') !== null : status.locks[0]?.stopped === true
  // What was asked for earlier, and answered later, is not what is.
  if (call !== noticed) return
  const wanted = [...(offlineSince === null ? [] : ['offline']), ...(isStopped ? ['stopped'] : [])]
  const stop = place('stop')
  if (stop) {
    stop.disabled = isStopped
    stop.textContent = isStopped ? 'Stopped' : 'Stop'
  }
  const there = [...place('notices').children].map(({ id }) => id)
  if (there.join() === wanted.join()) return
  place('notices').replaceChildren(
    ...(offlineSince === null ? [] : [offlineNotice(offlineSince)]),
    ...(isStopped ? [place('stopped') ?? stoppedNotice(lock, refresh)] : []),
  )
}

/** @param {number} since */
function offlineNotice(since) {
  const words = `Offline since ${sayClock(since)}. What you see may be old; this page tries again by itself.`
  return h('div', { class: 'notice warn', id: 'offline', role: 'status' }, h('p', {}, words))
}

function refresh() {
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
place('skip').addEventListener('click', (/** @type {Event} */ event) => {
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
