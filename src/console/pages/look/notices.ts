import { html, nothing, type TemplateResult } from 'lit-html'
import type { LockStatus } from '../../../views/status.ts'
import { confirmed } from '../parts/confirm.ts'
import { type Content, keyed, lines, notice, worstLines } from '../parts/pieces.ts'
import { hashOf } from '../parts/place.ts'
import { pressed, say } from '../parts/said.ts'
import { capital, count, friendly, sayLength, sayMoment } from '../parts/words.ts'
import type { Answers, Status } from '../wire/answers.ts'
import { send } from '../wire/api.ts'
import { may } from '../wire/session.ts'

/** The data for the first notices. */
interface Noticed {
  status: Status
  of: LockStatus
  raised: Answers['raised']
  settled: Answers['settled']
}

/** What people should see before anything else. */
export function firstNotices({ status, of, raised, settled }: Noticed, again: () => void): Content {
  const { lock } = of
  return [
    ...programNotices(status),
    of.accepted === false && of.session !== 'none' ? newLock(of, again) : nothing,
    of.stuckSeconds > 0
      ? notice(
          'bad',
          html`<p><strong>Nothing happens: </strong>this lock’s loop stands still, and does not look or act.</p>`,
        )
      : nothing,
    of.standstill && of.standstill !== 'not accepted' ? standstill(of.standstill, of.mend ?? '') : nothing,
    keyed(
      raised,
      ({ what, at }) => `${what} ${at}`,
      (one) => raisedNotice(one, again),
    ),
    settledNotice(settled, lock, again),
    keyed(
      of.held,
      (rule) => rule,
      (rule) => heldRule(rule, lock, again),
    ),
    of.untold.map(untold),
  ]
}

/** Notices about the program, for all locks. */
function programNotices({ faults, limitsFaulty, restartNeeded, wires }: Status): Content[] {
  return [
    faults.length > 0
      ? notice('warn', [
          html`<p><strong>A file has a fault. </strong>The rules in force are those from before.</p>`,
          lines(faults),
        ])
      : nothing,
    limitsFaulty ? notice('bad', html`<p>The limits cannot be read, so nothing restrictive is sent.</p>`) : nothing,
    restartNeeded ? notice('note', html`<p>The config has a change that waits for a restart.</p>`) : nothing,
    // A channel or a port on which nothing gets through.
    wires
      .filter(({ up }) => up === false)
      .map(({ name, said }) =>
        notice('bad', html`<p><strong>Nothing gets through: ${name}. </strong>${capital(said)}.</p>`),
      ),
  ]
}

function standstill(why: string, mend: string): TemplateResult {
  return notice('warn', html`<p><strong>Nothing is decided: </strong>${why}. ${capital(friendly(mend))}.</p>`)
}

function untold({ fact, words, rules }: LockStatus['untold'][number]): Content {
  if (rules.length === 0) return nothing
  const wait = `${rules.length === 1 ? 'The rule' : 'The rules'} ${rules.join(', ')} ${rules.length === 1 ? 'waits' : 'wait'} for it.`
  return notice('warn', html`<p><strong>Not known: ${fact}. </strong>${capital(words)}. ${wait}</p>`)
}

function heldRule(rule: string, lock: string, again: () => void): TemplateResult {
  const go = pressed(async () => {
    await send('release', { lock, rule })
    say(`${rule} goes on.`)
    again()
  })
  return notice('warn', [
    html`<h2>The rule “${rule}” is held</h2>`,
    html`<p>It fired three times in a row because of its own actions alone. Fix it first.</p>`,
    html`<button class="button" id="release-${rule}" @click=${go}>Let it go on</button>`,
  ])
}

function newLock({ lock, title, session, wearer, remainingSeconds }: LockStatus, again: () => void): TemplateResult {
  const yes = pressed(async () => {
    await confirmed(() => send('accept', { lock }))
    say('Accepted. The rules apply to this lock from now on.')
    again()
  })
  const left = remainingSeconds === null ? '' : `, ${sayLength(remainingSeconds)} left`
  return notice('note', [
    html`<h2>A new lock</h2>`,
    html`<p>“${title ?? session}”${wearer ? ` of ${wearer}` : ''}${left}. </p>`,
    may('accept')
      ? html`<p>Nothing is done to it before you accept it. Then the limits below hold for it.</p>
          <button class="button primary" id="accept" @click=${yes}>Yes, this is my lock</button>`
      : html`<p>Nothing is done to it before its wearer accepts it, here or by “lockwarden accept”.</p>`,
  ])
}

function raisedNotice(
  { lock, what, at, who, said, times, worst }: Noticed['raised'][number],
  again: () => void,
): Content {
  const ofLimits = what === 'limits'
  const seen = pressed(async () => {
    await send('raised/seen', { lock, at, ...(ofLimits ? { what } : {}) })
    again()
  })
  const often = times > 1 ? ` (${times} times since you looked)` : ''
  const when = `${sayMoment(at)}${often}`
  const words = ofLimits
    ? `Somebody who can write the config ${said}, ${when}. These limits are yours: they are what you agreed to.`
    : `The ${who.role ?? 'console'} ${said}, ${when}. Your limits are as they were.`
  return notice('warn', [
    html`<h2>${ofLimits ? 'The limits have changed' : 'The rules may do more than before'}</h2>`,
    html`<p>${words}</p>`,
    html`<dl class="beside">
      <div><dt>${ofLimits ? 'Before' : 'Worst case before'}</dt><dd>${worstLines(worst.before)}</dd></div>
      <div><dt>${ofLimits ? 'Now' : 'Worst case now'}</dt><dd>${worstLines(worst.after)}</dd></div>
    </dl>`,
    html`<div class="row">
      <a class="button" href=${hashOf(lock, 'audit')}>What changed</a>
      <button class="button" id="seen-${ofLimits ? 'limits-' : ''}${at}" @click=${seen}>I have seen it</button>
    </div>`,
  ])
}

/** What the other role said of unsettled actions. */
function settledNotice(settled: Noticed['settled'], lock: string, again: () => void): Content {
  const [first] = settled
  if (!first) return nothing
  const at = Math.max(...settled.map((one) => one.at))
  const seen = pressed(async () => {
    await send('settled/seen', { lock, at })
    again()
  })
  return notice('note', [
    html`<h2>The ${first.by} said what became of ${count(settled.length, 'action')}</h2>`,
    lines(
      settled.map(({ at: moment, happened, rule, said }) => {
        return `${rule}: ${said} ${happened ? 'happened' : 'did not happen'}, ${sayMoment(moment)}`
      }),
    ),
    html`<button class="button" id="settled-${at}" @click=${seen}>I have seen it</button>`,
  ])
}
