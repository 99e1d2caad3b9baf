import { untoldOf } from '../core/acting/untold.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { isAsDom } from '../core/language/lint.ts'
import { sayAgreed } from '../core/language/told.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { Expect } from '../core/model/expect.ts'
import { type Facts, knownValue, numberAt } from '../core/model/fact.ts'
import { unseen } from '../core/model/health.ts'
import { actionsOf, type RuleSet } from '../core/model/rule.ts'
import type { Answer, TopicKind, Understood } from '../core/model/service.ts'
import { clockToleranceMs, heard, isTokenTrouble, tellsNoLock } from '../core/reading/health.ts'
import { oddClockSeconds, sayAhead, sayUntold } from './status.ts'

/** One thing that was looked at, and how it is. */
export interface Finding {
  /** The lock entry it is about; null where it is about all. */
  lock: string | null
  about: string
  severity: 'ok' | 'warn' | 'fault'
  message: string
  /** What to do; empty where nothing is to be done. */
  mend: string
}

export function finding(
  severity: Finding['severity'],
  about: string,
  message: string,
  mend = '',
  lock: string | null = null,
): Finding {
  return { lock, about, severity, message, mend }
}

/** A line for each finding, in the order in which they were looked at, and one that sums them up. */
export function doctorLines(findings: readonly Finding[]): string[] {
  const lines = findings.map(({ lock, about, severity, message, mend }) => {
    const where = lock === null ? about : `${lock}: ${about}`
    return `${severity.padEnd(5)}  ${where}: ${message}${mend === '' ? '' : `; ${mend}`}`
  })
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length
  const [faults, warnings] = [count('fault'), count('warn')]
  const said = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  if (faults + warnings === 0) return [...lines, 'all is well']
  return [...lines, `${said(faults, 'fault')}, ${said(warnings, 'warning')}`]
}

/** A token that was tried by reading something with it. */
export interface Tried {
  lock: string
  /** As the config calls it: `chastify.token`, `tracker.dom_token`. */
  name: string
  /** The service's title. */
  service: string
  /** Where tokens of it are made. */
  made: string
  answer: Answer
}

/** Whether a token is good, by the answer to a reading; null where it is. */
export function tokenFinding({ lock, name, service, made, answer }: Tried): Finding | null {
  if (answer.ok || tellsNoLock(answer.trouble)) return null
  const { trouble, message } = answer
  const at = (severity: Finding['severity'], said: string, mend: string) => finding(severity, name, said, mend, lock)
  const another = `make another one ${made} and put it in its place`
  if (trouble === 'revoked-token') return at('fault', `it was revoked (${message})`, another)
  if (trouble === 'missing-token') return at('fault', `${service} saw no token (${message})`, another)
  if (isTokenTrouble(trouble)) {
    return at('fault', `${service} refuses it (${message})`, `see that it was copied whole, or ${another}`)
  }
  if (trouble === 'forbidden') {
    return at('fault', `it may not read what is needed (${message})`, `give it the permission, or ${another}`)
  }
  if (trouble === 'rate-limited' || trouble === 'budget') {
    return at('warn', `${service} was asked too often (${message})`, 'try again in a minute')
  }
  if (trouble === 'unreachable' || trouble === 'timeout' || trouble === 'cut-off') {
    return at('fault', `${service} cannot be reached (${message})`, 'see to the network and to base_url')
  }
  if (trouble === 'server-error') return at('fault', `${service} has trouble (${message})`, 'try again later')
  return at('fault', `${service} answers otherwise than it should (${message})`, 'see to base_url, or try again later')
}

/** The machine's clock compared with that of a service. */
export function clockFinding(lock: string, service: string, answer: Answer): Finding[] {
  if (!answer.ok && answer.serverTime === null) return []
  const at = (severity: Finding['severity'], message: string, mend = '') =>
    finding(severity, 'clock', message, mend, lock)
  if (answer.serverTime === null)
    return [at('warn', `${service} tells no time, so that ours cannot be held against it`)]
  const ahead = Math.round((heard(unseen, { ...answer, ok: true, body: null }, 'reading', '').clockAheadMs ?? 0) / 1000)
  const off = `it is ${sayAhead(ahead)} that of ${service}`
  const mend = "set this machine's clock, best by NTP"
  if (Math.abs(ahead) * 1000 > clockToleranceMs) return [at('fault', `${off}, so nothing is decided`, mend)]
  if (Math.abs(ahead) > oddClockSeconds) return [at('warn', off, mend)]
  return [at('ok', `it agrees with that of ${service}`)]
}

/** The data to compare with a reading of the lock. */
export interface LockLook {
  lock: string
  answer: Answer
  kind: TopicKind
  expects: Expect | null
  rules: RuleSet | null
  limits: Limits
  zone: string
}

/** Findings from the lock's reading about role, scopes, pinning and the wearer; and the id of the lock. */
export function lockFindings(look: LockLook): { findings: Finding[]; lockId: string | null } {
  const { lock, answer, kind, expects, zone } = look
  const at = (severity: Finding['severity'], about: string, message: string, mend = '') =>
    finding(severity, about, message, mend, lock)
  if (!answer.ok) {
    const quiet = tellsNoLock(answer.trouble)
    const message = 'the token is good, and there is no active lock now, so nothing is done to one'
    return { findings: quiet ? [at('ok', 'chastify.token', message)] : [], lockId: null }
  }
  const understood = kind.understand(answer.body, answer.asked, answer.answered, zone)
  if (typeof understood === 'string') {
    const mend = 'see that base_url is that of Chastify; else a newer lockwarden may know this form'
    return {
      findings: [at('fault', 'chastify.token', `the reading is not understood: ${understood}`, mend)],
      lockId: null,
    }
  }
  const text = (name: string) => {
    const value = knownValue(understood.facts, name)
    return typeof value === 'string' ? value : null
  }
  const left = numberAt(understood.facts, 'lock.timeRemainingSeconds', answer.answered)
  const title = text('lock.lockTitle') ?? 'a lock without a title'
  const findings = [
    at('ok', 'chastify.token', `it reads ${title}${left === null ? '' : `, ${sayDuration(left)} left`}`),
    ...(['wearer', 'keyholder'] as const).flatMap((who) => {
      return personFindings(at, who, text(`lock.${who}Username`), expects?.[who] ?? null)
    }),
    ...roleFindings(at, text('lock.role'), understood, look),
    scopeFinding(at, understood),
    ...untoldFindings(lock, understood.facts, look.rules, look.limits),
  ]
  const lockId = understood.lock?.id ?? null
  findings.push(
    lockId === null
      ? at('warn', 'lock id', 'Chastify tells none, so that actions cannot be pinned to this lock', 'set expect.wearer')
      : at('ok', 'lock id', `actions are pinned to ${lockId}`),
  )
  return { findings, lockId }
}

/** Facts that a reading does not tell; they matter if a rule waits for them. */
export function untoldFindings(lock: string, facts: Facts, rules: RuleSet | null, limits: Limits): Finding[] {
  return untoldOf(facts, rules, limits).map((untold) => {
    const waits = untold.rules.length > 0
    const mend = waits ? 'nothing is done by these rules until it is told; a newer lockwarden may know this form' : ''
    return finding(waits ? 'warn' : 'ok', untold.fact, sayUntold(untold), mend, lock)
  })
}

type At = (severity: Finding['severity'], about: string, message: string, mend?: string) => Finding

function personFindings(at: At, who: keyof Expect, is: string | null, expected: string | null): Finding[] {
  if (expected === null) return []
  const key = `expect.${who}`
  const of = who === 'wearer' ? 'the lock is' : 'the keyholder is'
  const whose = (name: string) => `${of} ${who === 'wearer' ? `${name}'s` : name}`
  if (is === expected) return [at('ok', key, whose(is))]
  const told = is === null ? `who the ${who} is Chastify does not tell` : whose(is)
  const mend = is === null ? 'nothing is done to it' : `mend ${key} or the token; nothing is done till then`
  return [at('fault', key, `${told}, not ${who === 'wearer' ? `${expected}'s` : expected}`, mend)]
}

/** The most freezes a day that Chastify allows a keyholder whom the wearer does not trust. */
const untrustedFreezes = 3

function roleFindings(at: At, role: string | null, { facts }: Understood, { rules, limits }: LockLook): Finding[] {
  if (role === null) return [at('warn', 'role', 'Chastify does not tell whether the token is of wearer or keyholder')]
  if (role !== 'wearer' && role !== 'keyholder') return [at('warn', 'role', `it is "${role}", which is not documented`)]
  const findings = [at('ok', 'role', `the token acts as the ${role}`)]
  const trusted = knownValue(facts, 'lock.trusted')
  const often = limits.freeze.times_per_day
  const doing = (rules?.rules ?? []).flatMap(({ enabled, then }) => (enabled ? actionsOf(then) : []))
  const freezes = doing.some(({ action }) => action === 'freeze' || action === 'toggle_freeze')
  if (role === 'keyholder' && trusted === false && freezes && (often === null || often > untrustedFreezes)) {
    const message = `Chastify lets a keyholder who is not trusted freeze ${untrustedFreezes} times a day`
    const mend = 'the wearer grants trust, or limits.freeze.times_per_day becomes 3'
    findings.push(at('warn', 'role', message, mend))
  }
  return findings
}

function scopeFinding(at: At, { facts }: Understood): Finding {
  const scopes = knownValue(facts, 'lock.scopes')
  if (!Array.isArray(scopes)) return at('ok', 'scopes', 'Chastify does not tell them; a missing one shows as a 403')
  // The names of scopes are not documented; one that tells of reading alone is understood all the same.
  if (scopes.length > 0 && scopes.every((scope) => /read|view/i.test(scope))) {
    const mend = 'if rules are to act, make a token that may write'
    return at('warn', 'scopes', `${scopes.join(', ')}: none of them tells of writing`, mend)
  }
  if (scopes.length > 0)
    return at('ok', 'scopes', `${scopes.join(', ')}; an action without its own is refused by a 403`)
  return at('warn', 'scopes', 'the token has none, so every action may be refused', 'make another token with scopes')
}

/** What is to be said of a lock's rules beside faults and lints. */
export function ruleFindings(lock: string, rules: RuleSet, limits: Limits, now: Instant, zone: string): Finding[] {
  const at: At = (severity, about, message, mend = '') => finding(severity, about, message, mend, lock)
  const off = rules.rules.filter(({ enabled }) => !enabled).length
  const all = `${rules.rules.length} ${rules.rules.length === 1 ? 'rule' : 'rules'}`
  // That none is switched on is a lint, which stands beside it.
  const findings = [at('ok', 'rules', `${all}${off > 0 ? `, ${off} of them switched off` : ''}`)]
  const devices = rules.rules.some(
    ({ enabled, then }) => enabled && actionsOf(then).some(({ action }) => action === 'device'),
  )
  if (devices) {
    const commands = limits.device.commands.join(', ') || 'none'
    findings.push(at('ok', 'limits.device', `commands ${commands}; params ${sayAgreed(limits.device.params)}`))
  }
  if (limits.ends !== null && now >= limits.ends) {
    const message = `they ended ${sayInstant(limits.ends, zone)}: nothing restrictive is sent`
    findings.push(at('warn', 'limits.ends', message, 'the wearer sets another end, or takes it out'))
  }
  return findings
}

/** What the rules that are on need of the tracker: those that need either token, and those that write with one. */
export function trackerNeeds(rules: RuleSet): { owner: string[]; dom: string[]; writing: string[] } {
  const needs = { owner: new Set<string>(), dom: new Set<string>(), writing: new Set<string>() }
  for (const rule of rules.rules) {
    if (!rule.enabled) continue
    const actions = actionsOf(rule.then).filter(({ action }) => rules.actions.get(action)?.service === 'tracker')
    const dom = actions.filter(({ params }) => isAsDom(params))
    if (dom.length > 0) needs.dom.add(rule.id)
    if (actions.length > 0) needs.writing.add(rule.id)
    const reads = [...rule.uses].some((name) => name.startsWith('tracker.'))
    if (reads || rule.reads.includes('tracker') || actions.length > 0) needs.owner.add(rule.id)
  }
  return { owner: [...needs.owner], dom: [...needs.dom], writing: [...needs.writing] }
}

/** That nobody knows before a rule needs it whether a token of the tracker may write; none where no rule does. */
export function writingFindings(lock: string, writing: readonly string[]): Finding[] {
  if (writing.length === 0) return []
  const needed = `${writing.join(', ')} ${writing.length === 1 ? 'needs' : 'need'} it`
  const message = `whether it has write permission the tracker tells only when it is used (a 403); ${needed}`
  return [finding('ok', 'tracker.token', message, '', lock)]
}

/** That a token of the tracker is not there; odd where rules need it, which do nothing then. */
export function missingFinding(lock: string, name: string, needed: readonly string[]): Finding {
  if (needed.length === 0) return finding('ok', name, 'not configured, and no rule needs it', '', lock)
  const several = needed.length === 1 ? 'the rule' : 'the rules'
  const mend = `set ${name} (or ${name}_file), or switch ${needed.length === 1 ? 'it' : 'them'} off`
  return finding('warn', name, `not configured, but ${several} ${needed.join(', ')} cannot do without`, mend, lock)
}
