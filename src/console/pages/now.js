import { ask, send } from './api.js'
import { now as clock, pace } from './clock.js'
import { confirmed } from './confirm.js'
import { card, h, notice, part } from './element.js'
import { firingsIn, sayRow } from './firing.js'
import { limitBars } from './limits.js'
import { hashOf } from './place.js'
import { doing, say } from './said.js'
import { may, whoLooks } from './session.js'
import { capital, count, countdown, friendly, sayIn, sayLength, sayLocal, sayMoment } from './words.js'

const factNames = [
  'lock.frozenBy',
  'lock.unlockable',
  'lock.taskAssigned',
  'lock.taskPoints',
  'lock.taskPointsRequired',
  'lock.wearerLastSeenAgoSeconds',
  'task.openSeconds',
  'task.openedBy',
]
const mostAhead = 6
const mostDone = 5

/** How things stand at this moment. @param {string} lock */
export async function now(lock) {
  const again = () => void page.news()
  const parts = {
    first: part((data) => firstOf(data, lock, again)),
    hero: part(heroOf),
    unsettled: part(({ rows }) => unsettledOf(rows, lock, again)),
    inputs: part((inputs) => inputsOf(inputs, lock, again)),
    ahead: part((data) => aheadOf(data, lock)),
    done: part((rows) => doneOf(rows, lock)),
    limits: part(limitsOf),
    services: part(servicesOf),
  }
  const root = h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: '-1', class: 'aside' }, 'Now'),
    parts.first.root,
    parts.hero.root,
    h(
      'div',
      { class: 'columns' },
      h('div', {}, parts.unsettled.root, parts.ahead.root, parts.inputs.root),
      h('div', {}, parts.done.root, parts.limits.root, parts.services.root),
    ),
  )
  let ticking = 0
  const news = async () => {
    const [status, ahead, inputs, facts, done, raised, settled] = await Promise.all([
      ask('status', { lock }),
      ask('ahead', { lock }),
      ask('inputs', { lock }),
      ask('facts', { lock, names: factNames.join(',') }),
      ask('history', { lock, most: 40 }),
      may('accept') ? ask('raised', { lock }) : [],
      may('settle') ? ask('settled', { lock }) : [],
    ])
    const [of] = status.locks
    const known = Object.fromEntries(
      facts[0].facts.map((/** @type {any} */ one) => [one.name, one.unknown === null ? one.value : null]),
    )
    parts.first.show({ status: around(status), lock: of, raised, settled })
    parts.hero.show({ of: plain(of), known })
    tick(of)
    parts.unsettled.show({ rows: of.unsettled, left: [...left] })
    parts.inputs.show(inputs[0].inputs.map(plainInput))
    parts.ahead.show({ moments: ahead[0].moments, open: of.open, next: of.next, stopped: of.stopped })
    parts.done.show(firingsIn(done).slice(0, mostDone))
    parts.limits.show(of.limits)
    parts.services.show({ services: of.services.map(plainService), backups: plainBackups(status.backups) })
  }
  /** What runs with the clock goes on between two answers. @param {any} of */
  const tick = (of) => {
    clearInterval(ticking)
    const begun = performance.now()
    const draw = () => {
      const clock = document.getElementById('remaining') ?? root.querySelector('#remaining')
      if (!clock || of.remainingSeconds === null) return
      const passed = of.frozen ? 0 : ((performance.now() - begun) / 1000) * pace()
      clock.replaceChildren(...remaining(of.remainingSeconds - passed))
    }
    draw()
    ticking = window.setInterval(draw, 250)
  }
  const page = {
    title: 'Now',
    root,
    news: () => news().catch(() => undefined),
    leave: () => clearInterval(ticking),
  }
  await news()
  return page
}

/** @param {any} status */
function around({ faults, limitsFaulty, restartNeeded, wires = [] }) {
  const dead = wires.filter((/** @type {any} */ { up }) => up === false)
  return { faults, limitsFaulty, restartNeeded, dead }
}

/** Only what the top shows: the rest of a status changes with every reading. @param {any} of */
function plain({ lock, mode, session, title, wearer, remainingSeconds, frozen, stuckSeconds, standstill }) {
  return {
    lock,
    mode,
    session,
    title,
    wearer,
    frozen,
    stuck: stuckSeconds > 0,
    standstill,
    known: remainingSeconds !== null,
  }
}

/** @param {any} input */
function plainInput({ secondsAgo, ...input }) {
  return { ...input, ago: secondsAgo === null ? null : Math.floor(secondsAgo / 60) }
}

/** @param {any} service */
function plainService({ readings, ...service }) {
  const ages = readings.map((/** @type {any} */ one) => one.ageSeconds)
  return { ...service, ageMinutes: ages.length > 0 ? Math.floor(Math.min(...ages) / 60) : null }
}

/** @param {number} seconds */
function remaining(seconds) {
  const { days, clock } = countdown(seconds)
  return [days > 0 ? h('span', {}, `${days} d `) : '', h('span', {}, clock)].filter((one) => one !== '')
}

/** @param {any} data @param {string} lock @param {() => void} again */
function firstOf({ status, lock: of, raised, settled }, lock, again) {
  return [
    status.faults.length > 0
      ? notice(
          'warn',
          h('p', {}, h('strong', {}, 'A file has a fault. '), 'The rules in force are those from before.'),
          h(
            'ul',
            {},
            status.faults.map((/** @type {string} */ line) => h('li', {}, line)),
          ),
        )
      : null,
    status.limitsFaulty
      ? notice('bad', h('p', {}, 'The limits cannot be read, so nothing restrictive is sent.'))
      : null,
    status.restartNeeded ? notice('note', h('p', {}, 'The config changed in a way that waits for a restart.')) : null,
    status.dead.map(deadWire),
    of.accepted === false && of.session !== 'none' ? newLock(of, lock, again) : null,
    of.stuckSeconds > 0
      ? notice('bad', h('p', {}, h('strong', {}, 'Nothing is looked at or done: '), 'this lock’s loop stands still.'))
      : null,
    of.standstill && of.standstill !== 'not accepted'
      ? notice(
          'warn',
          h('p', {}, h('strong', {}, 'Nothing is decided: '), `${of.standstill}. ${capital(friendly(of.mend ?? ''))}.`),
        )
      : null,
    raised.map((/** @type {any} */ one) => raisedNotice(one, lock, again)),
    settledNotice(settled, lock, again),
    of.held.map((/** @type {string} */ rule) => heldRule(rule, lock, again)),
    of.untold.map(untold),
  ]
}

/** A channel or a door by which nothing gets through. @param {{ name: string, said: string }} one */
function deadWire({ name, said }) {
  return notice('bad', h('p', {}, h('strong', {}, `Nothing gets through: ${name}. `), `${capital(said)}.`))
}

/** @param {{ fact: string, words: string, rules: string[] }} one */
function untold({ fact, words, rules }) {
  if (rules.length === 0) return null
  const wait = `${rules.length === 1 ? 'The rule' : 'The rules'} ${rules.join(', ')} ${rules.length === 1 ? 'waits' : 'wait'} for it.`
  return notice('warn', h('p', {}, h('strong', {}, `Not known: ${fact}. `), `${capital(words)}. ${wait}`))
}

/** @param {string} rule @param {string} lock @param {() => void} again */
function heldRule(rule, lock, again) {
  const go = h(
    'button',
    {
      class: 'button',
      id: `release-${rule}`,
      onclick: () =>
        doing(go, async () => {
          await send('release', { lock, rule })
          say(`${rule} goes on.`)
          again()
        }),
    },
    'Let it go on',
  )
  return notice(
    'warn',
    h('h2', {}, `The rule “${rule}” is held`),
    h('p', {}, 'It fired three times in a row on what only its own actions can have caused. Mend it first.'),
    go,
  )
}

/** @param {any} of @param {string} lock @param {() => void} again */
function newLock(of, lock, again) {
  const yes = h(
    'button',
    {
      class: 'button primary',
      id: 'accept',
      onclick: () =>
        doing(yes, async () => {
          await confirmed(() => send('accept', { lock }))
          say('Accepted. The rules apply to this lock from now on.')
          again()
        }),
    },
    'Yes, this is my lock',
  )
  const left = of.remainingSeconds === null ? '' : `, ${sayLength(of.remainingSeconds)} left`
  return notice(
    'note',
    h('h2', {}, 'A new lock'),
    h('p', {}, `“${of.title ?? of.session}”${of.wearer ? ` of ${of.wearer}` : ''}${left}. `),
    may('accept')
      ? [h('p', {}, 'Nothing is done to it before you say yes. The limits below then hold for it.'), yes]
      : h('p', {}, 'Nothing is done to it before its wearer says yes, here or by “lockwarden accept”.'),
  )
}

/** @param {any} entry @param {string} lock @param {() => void} again */
function raisedNotice({ what, at, who, said, times, worst }, lock, again) {
  const ofLimits = what === 'limits'
  const seen = h(
    'button',
    {
      class: 'button',
      id: `seen-${ofLimits ? 'limits-' : ''}${at}`,
      onclick: () =>
        doing(seen, async () => {
          await send('raised/seen', { lock, at, ...(ofLimits ? { what } : {}) })
          again()
        }),
    },
    'I have seen it',
  )
  const often = times > 1 ? ` (${times} times since you looked)` : ''
  return notice(
    'warn',
    h('h2', {}, ofLimits ? 'The limits are others than before' : 'The rules may do more than before'),
    h(
      'p',
      {},
      ofLimits
        ? `Who writes the config ${said}, ${sayMoment(at)}${often}. They are yours: they hold what you agreed to.`
        : `The ${who.role ?? 'console'} ${said}, ${sayMoment(at)}${often}. Your limits are as they were.`,
    ),
    h('dl', { class: 'beside' }, [
      h('div', {}, h('dt', {}, ofLimits ? 'Before' : 'Worst case before'), h('dd', {}, lines(worst.before))),
      h('div', {}, h('dt', {}, ofLimits ? 'Now' : 'Worst case now'), h('dd', {}, lines(worst.after))),
    ]),
    h('div', { class: 'row' }, h('a', { class: 'button', href: hashOf(lock, 'audit') }, 'What changed'), seen),
  )
}

/** What the other said of actions that nothing could tell. @param {any[]} settled @param {string} lock @param {() => void} again */
function settledNotice(settled, lock, again) {
  if (settled.length === 0) return null
  const at = Math.max(...settled.map((one) => one.at))
  const seen = h(
    'button',
    {
      class: 'button',
      id: `settled-${at}`,
      onclick: () =>
        doing(seen, async () => {
          await send('settled/seen', { lock, at })
          again()
        }),
    },
    'I have seen it',
  )
  return notice(
    'note',
    h('h2', {}, `The ${settled[0].by} said what became of ${count(settled.length, 'action')}`),
    h(
      'ul',
      {},
      settled.map(({ at: moment, happened, rule, said }) =>
        h('li', {}, `${rule}: ${said} ${happened ? 'happened' : 'did not happen'}, ${sayMoment(moment)}`),
      ),
    ),
    seen,
  )
}

/** @param {string[]} texts */
function lines(texts) {
  return h(
    'ul',
    { class: 'plain' },
    texts.map((text) => h('li', {}, capital(text))),
  )
}

/** @param {any} data */
function heroOf({ of, known }) {
  /** @type {HTMLElement[]} */
  const chips = []
  const chip = (/** @type {string} */ kind, /** @type {any} */ ...words) =>
    chips.push(h('li', { class: `chip ${kind}` }, ...words))
  if (of.mode !== 'live') chip('warn', 'Dry run: nothing is sent')
  if (of.frozen) chip('cold', `Frozen${byWhom(known['lock.frozenBy'])}`)
  else if (of.frozen === false) chip('', 'Not frozen')
  if (known['lock.taskAssigned']) {
    const open = known['task.openSeconds']
    chip('', `Task open${open === null ? '' : ` for ${sayLength(open)}`}${byWhom(known['task.openedBy'])}`)
  } else if (known['lock.taskAssigned'] === false) chip('', 'No task')
  const points = known['lock.taskPoints']
  const needed = known['lock.taskPointsRequired']
  if (points !== null) chip('', needed ? `${points} of ${count(needed, 'point')}` : count(points, 'point'))
  if (known['lock.unlockable']) chip('good', 'Can be unlocked now')
  const seen = known['lock.wearerLastSeenAgoSeconds']
  if (seen !== null) chip('', `Wearer seen ${seen < 90 ? 'just now' : `${sayLength(seen)} ago`}`)
  const isNone = of.session === 'none'
  return h(
    'section',
    { class: `card hero${of.frozen ? ' frozen' : ''}`, 'aria-labelledby': 'h-lock' },
    h(
      'h2',
      { id: 'h-lock' },
      of.session === null ? 'Not read yet' : isNone ? 'No active lock' : (of.title ?? 'The lock'),
      of.wearer && !isNone ? h('small', {}, ` of ${of.wearer}`) : '',
    ),
    of.known
      ? h(
          'p',
          { class: 'clock' },
          h('span', { id: 'remaining', role: 'timer' }),
          h('small', {}, of.frozen ? 'left, standing still' : 'left'),
        )
      : h('p', { class: 'soft' }, isNone ? 'There is nothing to run down.' : 'How long it still runs is not known.'),
    isNone ? null : h('ul', { class: 'chips' }, chips),
  )
}

/** @param {string | null} who */
function byWhom(who) {
  return who === null || who === undefined ? '' : who === 'other' ? ' by somebody' : ` by ${who}`
}

/** Those that somebody wants to leave, for as long as the page is open. */
const left = new Set()

/** @param {any[]} rows @param {string} lock @param {() => void} again */
function unsettledOf(rows, lock, again) {
  const { role } = whoLooks()
  const mine = (/** @type {string[]} */ whose) => may('settle') && role !== null && whose.includes(role)
  const open = rows.filter(({ id }) => !left.has(id))
  if (rows.length === 0) return null
  if (open.length === 0) {
    const show = () => {
      left.clear()
      again()
    }
    return notice(
      'note',
      h('p', {}, `${count(rows.length, 'action')} may or may not have happened. `),
      h('button', { class: 'button quiet', onclick: show }, 'Show'),
    )
  }
  return card(
    'Did this happen?',
    h('p', {}, 'The answer was lost on the way. Until somebody says, it counts as done, and is not sent again.'),
    open.map((row) => {
      const settle = (/** @type {boolean} */ happened) => (/** @type {any} */ event) =>
        doing(event.currentTarget, async () => {
          await send('settle', { lock, id: row.id, happened })
          say(happened ? 'Noted: it happened.' : 'Noted: it did not happen.')
          again()
        })
      const leave = () => {
        left.add(row.id)
        again()
      }
      return h(
        'div',
        { class: 'question', role: 'group', 'aria-label': `${row.rule}: ${row.said}` },
        h('p', {}, h('strong', {}, row.said), h('br'), h('small', {}, `${row.rule}, ${sayLocal(row.at)}`)),
        h(
          'div',
          { class: 'row' },
          mine(row.yes) ? h('button', { class: 'button', id: `yes-${row.id}`, onclick: settle(true) }, 'Yes') : null,
          mine(row.no) ? h('button', { class: 'button', id: `no-${row.id}`, onclick: settle(false) }, 'No') : null,
          ...[row.yes, row.no].map((/** @type {string[]} */ whose, i) =>
            may('settle') && !mine(whose)
              ? h('small', {}, `Only the ${whose.join(' or the ')} can say ${i === 0 ? 'yes' : 'no'}.`)
              : null,
          ),
          h('button', { class: 'button quiet', id: `leave-${row.id}`, onclick: leave }, 'Leave it'),
        ),
      )
    }),
  )
}

/** @param {any[]} inputs @param {string} lock @param {() => void} again */
function inputsOf(inputs, lock, again) {
  if (inputs.length === 0) return null
  const { role } = whoLooks()
  return card(
    'Switches and buttons',
    inputs.map(({ name, type, by, value, ago }) => {
      const mine = may('set') && role !== null && by.includes(role)
      const words = name.replaceAll(/[_-]/g, ' ')
      const since = ago === null ? 'never used' : ago < 1 ? 'just now' : `${sayLength(ago * 60)} ago`
      const set = (/** @type {string} */ wanted) => (/** @type {any} */ event) =>
        doing(event.currentTarget, async () => {
          await send('set', { lock, input: name, value: wanted })
          say(wanted === 'press' ? `${capital(words)} was pressed.` : `${capital(words)} is ${wanted}.`)
          again()
        })
      const note = h(
        'small',
        { id: `about-${name}` },
        mine ? capital(since) : `For the ${by.join(' and the ')}. ${capital(since)}`,
      )
      const about = { id: `input-${name}`, 'aria-describedby': `about-${name}`, disabled: !mine }
      return h(
        'div',
        { class: 'input' },
        h('p', {}, h('strong', { id: `name-${name}` }, capital(words)), note),
        type === 'switch'
          ? h(
              'button',
              {
                ...about,
                class: 'switch',
                role: 'switch',
                'aria-checked': value === true ? 'true' : 'false',
                'aria-labelledby': `name-${name}`,
                onclick: set(value === true ? 'off' : 'on'),
              },
              h('span', { class: 'track' }),
              h('span', {}, value === true ? 'On' : 'Off'),
            )
          : h('button', { ...about, class: 'button', 'aria-label': `Press ${words}`, onclick: set('press') }, 'Press'),
      )
    }),
  )
}

/** @param {any} data @param {string} lock */
function aheadOf({ moments, open, next, stopped }, lock) {
  const turns = moments.filter((/** @type {any} */ one) => one.rule !== null).slice(0, mostAhead)
  const look = moments.find((/** @type {any} */ one) => one.rule === null)
  return card(
    'What happens next',
    stopped ? h('p', {}, 'The switch is set: only what relieves is sent.') : null,
    open.length > 0
      ? h(
          'ul',
          { class: 'list' },
          open.map((/** @type {any} */ row) =>
            h('li', {}, h('strong', {}, row.said), h('small', {}, `${row.rule}, under way`)),
          ),
        )
      : null,
    turns.length > 0
      ? h(
          'ul',
          { class: 'list' },
          turns.map((/** @type {any} */ { rule, at, because }) =>
            h(
              'li',
              {},
              h(
                'p',
                {},
                h('a', { href: hashOf(lock, 'rules', rule) }, rule),
                ` ${sayIn(at)}`,
                h('small', {}, sayMoment(at)),
              ),
              because.startsWith('its next moment') ? null : h('small', {}, capital(friendly(because))),
            ),
          ),
        )
      : h('p', { class: 'soft' }, 'No rule has a moment ahead; they wait for what the lock does.'),
    look && next
      ? h(
          'p',
          { class: 'soft small' },
          `The lock is looked at again ${look.at - clock() < 5000 ? 'in a moment' : sayIn(look.at)}.`,
        )
      : null,
  )
}

/** @param {any[]} firings @param {string} lock */
function doneOf(firings, lock) {
  return card(
    'What the rules did',
    firings.length === 0
      ? h('p', { class: 'soft' }, 'Nothing yet.')
      : h(
          'ul',
          { class: 'list' },
          firings.map(({ rule, at, rows }) =>
            h(
              'li',
              {},
              h('p', {}, h('a', { href: hashOf(lock, 'timeline', rows[0].id) }, rule), h('small', {}, sayMoment(at))),
              rows.map((/** @type {any} */ row) => h('p', { class: row.failed ? 'failed' : '' }, sayRow(row))),
            ),
          ),
        ),
    h('a', { class: 'more', href: hashOf(lock, 'timeline') }, 'All of it, on the timeline'),
  )
}

/** @param {any[]} limits */
function limitsOf(limits) {
  return card('Limits used', limitBars(limits))
}

/** What of the backups made by themselves is shown, in whole hours; null where none are. @param {any} backups */
function plainBackups(backups) {
  if (!backups) return null
  const hours = backups.newest === null ? null : Math.max(0, Math.floor((clock() - backups.newest) / 3_600_000))
  return { trouble: backups.trouble, hours }
}

/** @param {any} backups */
function backupsOf({ trouble, hours }) {
  const age = hours === null ? 'None yet' : hours < 1 ? 'Just made' : `The newest is ${sayLength(hours * 3600)} old`
  // One is made each night: after two without there is none that helps.
  const state = trouble !== null || hours > 48 ? 'bad' : 'good'
  const words = trouble !== null ? `None could be made: ${trouble}. ${age}.` : `${age}.`
  return h(
    'li',
    {},
    h('p', {}, h('strong', {}, 'Backups'), h('span', { class: `chip ${state}` }, state === 'bad' ? 'Trouble' : 'Kept')),
    h('small', {}, words),
  )
}

/** @param {any} of */
function servicesOf({ services, backups }) {
  return card(
    'Services',
    h(
      'ul',
      { class: 'list' },
      backups ? backupsOf(backups) : null,
      services.map(
        (/** @type {any} */ { name, configured, healthy, message, lastGood, nextTry, heldUntil, ageMinutes }) => {
          const read =
            ageMinutes === null ? '' : ageMinutes < 1 ? 'Read just now.' : `Read ${sayLength(ageMinutes * 60)} ago.`
          const held = heldUntil ? ` After its outage, restriction is held back until ${sayLocal(heldUntil)}.` : ''
          const ill = [
            message || 'Does not answer',
            lastGood ? `last good answer ${sayLocal(lastGood)}` : 'no good answer yet',
            nextTry ? `next try ${sayLocal(nextTry)}` : '',
          ]
          const state = !configured ? 'off' : healthy ? 'good' : 'bad'
          const words = { off: 'Not used', good: 'Answers', bad: 'Trouble' }[state]
          return h(
            'li',
            {},
            h('p', {}, h('strong', {}, capital(name)), h('span', { class: `chip ${state}` }, words)),
            configured
              ? h('small', {}, healthy ? `${read}${held}` : `${ill.filter(Boolean).join('; ')}.${held}`)
              : null,
          )
        },
      ),
    ),
  )
}
