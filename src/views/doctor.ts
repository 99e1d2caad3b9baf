import { untoldOf } from '../core/acting/untold.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { isAsDom } from '../core/language/lint.ts'
import { sayAgreed } from '../core/language/told.ts'
import type { Limits } from '../core/model/agreement.ts'
import type { Expect } from '../core/model/expect.ts'
import { type Facts, knownValue, numberAt } from '../core/model/fact.ts'
import { type Checkup, type Finding, finding } from '../core/model/finding.ts'
import { unseen } from '../core/model/health.ts'
import { actionsOf, asksFor, type Rule, type RuleSet } from '../core/model/rule.ts'
import type { Answer, Bearer, Service, Topic, TopicKind } from '../core/model/service.ts'
import { clockToleranceMs, heard, isTokenTrouble, tellsNoLock } from '../core/reading/health.ts'
import { oddClockSeconds, sayAhead, sayUntold } from './status.ts'

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
  /** As the config calls it: `service.key`. */
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

/** What the answers to readings with a token come to; and the id of the lock, where the first tells it. */
export function tokenFindings(
  answers: readonly Answer[],
  look: Omit<TokenLook, 'answer'>,
): { findings: Finding[]; lockId: string | null } {
  const [answer] = answers
  if (!answer) return { findings: [], lockId: null }
  const { lock, service, token } = look
  const { title, checkup } = service
  const tried = answers.map((one) =>
    tokenFinding({ lock, name: token, service: title, made: checkup.made, answer: one }),
  )
  const wrong = tried.find((one) => one !== null)
  const told = wrong ? { findings: [wrong], lockId: null } : readingFindings({ ...look, answer })
  // That the clocks agree is told once.
  const clocks = clockFinding(lock, title, answer).filter(({ severity }) => severity !== 'ok' || service.lock)
  return { ...told, findings: wrong ? [...told.findings, ...clocks] : [...clocks, ...told.findings] }
}

/** How the machine's clock stands to that of a service. */
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

/** A service as it is examined. */
export type Examined = Pick<Service, 'name' | 'title' | 'lock'> & { checkup: Checkup }

/** A token that was tried, and what its reading is held against. */
export interface TokenLook {
  lock: string
  service: Examined
  /** As the config calls it: `service.key`. */
  token: string
  as: Bearer
  answer: Answer
  kind: TopicKind
  /** All that was read with it. */
  reads: readonly Topic[]
  expects: Expect | null
  rules: RuleSet | null
  limits: Limits
  zone: string
}

/** What a reading with a good token tells: of the token, of the wearer, and of what is untold; and the id of the lock. */
export function readingFindings(look: TokenLook): { findings: Finding[]; lockId: string | null } {
  const { lock, service, token, as, answer, kind, rules, limits, zone } = look
  const at: At = (severity, about, message, mend = '') => finding(severity, about, message, mend, lock)
  if (!answer.ok) {
    const quiet = tellsNoLock(answer.trouble)
    const message = 'the token is good, and there is no active lock now, so nothing is done to one'
    return { findings: quiet ? [at('ok', token, message)] : [], lockId: null }
  }
  const understood = kind.understand(answer.body, answer.asked, answer.answered, zone)
  if (typeof understood === 'string') {
    const mend = `see that base_url is that of ${service.title}; else a newer lockwarden may know this form`
    return { findings: [at('fault', token, `the reading is not understood: ${understood}`, mend)], lockId: null }
  }
  const { facts } = understood
  const isLock = kind.topic === service.lock
  const acting = rules ? needsOf(service.name, rules).writing : []
  const findings = [
    at('ok', token, `it reads ${isLock ? sayLock(facts, answer.answered) : sayTopics(look.reads)}`),
    ...(isLock ? peopleFindings(at, look, facts) : []),
    ...(service.checkup.tells?.({ lock, token, as, facts, rules, acting, limits }) ?? []),
    ...(as === 'owner' ? untoldFindings(lock, facts, rules, limits) : []),
  ]
  if (!isLock) return { findings, lockId: null }
  const lockId = understood.lock?.id ?? null
  const none = `${service.title} tells none, so that actions cannot be pinned to this lock`
  findings.push(
    lockId === null
      ? at('warn', 'lock id', none, 'set expect.wearer')
      : at('ok', 'lock id', `actions are pinned to ${lockId}`),
  )
  return { findings, lockId }
}

function textOf(facts: Facts, name: string): string | null {
  const value = knownValue(facts, name)
  return typeof value === 'string' ? value : null
}

function sayLock(facts: Facts, now: Instant): string {
  const left = numberAt(facts, 'lock.timeRemainingSeconds', now)
  const title = textOf(facts, 'lock.lockTitle') ?? 'a lock without a title'
  return `${title}${left === null ? '' : `, ${sayDuration(left)} left`}`
}

function sayTopics(topics: readonly Topic[]): string {
  return topics.map((topic) => topic.slice(topic.indexOf('.') + 1)).join(' and ')
}

/** What a reading does not tell although it was made; it matters where a rule waits for it. */
export function untoldFindings(lock: string, facts: Facts, rules: RuleSet | null, limits: Limits): Finding[] {
  return untoldOf(facts, rules, limits).map((untold) => {
    const waits = untold.rules.length > 0
    const mend = waits ? 'nothing is done by these rules until it is told; a newer lockwarden may know this form' : ''
    return finding(waits ? 'warn' : 'ok', untold.fact, sayUntold(untold), mend, lock)
  })
}

type At = (severity: Finding['severity'], about: string, message: string, mend?: string) => Finding

function peopleFindings(at: At, { service, expects }: TokenLook, facts: Facts): Finding[] {
  return (['wearer', 'keyholder'] as const).flatMap((who): Finding[] => {
    const [is, expected] = [textOf(facts, `lock.${who}Username`), expects?.[who] ?? null]
    if (expected === null) return []
    const key = `expect.${who}`
    const of = who === 'wearer' ? 'the lock is' : 'the keyholder is'
    const whose = (name: string) => `${of} ${who === 'wearer' ? `${name}'s` : name}`
    if (is === expected) return [at('ok', key, whose(is))]
    const told = is === null ? `who the ${who} is ${service.title} does not tell` : whose(is)
    const mend = is === null ? 'nothing is done to it' : `mend ${key} or the token; nothing is done till then`
    return [at('fault', key, `${told}, not ${who === 'wearer' ? `${expected}'s` : expected}`, mend)]
  })
}

/** What is to be said of a lock's rules beside faults and lints. */
export function ruleFindings(lock: string, rules: RuleSet, limits: Limits, now: Instant, zone: string): Finding[] {
  const at: At = (severity, about, message, mend = '') => finding(severity, about, message, mend, lock)
  const off = rules.rules.filter(({ enabled }) => !enabled).length
  const all = `${rules.rules.length} ${rules.rules.length === 1 ? 'rule' : 'rules'}`
  // That none is switched on is a lint, which stands beside it.
  const findings = [at('ok', 'rules', `${all}${off > 0 ? `, ${off} of them switched off` : ''}`)]
  const devices = rules.rules.some((rule) => rule.enabled && actionsOf(rule).some(({ action }) => action === 'device'))
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

/** The rules that are on and cannot do without a service, without the keyholder's token there, and those that act there. */
export function needsOf(service: string, rules: RuleSet): { owner: string[]; dom: string[]; writing: string[] } {
  const on = rules.rules.filter(({ enabled }) => enabled)
  const actionsAt = (rule: Rule) =>
    actionsOf(rule).filter(({ action }) => rules.actions.get(action)?.service === service)
  const ids = (which: (rule: Rule) => boolean) => [...new Set(on.filter(which).map(({ id }) => id))]
  return {
    owner: ids((rule) => asksFor(service, rule, rules)),
    dom: ids((rule) => actionsAt(rule).some(({ params }) => isAsDom(params))),
    writing: ids((rule) => actionsAt(rule).length > 0),
  }
}

/** That a token is not there; odd where rules need it, which do nothing then. */
export function missingFinding(lock: string, name: string, needed: readonly string[]): Finding {
  if (needed.length === 0) return finding('ok', name, 'not configured, and no rule needs it', '', lock)
  const several = needed.length === 1 ? 'the rule' : 'the rules'
  const mend = `set ${name} (or ${name}_file), or switch ${needed.length === 1 ? 'it' : 'them'} off`
  return finding('warn', name, `not configured, but ${several} ${needed.join(', ')} cannot do without`, mend, lock)
}
