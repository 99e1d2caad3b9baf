import type { Logger } from 'pino'
import type { InForce } from '../config/inforce.ts'
import type { Config, LockConfig } from '../config/load.ts'
import type { Instant } from '../core/calendar/time.ts'
import { noLock } from '../core/model/lock.ts'
import { type News, type Order, scheduledTopics } from '../core/model/order.ts'
import { nothingSeen } from '../core/model/passing.ts'
import type { Clock } from '../core/model/ports.ts'
import type { Mode } from '../core/model/row.ts'
import type { RuleSet } from '../core/model/rule.ts'
import { lockTopicIn, type Poll, type Service, serviceOf, type Topic } from '../core/model/service.ts'
import { heardOf } from '../core/reading/recorded.ts'
import type { Step } from '../core/step.ts'
import type { Holders } from '../daemon/holders.ts'
import type { LoopPorts } from '../daemon/loop.ts'
import type { LockPorts } from '../queries/daemon.ts'
import { connect } from '../services/connect.ts'
import { configuredServices } from '../services/credentials.ts'
import type { OpenStore } from '../store/store.ts'
import type { Switch } from '../store/switch.ts'
import { tell } from '../views/story.ts'

interface Surroundings {
  config: Config
  mode: Mode
  run: string
  clock: Clock
  inForce: InForce
  wearersSwitch: Switch
  holders: Holders
  store: Pick<OpenStore, 'hear' | 'press'>
  /** Told of each step, and how long it took. */
  stepped(step: Step, news: readonly News[], tookMs: number): void
  log: Logger
}

/** A household's locks are read at once; more of them are spread over a minute. */
const household = 20

const spreadMs = 60_000

/** How long after the start a lock is read for the first time. */
function turnMs(lock: LockConfig, { locks }: Config): number {
  return locks.length <= household ? 0 : (locks.indexOf(lock) / locks.length) * spreadMs
}

/** The outside world of a lock's loop, without the journal. */
export function portsOf(lock: LockConfig, around: Surroundings): Omit<LoopPorts, 'journal'> & LockPorts {
  const { config, mode, run, clock, inForce, wearersSwitch, holders, store, stepped, log } = around
  let standstill: Step['standstill'] = null
  let passing = nothingSeen
  const send = connect(config.services, lock.credentials, clock)
  const firstTick = clock.ticks() + turnMs(lock, config)
  let fixed: { rules: RuleSet; order: ReturnType<typeof fixedOrder> } | null = null
  const orderFor = (rules: RuleSet) => {
    if (fixed?.rules !== rules) fixed = { rules, order: fixedOrder(lock, config, mode, run, rules) }
    return fixed.order
  }
  return {
    clock,
    send,
    spent: send.spent,
    rules: () => inForce.of(lock.name).rules,
    order() {
      const { rules, limits } = inForce.of(lock.name)
      return {
        ...orderFor(rules),
        firstAt: clock.now() + Math.max(0, firstTick - clock.ticks()),
        limits,
        stopped: wearersSwitch.isStopped(lock.name),
        limitsFaulty: inForce.limitsFaulty,
        actsElsewhere: (lockId) => holders.elsewhere(lock.name, lockId),
      }
    },
    observe(step, before, news, tookMs) {
      record(store, lock.name, step, news, {
        ...{ rules: inForce.of(lock.name).rules, lockTopic: lockTopicIn(config.services), now: clock.now() },
      })
      const at = { now: clock.now(), zone: config.zone, services: config.services }
      for (const line of tell(step, { kept: before, passing, standstill }, news, at)) {
        log[line.level](line.fields, line.text)
      }
      if (step.standstill !== 'nothing new read') standstill = step.standstill
      if (step.passing.asked[lockTopicIn(config.services)] !== undefined) {
        holders.saw(lock.name, step.kept.session === noLock ? null : (step.passing.latestLock?.id ?? null))
      }
      passing = step.passing
      stepped(step, news, tookMs)
    },
    unstored(is) {
      if (is)
        log.error({ standstill: is.why }, `${is.words}. Nothing is decided, and nothing is sent until it can be stored`)
      else log.info('what is decided can be stored again; it goes on')
    },
  }
}

/** Whether a fact is a length of time. */
export function lengthsOf(services: readonly Service[]): (fact: string) => boolean {
  const lengths = new Set(
    services.flatMap(({ facts }) => facts.flatMap(({ name, type }) => (type === 'seconds' ? name : []))),
  )
  return (fact) => lengths.has(fact)
}

/** Keeps what a step was told. */
function record(
  store: Surroundings['store'],
  lock: string,
  { passing }: Step,
  news: readonly News[],
  { rules, lockTopic, now }: { rules: RuleSet; lockTopic: Topic; now: Instant },
): void {
  for (const item of news) {
    const heard = 'reading' in item ? heardOf(item.reading, passing, rules, lockTopic) : null
    if (heard) store.hear(lock, heard)
    if ('input' in item && rules.inputs.has(item.input)) {
      store.press(lock, { at: now, input: item.input, set: item.set })
    }
  }
}

/** The part of an order that follows from the config and from what the rules ask for. */
export function fixedOrder(
  lock: LockConfig,
  config: Config,
  mode: Mode,
  run: string,
  rules: RuleSet,
): Omit<Order, 'underway' | 'closing' | 'stopped' | 'ticks'> {
  const isConfigured = configuredServices(config.services, lock.credentials)
  const configured = config.services.filter(({ name }) => isConfigured[name])
  const polls = new Map<Topic, Poll>()
  for (const topic of scheduledTopics(configured, rules)) {
    const poll = lock.polls[serviceOf(topic)]
    if (poll) polls.set(topic, poll)
  }
  return {
    lock: lock.name,
    mode,
    zone: config.zone,
    limits: lock.limits,
    services: configured,
    polls,
    expect: lock.expect,
    newLock: lock.newLock,
    run,
  }
}
