import { lastRead, unreadableIn } from '../core/acting/untold.ts'
import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { seenNow } from '../core/judging/probe.ts'
import type { Kept } from '../core/model/kept.ts'
import type { News } from '../core/model/order.ts'
import type { Passing } from '../core/model/passing.ts'
import { type Service, serviceOf } from '../core/model/service.ts'
import type { Step } from '../core/step.ts'
import { sayAction, sayReason, sayState } from './say.ts'

/** One line for the log: how loud, the words, and the fields that machines look for. */
export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error'
  text: string
  fields: Record<string, string | number | boolean | null>
}

/** What a step did, told in the order in which it happened. Pure; texts hold no secrets beyond what rows hold. */
export function tell(
  step: Step,
  before: { kept: Kept; passing: Passing; standstill: Step['standstill'] },
  news: readonly News[],
  { now, zone, services }: { now: Instant; zone: string; services: readonly Service[] },
): Line[] {
  return [
    ...jumps(news),
    ...rightings(step, before.passing, zone),
    ...health(step, before.passing, now),
    ...unreadable(step.passing, before.passing),
    ...readings(step, news, services, now),
    ...session(step, before.kept),
    ...standing(step, before.standstill),
    ...firings(step, before.passing, now, zone),
    ...rows(step),
  ]
}

function jumps(news: readonly News[]): Line[] {
  return news.flatMap((item): Line[] => {
    if (!('jump' in item)) return []
    const by = sayDuration(Math.abs(item.jump) / 1000)
    const text =
      item.jump < 0 ? `the clock was set back by ${by}` : `the clock was set on by ${by}, or the machine slept`
    return [{ level: 'warn', text: `${text}; everything is read again`, fields: { jump: item.jump } }]
  })
}

/** That a wrong clock had stored moments of the future. */
function rightings({ passing: { putRight } }: Step, before: Passing, zone: string): Line[] {
  if (putRight === null || putRight === before.putRight) return []
  const words = 'a wrong clock had stored moments up to'
  const text = `${words} ${sayInstant(putRight.from, zone)}; a service confirms that it is not so late, and they count as of now`
  return [{ level: 'warn', text, fields: { putRightFrom: putRight.from } }]
}

/** What came in a form that cannot be read, once for as long as it goes on, and its end. */
function unreadable(passing: Passing, before: Passing): Line[] {
  if (passing.readings === before.readings) return []
  const [was, is] = [before, passing].map((one) => unreadableIn(lastRead(one)))
  const facts = (all: typeof is) => new Set(all?.map(({ fact }) => fact))
  const [known, now] = [facts(was), facts(is)]
  return [
    ...(is ?? []).flatMap(({ fact, sent }): Line[] => {
      if (known.has(fact)) return []
      const text = `${fact} cannot be read${sent === null ? '' : ` (${sent} was sent)`}: it is unknown to rules`
      return [{ level: 'warn', text, fields: { fact } }]
    }),
    ...[...known].flatMap((fact): Line[] =>
      now.has(fact) ? [] : [{ level: 'info', text: `${fact} can be read again`, fields: { fact } }],
    ),
  ]
}

function readings(step: Step, news: readonly News[], services: readonly Service[], now: Instant): Line[] {
  return news.flatMap((item): Line[] => {
    if (!('reading' in item)) return []
    const { topic } = item.reading
    const service = serviceOf(topic)
    if (!step.passing.health[service]?.healthy) return []
    const kind = services.flatMap(({ topics }) => topics).find((one) => one.topic === topic)
    const glance = kind?.glance?.(step.passing.facts, now) ?? null
    return [
      { level: 'debug', text: `read ${topic}${glance === null ? '' : `: ${glance}`}`, fields: { topic, service } },
    ]
  })
}

/** Changes in the health of the services, whatever answer showed them. */
function health(step: Step, before: Passing, now: Instant): Line[] {
  return Object.entries(step.passing.health).flatMap(([service, is]): Line[] => {
    const was = before.health[service]
    if (was === is) return []
    const fields = { service, trouble: is.trouble }
    if (is.healthy) {
      const lines: Line[] = []
      if (was && !was.healthy) lines.push({ level: 'info', text: `${service} answers again`, fields })
      if (is.trouble !== null && was?.trouble !== is.trouble) {
        lines.push({ level: 'info', text: `${service}: no active lock; asking less often`, fields })
      }
      return lines
    }
    if (was && !was.healthy && was.trouble === is.trouble && is.failures >= was.failures) return []
    if (is.dead) {
      const end = 'nothing more is sent with this token until a restart or another token'
      return [{ level: 'error', text: `${service}: ${is.message} (${is.trouble}); ${end}`, fields }]
    }
    const again = `next try in ${sayDuration(Math.max(0, ((is.notBefore ?? now) - now) / 1000))}`
    return [{ level: 'warn', text: `${service}: ${is.message} (${is.trouble}); ${again}`, fields }]
  })
}

function session(step: Step, before: Kept): Line[] {
  const is = step.kept.session
  if (is === null || is === before.session) return []
  return [
    { level: 'info', text: is === 'none' ? 'there is no active lock' : `the lock is ${is}`, fields: { session: is } },
  ]
}

const standstills: Partial<Record<NonNullable<Step['standstill']>, { level: Line['level']; text: string }>> = {
  'clock doubtful': {
    level: 'error',
    text: "this machine's clock and the service's are more than 2 minutes apart; nothing is decided until they agree",
  },
  'clock went back': {
    level: 'error',
    text: "this machine's clock is behind what was already stored; nothing is decided",
  },
  'not the expected wearer': {
    level: 'error',
    text: 'the lock belongs to another wearer than the config expects; it is shown, never acted on',
  },
  'not the expected keyholder': {
    level: 'error',
    text: 'the lock has another keyholder than the config expects; it is shown, never acted on',
  },
  'another entry acts on this lock': {
    level: 'error',
    text: 'another entry of the config acts on this very lock; this one stands still',
  },
  'not accepted': {
    level: 'warn',
    text: 'a new lock: nothing is done to it until its wearer says yes with "lockwarden accept"',
  },
}

function standing(step: Step, before: Step['standstill']): Line[] {
  const is = step.standstill
  const said = is === null || is === before ? undefined : standstills[is]
  return said ? [{ ...said, fields: { standstill: is } }] : []
}

function firings(step: Step, before: Passing, now: Instant, zone: string): Line[] {
  const said = new Map(before.decisions.map((decision) => [decision.rule, decision.fires ? 'fires' : decision.why]))
  return step.decisions.flatMap((decision): Line[] => {
    const { rule } = decision
    if (!decision.fires) {
      if (said.get(rule) === decision.why) return []
      const until = decision.until === null || decision.until <= now ? '' : ` until ${sayInstant(decision.until, zone)}`
      return [
        {
          level: 'debug',
          text: `rule ${rule} is silent: ${decision.why}${until}`,
          fields: { rule, why: decision.why },
        },
      ]
    }
    const verdict = step.passing.verdicts.get(rule)
    const trace = verdict && seenNow(verdict, step.passing.facts, now).when
    const because = trace ? `: ${sayReason(trace, zone)}` : ''
    return [{ level: 'info', text: `rule ${rule} fires${because}`, fields: { rule, occurrence: decision.occurrence } }]
  })
}

function rows(step: Step): Line[] {
  return step.changed.map((row): Line => {
    const bad = row.state === 'rejected' || row.state === 'unsettled' || row.state === 'expired'
    const level = bad ? 'warn' : row.state === 'planned' ? 'debug' : 'info'
    const { rule, occurrence, position, action, state } = row
    return {
      level,
      text: `${rule}: ${sayAction(row)}: ${sayState(row)}`,
      fields: { rule, occurrence, position, action, state },
    }
  })
}
