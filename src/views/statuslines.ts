import type { Used } from '../core/acting/used.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import type { GoingLive } from '../core/golive.ts'
import { noLock } from '../core/model/lock.ts'
import { wrapped } from './lines.ts'
import {
  asOf,
  type BudgetStatus,
  type LockStatus,
  oddClockSeconds,
  type ServiceStatus,
  type SpentRequests,
  sayAhead,
  sayStuck,
  sayUntold,
  stuckMend,
} from './status.ts'

/** A lock's status as lines for a terminal, problems first. `all` also lists rules that are switched off. */
export function statusLines(status: LockStatus, all = false): string[] {
  const lines: string[] = []
  const add = (line: string) => lines.push(...wrapped(line, 6))
  const stop = ' STOPPED: nothing restrictive is sent until "lockwarden resume"'
  add(`${status.lock} (${status.mode})${status.stopped ? stop : ''}`)
  if (status.stuckSeconds > 0) add(`  NOTHING IS LOOKED AT OR DONE: ${sayStuck(status.stuckSeconds)}; ${stuckMend}`)
  if (status.standstill) add(`  NOTHING IS DECIDED: ${status.standstill}; ${status.mend}`)
  if (status.putRightFrom) {
    add(`  a wrong clock had stored moments up to ${status.putRightFrom}; they count as of when that was seen`)
  }
  const running = status.next !== null
  const ill = status.services.filter(({ configured, healthy }) => running && configured && !healthy)
  for (const service of ill) add(`  ${service.name}: ${sayIll(service)}`)
  for (const row of status.unsettled) {
    add(`  unsettled ${row.id}, ${row.at}: ${row.rule}: ${row.said}`)
    add(`      did it happen? "lockwarden settle ${row.id} --applied${asOf(row.yes)}", or --not-applied${asOf(row.no)}`)
  }
  for (const rule of status.held) {
    add(`  HELD: rule ${rule} fired three times in a row on what only its own actions can have caused`)
    add(`      mend it, then "lockwarden release ${rule}"`)
  }
  for (const untold of status.untold) add(`  UNKNOWN: ${sayUntold(untold)}`)
  add(`  ${sayLock(status)}`)
  for (const service of status.services) {
    if (ill.includes(service)) continue
    if (!service.configured) add(`  ${service.name}: not configured`)
    else if (running) add(`  ${service.name}: ${sayWell(service)}`)
  }
  for (const { id, rule, said } of status.open) add(`  under way ${id}: ${rule}: ${said}`)
  for (const rule of status.rules) if (rule.enabled || all) add(`  ${sayRule(rule)}`)
  const off = status.rules.filter(({ enabled }) => !enabled).map(({ id }) => id)
  if (off.length > 0 && !all) add(`  switched off (--all shows more): ${off.join(', ')}`)
  const used = sayUsed(status.limits)
  if (used !== '') add(`  limits used: ${used}`)
  for (const budget of status.budgets) if (budget.used > 0) add(`  ${sayBudget(budget)}`)
  const requests = sayRequests(status.requests)
  if (requests !== '') add(`  requests: ${requests}`)
  if (status.goingLive) add(`  ${sayGoingLive(status.goingLive, status.accepted === false)}`)
  if (status.next) add(`  next look ${status.next.at} (${status.next.because})`)
  return lines
}

function sayLock(status: LockStatus): string {
  if (status.session === null) return 'not read yet'
  if (status.session === noLock) return 'no active lock'
  const left = status.remainingSeconds === null ? '' : `, ${sayDuration(status.remainingSeconds)} left`
  const wearer = status.wearer ? ` of ${status.wearer}` : ''
  return `lock ${status.title ?? status.session}${wearer}${left}${status.frozen ? ', frozen' : ''}`
}

function sayIll({ message, lastGood, nextTry, dead }: ServiceStatus): string {
  const since = lastGood === null ? 'no good answer yet' : `no good answer since ${lastGood}`
  const next = dead
    ? '; not asked again until its token is another one, or a restart'
    : nextTry
      ? `; next try ${nextTry}`
      : ''
  return `${message === '' ? 'does not answer' : message}; ${since}${next}`
}

function sayWell({ message, readings, heldUntil, clockAheadSeconds: ahead }: ServiceStatus): string {
  const parts = [message === '' ? 'answers' : message]
  const [only, ...more] = readings
  const what = (topic: string) => topic.slice(topic.indexOf('.') + 1)
  if (only && more.length === 0) parts.push(`read ${sayDuration(only.ageSeconds)} ago`)
  else for (const { topic, ageSeconds } of readings) parts.push(`${what(topic)} read ${sayDuration(ageSeconds)} ago`)
  if (heldUntil) parts.push(`after its outage restriction is held back until ${heldUntil}`)
  if (ahead !== null && Math.abs(ahead) > oddClockSeconds) parts.push(`our clock is ${sayAhead(ahead)} its own`)
  return parts.join(', ')
}

function sayRule({ id, enabled, firedTimes, lastFired, silence }: LockStatus['rules'][number]): string {
  const last = lastFired
    ? `fired ${firedTimes === 1 ? 'once' : `${firedTimes} times`}, last ${lastFired}`
    : 'never fired on this lock'
  return `rule ${id}: ${enabled ? last : `switched off; ${last}`}${silence && enabled ? ` (${silence})` : ''}`
}

const sectionWords: Record<Used['limit'], string> = {
  add_time: 'added',
  remove_time: 'removed',
  freeze: 'frozen',
  task: 'tasks',
  game: 'games',
  device: 'device',
  actions: 'actions',
}

const periodWords = { hour: 'this hour', day: 'today', week: 'this week', lock: 'on this lock' }

/** The used part of the limits by section, without unused ones. */
function sayUsed(limits: readonly Used[]): string {
  const sections = [...new Set(limits.filter(({ used }) => used > 0).map(({ limit }) => limit))]
  return sections
    .map((section) => {
      const parts = limits
        .filter(({ limit }) => limit === section)
        .map(({ per, unit, used, of }) => {
          if (unit === 'seconds') return `${periodWords[per]} ${sayDuration(used)} of ${sayDuration(of)}`
          const times = section === 'add_time' || section === 'remove_time' || section === 'freeze' ? ' times' : ''
          return `${periodWords[per]} ${used} of ${of}${times}`
        })
      return `${sectionWords[section]} ${parts.join(', ')}`
    })
    .join('; ')
}

function sayBudget({ budget, action, unit, used, of, said, until }: BudgetStatus): string {
  const end = until === null ? 'for as long as this lock lasts' : `until ${until}`
  if (used >= of) return `budget ${budget} used up ${end}: ${action} ${said}`
  return `budget ${budget}: ${action} ${unit === 'seconds' ? sayDuration(used) : used} of ${said}`
}

function sayRequests(requests: readonly SpentRequests[]): string {
  const services = [...new Set(requests.map(({ service }) => service))]
  return services
    .map((service) => {
      const own = requests.filter((one) => one.service === service)
      const minute = own.map(({ holder, kind, lastMinute, perMinute }) => {
        const whose = holder === 'owner' ? '' : ` as ${holder}`
        return `${lastMinute} of ${perMinute} ${kind}s${whose}`
      })
      const reads = own.filter(({ kind }) => kind === 'read').reduce((sum, { lastDay }) => sum + lastDay, 0)
      return `${service} ${minute.join(', ')} in the last minute, ${reads} reads in a day`
    })
    .join('; ')
}

function sayGoingLive({ fires, standstill }: GoingLive, afterYes: boolean): string {
  if (standstill !== null) return `going live now would decide nothing: ${standstill}`
  const when = afterYes ? 'after you accept this lock, going live would fire' : 'going live now would fire'
  return fires.length === 0 ? `${when} nothing at once` : `${when} at once: ${fires.join(', ')}`
}
