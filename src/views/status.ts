import { sayDuration } from '../core/duration.ts'
import { type Instant, knownValue, numberAt } from '../core/fact.ts'
import { firingsOf } from '../core/firing.ts'
import type { Kept } from '../core/kept.ts'
import { isOpen, type Mode } from '../core/ledger.ts'
import type { Passing } from '../core/passing.ts'
import type { RuleSet } from '../core/rules/compile.ts'
import { noLock } from '../core/session.ts'
import type { Step } from '../core/step.ts'
import { sayInstant } from '../core/time.ts'
import { sayAction, sayState } from './say.ts'

/** How one lock entry stands. */
export interface LockStatus {
  lock: string
  mode: Mode
  stopped: boolean
  session: string | null
  /** The wearer's yes to this lock; null where nobody is asked. */
  accepted: boolean | null
  standstill: string | null
  title: string | null
  wearer: string | null
  remainingSeconds: number | null
  frozen: boolean | null
  services: { name: string; healthy: boolean; message: string }[]
  rules: { id: string; enabled: boolean; firedTimes: number; lastFired: string | null; silence: string | null }[]
  /** Actions under way, and those of which it is not known whether they happened. */
  open: { rule: string; said: string }[]
  unsettled: { rule: string; said: string }[]
  /** When it is looked at next, and why. */
  next: { at: string; because: string } | null
}

/** What a status is made from. */
export interface Standing {
  lock: string
  mode: Mode
  /** Whether a new lock waits for its wearer's yes. */
  asks: boolean
  stopped: boolean
  kept: Kept
  running: { passing: Passing; last: Step | null } | null
  rules: RuleSet | null
  now: Instant
  zone: string
}

/** What is known of a lock entry, from its memory and, where it runs, from its last step. */
export function showStatus({ lock, mode, asks, stopped, kept, running, rules, now, zone }: Standing): LockStatus {
  const session = kept.session
  const firings = firingsOf(kept.rows, session ?? noLock, mode)
  const facts = running?.passing.facts ?? new Map()
  const text = (name: string) => {
    const value = knownValue(facts, name)
    return typeof value === 'string' ? value : null
  }
  const frozen = knownValue(facts, 'lock.frozen')
  const standstill = running?.last?.standstill ?? null
  const said = (rows: Kept['rows']) =>
    rows.map((row) => ({ rule: row.rule, said: `${sayAction(row)}: ${sayState(row)}` }))
  return {
    lock,
    mode,
    stopped,
    session,
    accepted: asks && session !== null ? kept.sessions[session]?.accepted === true : null,
    standstill: standstill === 'nothing new read' ? null : standstill,
    title: text('lock.lockTitle'),
    wearer: text('lock.wearerUsername'),
    remainingSeconds: numberAt(facts, 'lock.timeRemainingSeconds', now),
    frozen: typeof frozen === 'boolean' ? frozen : null,
    services: Object.entries(running?.passing.health ?? {}).map(([name, { healthy, message }]) => ({
      name,
      healthy,
      message,
    })),
    rules: (rules?.rules ?? []).map((rule) => {
      const fired = firings.get(rule.id) ?? []
      const last = fired.at(-1)
      const decision = running?.passing.decisions.find((one) => one.rule === rule.id)
      return {
        id: rule.id,
        enabled: rule.enabled,
        firedTimes: fired.length,
        lastFired: last === undefined ? null : sayInstant(last, zone),
        silence: decision && !decision.fires ? decision.why : null,
      }
    }),
    open: said(kept.rows.filter(isOpen)),
    unsettled: said(kept.rows.filter(({ state }) => state === 'unsettled')),
    next: running?.last ? { at: sayInstant(running.last.wake.at, zone), because: running.last.wake.because } : null,
  }
}

/** A lock's status as lines for a terminal. */
export function statusLines(status: LockStatus): string[] {
  const lines = [
    `${status.lock} (${status.mode})${status.stopped ? ' STOPPED: nothing restrictive is sent until "lockwarden resume"' : ''}`,
  ]
  if (status.session === null) lines.push('  not read yet')
  else if (status.session === noLock) lines.push('  no active lock')
  else {
    const left = status.remainingSeconds === null ? '' : `, ${sayDuration(status.remainingSeconds)} left`
    lines.push(
      `  lock ${status.title ?? status.session}${status.wearer ? ` of ${status.wearer}` : ''}${left}${status.frozen ? ', frozen' : ''}`,
    )
  }
  if (status.standstill) lines.push(`  nothing is decided: ${status.standstill}`)
  for (const { name, healthy, message } of status.services) lines.push(`  ${name}: ${healthy ? 'answers' : message}`)
  for (const rule of status.rules) {
    const last = rule.lastFired
      ? `fired ${rule.firedTimes === 1 ? 'once' : `${rule.firedTimes} times`}, last ${rule.lastFired}`
      : 'never fired on this lock'
    lines.push(
      `  rule ${rule.id}: ${rule.enabled ? last : `switched off; ${last}`}${rule.silence ? ` (${rule.silence})` : ''}`,
    )
  }
  for (const { rule, said } of status.open) lines.push(`  under way: ${rule}: ${said}`)
  for (const { rule, said } of status.unsettled) lines.push(`  unsettled: ${rule}: ${said}`)
  if (status.next) lines.push(`  next look ${status.next.at} (${status.next.because})`)
  return lines
}
