import { usedOf } from '../src/core/acting/used.ts'
import { type Instant, localTime, startOf } from '../src/core/calendar/time.ts'
import { isOpen, keyText } from '../src/core/memory/ledger.ts'
import type { Limits } from '../src/core/model/agreement.ts'
import type { Kept } from '../src/core/model/kept.ts'
import type { News } from '../src/core/model/order.ts'
import type { LedgerRow } from '../src/core/model/row.ts'
import type { RuleSet } from '../src/core/model/rule.ts'
import type { Answer, Json } from '../src/core/model/service.ts'
import type { Step } from '../src/core/step.ts'
import type { Loop } from '../src/daemon/loop.ts'
import type { MachineClock, Timeline } from './clock.ts'
import type { Disk } from './disk.ts'
import type { MadeRule, Seen } from './rules.ts'
import type { Setup } from './setup.ts'
import type { Arrival, Effect, Truth, World } from './world.ts'

/** What is promised, by the name under which it is told when it is broken. */
export const promises = {
  once: 'Nothing is done twice, but for what the network doubled and for what landed later than the window',
  ledger: 'Nothing is done of which the ledger says that it was not, and nothing said to be done was not',
  named: 'No request leaves that is not on disk as being sent',
  limits: 'No limit is passed by what really happens',
  stop: 'Nothing restrictive leaves while the switch is set, after the end of the limits, or while they are faulty',
  outage: 'Nothing restrictive leaves while an outage is held',
  theirs: 'Nothing is done to a lock that nobody accepted, or that is another’s',
  'own change': 'No rule takes our own writes for a change by others',
  wait: 'Nothing waits longer than its bound',
  relief: 'Relief is never held back by our own doing',
  bounded: 'What is remembered stays bounded',
  told: 'What status and why say of next moments and of limits used is so',
  device: 'What a device was told is followed by a stop in time',
  true: 'A rule fires only where its condition held by what was last told',
  brakes: 'A rule fires no more often than its brakes allow',
  turn: 'A condition that comes to hold has its turn, and one turn only',
  order: 'Writes leave one at a time, a list in its order, and nothing of it after a failure',
  token: 'A refused token is not used before there is another',
  undone: 'The switch takes back a freeze of ours',
  reads: 'The services are read as often as planned',
  'goes on': 'The loop goes on',
} as const
export type PromiseName = keyof typeof promises

/** What is borne by its name, and counted apart. */
export const risks = ['doubled by the network', 'landed later than the window', 'somebody else did the like'] as const
export type Risk = (typeof risks)[number]

const second = 1000
const minute = 60 * second
const windowMs = 20 * second

interface Sending {
  row: LedgerRow
  /** By true time, and by the daemon's clock. */
  leftAt: Instant
  clock: Instant
  /** When its sender was told of its end, or died; null while neither. */
  endedAt: Instant | null
  limits: Limits
}

interface Done extends Effect {
  late: boolean
  sending: Sending
}

const denied = new Set(['not-applied', 'rejected', 'refused', 'cancelled', 'expired', 'not-sent', 'planned', 'dry-run'])

/** Effects that a done row must have. */
const shown = new Set([
  'add_time',
  'remove_time',
  'apply_time',
  'task.assign',
  'tracker.game',
  'log',
  'notify',
  'pillory',
])

/** What the oracle sees of the machine on which the daemon runs. */
interface Watched {
  readonly setup: Setup
  readonly rules: RuleSet
  readonly limits: Limits
  readonly limitsFaulty: boolean
  readonly stopped: boolean
  readonly loop: Loop | null
}

/** Holds what happens against what is promised. It knows the world as it is; of the daemon it knows what that shows. */
export class Oracle {
  broken: { promise: PromiseName; words: string; at: Instant } | null = null
  readonly counts = { steps: 0, requests: 0, effects: 0, firings: 0, rows: 0 }
  readonly risks = new Map<Risk, number>()
  readonly #timeline: Timeline
  readonly #clock: MachineClock
  readonly #world: World
  readonly #disk: Disk
  #household!: Watched
  #made: ReadonlyMap<string, MadeRule> = new Map()
  readonly #rows = new Map<string, LedgerRow>()
  readonly #sendings = new Map<string, Sending[]>()
  readonly #done = new Map<string, Done[]>()
  /** What happened, in its order. */
  #effects: Done[] = []
  readonly #foreign = new Map<keyof Truth, { times: number; others: number; last: Instant }>()
  readonly #accepted = new Set<string>()
  readonly #fired = new Map<string, { due: Instant; at: Instant; occurrence: string }[]>()
  readonly #changeFirings = new Map<string, number>()
  readonly #turns = new Map<string, { armed: boolean; held: number; since: Instant; falseAt: Instant }>()
  #claims = new Map<string, { until: Instant; why: string }>()
  #lastGood = new Map<string, Instant>()
  #heldUntil = new Map<string, Instant>()
  #seen: Seen
  #lastWake: { at: Instant; tick: number } | null = null
  #lastRead: Instant
  #wasUnstored: Instant | null = null
  #stoppedAt: Instant | null = null
  /** Readings of the lock that are in the air. */
  #readings = new Set<object>()
  #refusedAt: Instant | null = null
  #asleepUntil = Number.NEGATIVE_INFINITY
  #session: string | null = null
  #final = new Set<string>()
  /** Whether a write of ours keeps readings from being believed; and when the last one ended. */
  #isFenced = false
  #lastEnd = Number.NEGATIVE_INFINITY
  /** When the clock was last set, or the machine slept. */
  #jumpedAt = Number.NEGATIVE_INFINITY
  #startedAt: Instant
  #editedAt = Number.NEGATIVE_INFINITY
  #stops: Instant[] = []
  #lockAt: Instant
  #readingAsked = Number.NEGATIVE_INFINITY
  #deathAt: Instant | null = null

  constructor(parts: { timeline: Timeline; clock: MachineClock; world: World; disk: Disk; zone: string }) {
    this.#timeline = parts.timeline
    this.#clock = parts.clock
    this.#world = parts.world
    this.#disk = parts.disk
    const { now } = parts.timeline
    this.#seen = { now, zone: parts.zone, lock: null, lockAt: now, tracker: null, inputs: new Map() }
    this.#startedAt = now
    this.#lastRead = now
    this.#lockAt = now
    this.#world.onEffect = (effect) => this.#effect(effect)
    this.#world.onForeign = (fact, by) => {
      const { times = 0, others = 0 } = this.#foreign.get(fact) ?? {}
      this.#foreign.set(fact, { times: times + 1, others: others + (by === 0 ? 0 : 1), last: this.#timeline.now })
      if (fact === 'lock') this.#lockAt = this.#timeline.now
    }
  }

  watch(household: Watched): void {
    this.#household = household
  }

  /** The rules in force from now on; an edited one begins anew. */
  rulesAre(made: readonly MadeRule[]): void {
    this.#made = new Map(made.map((one) => [one.id, one]))
    this.#editedAt = this.#timeline.now
    this.#claims.clear()
    this.#turns.clear()
  }

  broke(promise: PromiseName, words: string): void {
    this.broken ??= { promise, words, at: this.#timeline.now }
  }

  accepts(session: string): void {
    this.#accepted.add(session)
  }

  jumped(): void {
    this.#jumpedAt = this.#timeline.now
    this.#claims.clear()
    this.#lastGood.clear()
    this.#heldUntil.clear()
    this.#lastWake = null
    this.#turns.clear()
  }

  /** The machine sleeps for so long. */
  sleeps(ms: number): void {
    this.jumped()
    this.#asleepUntil = this.#timeline.now + ms
    this.#timeline.after(ms, () => this.jumped())
  }

  started(_run: string): void {
    this.#startedAt = this.#timeline.now
    this.#lastRead = this.#timeline.now
    this.#refusedAt = null
    this.#readings.clear()
    // What was in the air when a process died is known to be lost when the next begins.
    for (const sendings of this.#sendings.values()) {
      for (const one of sendings) one.endedAt ??= this.#timeline.now + minute
    }
    this.#deathAt = null
  }

  ended(): void {
    this.#deathAt = this.#timeline.now
    this.#claims.clear()
    this.#lastGood.clear()
    this.#heldUntil.clear()
    this.#lastWake = null
    this.#stops = []
    this.#turns.clear()
  }

  /** Whether a row's action really happened. */
  happened(row: LedgerRow): boolean {
    return (this.#done.get(keyText(row)) ?? []).length > 0
  }

  risk(risk: Risk): void {
    this.risks.set(risk, (this.risks.get(risk) ?? 0) + 1)
  }

  /** The lock is read, or tried to be; what is returned says that it was. */
  reads(): () => void {
    this.#lastRead = this.#timeline.now
    const one = {}
    this.#readings.add(one)
    return () => void this.#readings.delete(one)
  }

  /** A request found no connection: the stop of a device was tried all the same. */
  unreached({ text }: Arrival): void {
    if (text?.includes('all.stop')) this.#stops.push(this.#clock.ticks())
  }

  /** A request leaves the machine. */
  left(arrival: Arrival) {
    this.counts.requests++
    const { now } = this.#timeline
    const isRefused = this.#refusedAt !== null && now > this.#refusedAt + minute
    if (isRefused && arrival.url.host.startsWith('chastify') && !arrival.text?.includes('all.stop')) {
      this.broke('token', `${arrival.url.pathname} left with a token that was refused`)
    }
    if (arrival.method === 'GET') {
      return
    }
    const { key } = arrival
    const stored = key === null ? undefined : this.#disk.row(key)
    const isStop = arrival.text?.includes('all.stop') === true
    if (isStop) this.#stops.push(this.#clock.ticks())
    if (key === null) return this.broke('named', `${arrival.url.pathname} left for no row`)
    const row = this.#rows.get(key)
    if (!row) return this.broke('named', `${key} left without having been shown`)
    // The stop of a device leaves although nothing can be stored.
    if (stored?.state !== 'sending' && !isStop) {
      return this.broke('named', `${key} left while it stands on disk as ${stored?.state ?? 'nothing'}`)
    }
    const unordered = isStop ? null : this.#outOfOrder(row)
    if (unordered !== null) return this.broke('order', `${key} left ${unordered}`)
    const { limits } = this.#household
    const sending: Sending = { row, leftAt: now, clock: this.#clock.now(), endedAt: null, limits }
    this.#sendings.set(key, [...(this.#sendings.get(key) ?? []), sending])
    if (this.#restricts(arrival)) this.#mayRestrict(key, arrival, limits)
    if (arrival.text?.includes('vibration.start')) this.#expectStop(key, limits)
  }

  /** Any answer of Chastify, for what it says of the token. */
  heard(service: string, answer: Answer): void {
    if (service === 'chastify' && !answer.ok && answer.trouble === 'revoked-token')
      this.#refusedAt ??= this.#timeline.now
  }

  /** There is another token. */
  renewed(): void {
    this.#refusedAt = null
  }

  /** What should have kept a row from leaving now, of those that stand beside it. */
  #outOfOrder(row: LedgerRow): string | null {
    for (const [other, sendings] of this.#sendings) {
      if (
        sendings.at(-1)?.endedAt === null &&
        this.#rows.get(other)?.state === 'sending' &&
        !isHalt(sendings.at(-1)?.row)
      ) {
        if (other !== keyText(row)) return `while ${other} was on its way`
      }
    }
    for (let position = 0; position < row.position; position++) {
      const before = this.#rows.get(keyText({ ...row, position }))
      if (!before) continue
      if (isOpen(before)) return `before ${keyText(before)}, which is ${before.state}`
      if (before.failed && !before.goesOn) return `although ${keyText(before)} was ${before.state}`
    }
    const rule = this.#household.rules.byId.get(row.rule)
    const isEdited = this.#timeline.now - this.#editedAt > minute && !row.rule.startsWith('(')
    if (isEdited && rule?.thenDigest !== row.list) return 'although its rule was edited'
    if (isEdited && rule?.enabled === false) return 'although its rule was switched off'
    return null
  }

  /** The daemon was told what came of a request. */
  answered(key: string, answer: Answer): void {
    this.heard('chastify', answer)
    const last = this.#sendings.get(key)?.at(-1)
    if (last) last.endedAt ??= this.#timeline.now
    this.#lastEnd = this.#timeline.now
  }

  /** The daemon made a step. */
  stepped(made: Step, before: Kept, news: readonly News[], rules: RuleSet): void {
    this.counts.steps++
    const now = this.#clock.now()
    this.#hear(news, now)
    this.#seen = { ...this.#seen, now }
    for (const row of made.changed) this.#moved(row, now)
    this.#keptWake(made)
    if (made.kept.session !== this.#session) {
      this.#session = made.kept.session
      this.#turns.clear()
      this.#claims.clear()
    }
    const inAir = before.rows.some(({ state }) => state === 'sending' || state === 'unknown')
    const { chastify } = this.#household.setup.polls
    const stale = 3 * ('everyMs' in chastify ? chastify.everyMs : 0)
    this.#isFenced = inAir || this.#readingAsked <= this.#lastEnd || this.#timeline.now - this.#readingAsked > stale
    const isRead = news.some(
      (item) => 'reading' in item && item.reading.topic === 'chastify.session' && item.reading.ok,
    )
    // What waits for the reading in the air is not decided on.
    const waits = (rule: string) => this.#readings.size > 0 && rules.byId.get(rule)?.needsNoReading !== true
    const decided = made.decisions.flatMap(({ rule }) => (waits(rule) ? [] : rule))
    this.#judgeTurns(new Set(decided), isRead)
    if (made.decisions.length > 0) this.#decided(made, rules, now)
    this.#waits(made, now)
  }

  /** Once a day: what is remembered, what status says. */
  audit(): void {
    const loop = this.#household.loop
    if (!loop) return
    const { kept, passing } = loop
    const now = this.#clock.now()
    this.counts.rows = kept.rows.length
    const open = kept.rows.filter(isOpen).length
    if (open > 100) this.broke('bounded', `${open} rows are open`)
    if (kept.gaps.length > 100) this.broke('bounded', `${kept.gaps.length} gaps are remembered`)
    if (Object.keys(passing.readings).length > 10) this.broke('bounded', 'readings pile up')
    if (Object.keys(passing.begun).length > 50) this.broke('bounded', 'devices that were begun pile up')
    if (passing.shown.size > 100) this.broke('bounded', 'writes that were shown pile up')
    const memories = Object.keys(kept.memory).length
    const most = (this.#made.size + 60) * (Object.keys(kept.sessions).length + 1)
    if (memories > most) this.broke('bounded', `${memories} memories of rules`)
    if (loop.unstored && !this.#wasUnstored) this.#wasUnstored = this.#timeline.now
    if (!loop.unstored) this.#wasUnstored = null
    if (this.#wasUnstored !== null && this.#timeline.now - this.#wasUnstored > 86_400_000) {
      this.broke('goes on', `nothing has been stored for a day: ${loop.unstored?.words}`)
    }
    this.#undone(kept)
    this.#statusOfLimits(kept)
    for (const row of this.#disk.rows) {
      const key = keyText(row)
      if (this.#final.has(key)) continue
      this.#agrees(row)
      if (!isOpen(row) && now - row.at > 86_400_000) this.#final.add(key)
    }
    this.#reads()
  }

  #hear(news: readonly News[], now: Instant): void {
    for (const item of news) {
      if ('input' in item) {
        const inputs = new Map(this.#seen.inputs)
        const before = inputs.get(item.input)
        inputs.set(item.input, item.set === 'press' ? Number(before ?? 0) + 1 : item.set)
        this.#seen = { ...this.#seen, inputs }
      }
      if ('jump' in item) this.jumped()
      if ('outcome' in item) {
        const { outcome, of } = item
        const service = this.#rows.get(keyText(of))?.request?.service
        if (service !== undefined && (outcome.ok || outcome.sent === 'yes'))
          this.#lastGood.set(service, outcome.answered)
      }
      if (!('reading' in item)) continue
      const { reading } = item
      const service = reading.topic.split('.')[0] ?? ''
      const isGood = reading.ok || reading.trouble === 'no-lock' || reading.trouble === 'lock-ended'
      if (isGood) this.#outage(service, reading.asked, reading.answered)
      if (reading.topic === 'chastify.session' && isGood) {
        this.#readingAsked = this.#timeline.now - (now - reading.asked)
        const lock = reading.ok ? mapAt(reading.body, 'lockData') : null
        this.#seen = { ...this.#seen, lock, lockAt: reading.answered }
      }
      if (reading.topic === 'tracker.stats' && reading.ok) {
        this.#seen = { ...this.#seen, tracker: mapAt(reading.body, null) }
      }
    }
  }

  /** An outage, told by what was answered alone. */
  #outage(service: string, asked: Instant, answered: Instant): void {
    const last = this.#lastGood.get(service)
    this.#lastGood.set(service, answered)
    if (last === undefined) return
    const poll = this.#household.setup.polls[service === 'chastify' ? 'chastify' : 'tracker']
    const every = 'everyMs' in poll ? (poll.calmMs ?? poll.everyMs) : 0
    const bound = Math.max(10 * minute, 3 * Math.max(5 * minute, every)) * 1.15
    const lasted = asked - last
    if (lasted <= bound) return
    const most = this.#household.limits.after_outage
    this.#heldUntil.set(service, answered + (most === null ? lasted : Math.min(lasted, most * second)) - second)
  }

  /** Whether a request restricts, by what it asks for. */
  #restricts({ url, text }: Arrival): boolean {
    const body = JSON.parse(text ?? '{}') as Record<string, unknown>
    const { pathname } = url
    if (typeof body.command === 'string') return !body.command.endsWith('stop')
    if (pathname.endsWith('apply-time')) return Number(body.deltaSeconds) > 0
    if (pathname.endsWith('/freeze') || pathname.endsWith('games.php') || pathname.endsWith('liveinsert.php'))
      return true
    const name = String(body.name ?? '')
    return ['add_time', 'freeze', 'pillory', 'settings.patch', 'task.assign'].includes(name)
  }

  #mayRestrict(key: string, { url }: Arrival, limits: Limits): void {
    const household = this.#household
    if (household.stopped) this.broke('stop', `${key} left although the switch is set`)
    if (household.limitsFaulty && (this.#sendings.get(key)?.length ?? 0) === 1) {
      const claimed = this.#rows.get(key)?.sentAt ?? 0
      if (this.#clock.now() - claimed < 50 && this.#timeline.now - this.#faultyAt > second) {
        this.broke('stop', `${key} left although the limits are at fault`)
      }
    }
    if (limits.ends !== null && this.#clock.now() > limits.ends + second) this.broke('stop', `${key} left after ends`)
    const service = url.host.split('.')[0] ?? ''
    const held = this.#heldUntil.get(service) ?? 0
    if (this.#clock.now() < held) {
      this.broke('outage', `${key} left ${Math.round((held - this.#clock.now()) / second)} s before the end of a hold`)
    }
  }

  #faultyAt = Number.NEGATIVE_INFINITY
  /** The limits in the config cannot be read from now on. */
  faulty(): void {
    this.#faultyAt = this.#timeline.now
  }

  #expectStop(key: string, { device }: Limits): void {
    const since = this.#clock.ticks()
    const started = this.#startedAt
    const lock = this.#lockAt
    const jumped = this.#jumpedAt
    const each = (device.each ?? 0) * second
    if (each === 0) return
    this.#timeline.after(
      each + 50,
      () => {
        const isSame = this.#startedAt === started && this.#deathAt === null && this.#lockAt === lock
        if (!isSame || this.#jumpedAt !== jumped) return
        const row = this.#rows.get(key)
        if (!row || denied.has(row.state)) return
        if (this.#stops.some((tick) => tick >= since)) return
        this.broke('device', `${key} was not followed by a stop within ${each / second} s`)
      },
      'timer',
    )
  }

  #effect(effect: Effect) {
    this.counts.effects++
    const { key } = effect
    const sending = key === null ? undefined : this.#sendings.get(key)?.at(-1)
    if (key === null || !sending) return this.broke('named', `${effect.call} happened for no row`)
    const shows = effect.at + this.#world.longestLagMs
    const first = this.#sendings.get(key)?.[0] ?? sending
    const late = first.endedAt !== null && shows - first.endedAt > windowMs - second && effect.at > first.endedAt
    const done: Done = { ...effect, late, sending }
    const all = [...(this.#done.get(key) ?? []), done]
    this.#done.set(key, all)
    this.#effects.push(done)
    if (effect.again) this.risk('doubled by the network')
    if (late) this.risk('landed later than the window')
    const counted = all.filter(({ again }) => !again)
    const isHarmless = ['unfreeze', 'pillory.end', 'device'].includes(effect.call)
    if (counted.length > 1 && !isHarmless && !counted.some((one) => one.late)) {
      if (this.#othersDid(first.leftAt, effect.call)) this.risk('somebody else did the like')
      else this.broke('once', `${key} (${effect.call}) happened ${counted.length} times`)
    }
    if (!effect.again && !late) this.#limits(done)
    this.#theirs(done)
    const row = this.#rows.get(key)
    if (row && !isOpen(row)) this.#agrees(row)
  }

  /** Whether others did something since that readings cannot tell from a request of ours. */
  #othersDid(since: Instant, call: string): boolean {
    const facts: Record<string, (keyof Truth)[]> = {
      'task.assign': ['taskAssigned', 'lock'],
      freeze: ['frozen', 'lock'],
      toggle_freeze: ['frozen', 'lock'],
    }
    const asked = facts[call] ?? ['remainingMs', 'frozen', 'lock', 'tracker']
    return asked.some((fact) => (this.#foreign.get(fact)?.last ?? 0) >= since - this.#world.longestLagMs - second)
  }

  #theirs({ before, key, at, sending }: Done): void {
    const { setup, loop } = this.#household
    if (before.lock === null || sending.row.request?.service !== 'chastify') return
    const changed = this.#lockAt > this.#readingAsked - this.#world.longestLagMs - second || at - this.#lockAt < minute
    const session = loop?.kept.session
    if (setup.newLock === 'ask' && session && !this.#accepted.has(session) && !changed) {
      this.broke('theirs', `${key} was done to ${before.lock}, which nobody accepted`)
    }
    const wearer = this.#world.account.lock?.plain.wearerUsername
    if (setup.expect && wearer !== setup.expect.wearer && !changed) {
      this.broke('theirs', `${key} was done to a lock of ${wearer}`)
    }
  }

  /** No sum of what really happened passes what was agreed, by the daemon's own calendar. */
  #limits(done: Done): void {
    const { sending, before, after, key } = done
    const { limits, row } = sending
    const section = row.effect.counts
    if (section === null || row.mode !== 'live') return
    const bound = limits[section]
    const like = this.#effects.filter(
      (one) =>
        !one.again &&
        !one.late &&
        one.sending.row.effect.counts === section &&
        (section === 'game' || one.before.lock === before.lock),
    )
    const size = (one: Done) =>
      section === 'freeze'
        ? Number((one.body as { durationSeconds?: number }).durationSeconds ?? 0)
        : section === 'add_time' || section === 'remove_time'
          ? Math.abs(one.after.remainingMs - one.before.remainingMs) / second
          : 0
    const over = (limit: string, is: number, most: number) =>
      this.broke('limits', `${key}: ${section}.${limit} is ${most}, and it came to ${Math.round(is)}`)
    const slack = this.#world.answers.grants === 'to the minute' ? 60 : 2
    if (bound.each !== null && section !== 'device' && size(done) > bound.each + slack)
      over('each', size(done), bound.each)
    for (const unit of ['hour', 'day', 'week', 'lock'] as const) {
      const from = unit === 'lock' ? Number.NEGATIVE_INFINITY : startOf(unit, sending.clock, this.#seen.zone)
      if (unit !== 'lock' && this.#jumpedAt + this.#clock.aheadMs > from) continue
      if (unit === 'lock' && (section === 'game' || this.#world.answers['lock id'] !== 'present')) continue
      const within = like.filter((one) => one.sending.clock >= from)
      const most = bound[`per_${unit}`]
      const sum = within.reduce((all, one) => all + size(one), 0)
      if (most !== null && sum > most + slack * within.length) over(`per_${unit}`, sum, most)
      const times = bound[`times_per_${unit}`]
      if (times !== null && within.length > times) over(`times_per_${unit}`, within.length, times)
    }
    if (section === 'device' && limits.device.quiet && this.#jumpedAt < done.at - 600_000) {
      const { clock } = localTime(sending.clock, this.#seen.zone)
      const { from, to } = limits.device.quiet
      const isQuiet = from < to ? clock > from + 60 && clock < to - 60 : clock > from + 60 || clock < to - 60
      if (isQuiet) this.broke('limits', `${key}: a device was begun in its quiet hours`)
    }
    if (!limits.allow.includes(row.effect.allow)) this.broke('limits', `${key}: ${row.effect.allow} is not agreed to`)
    const lastOther = Math.max(this.#foreign.get('remainingMs')?.last ?? 0, this.#foreign.get('frozen')?.last ?? 0)
    const isOwnDoing = lastOther < this.#readingAsked - this.#world.longestLagMs
    const added = section === 'add_time' && after.remainingMs > before.remainingMs
    if (
      added &&
      limits.remaining !== null &&
      isOwnDoing &&
      after.remainingMs / second > limits.remaining + slack + 60
    ) {
      over('remaining', after.remainingMs / second, limits.remaining)
    }
  }

  #moved(row: LedgerRow, now: Instant): void {
    const key = keyText(row)
    this.#rows.set(key, row)
    if (row.state === 'refused' && row.effect.toward === 'relief') {
      const ours = /pressed stop|after an outage|limits\.actions|limits\.ends|at fault/.test(row.note)
      if (ours) this.broke('relief', `${key} was refused: ${row.note}`)
    }
    if (!isOpen(row)) this.#agrees(row)
    if (row.state === 'sending' && row.sentAt !== null && Math.abs(row.sentAt - now) > minute) {
      this.broke('told', `${key} is said to be sent at ${row.sentAt}, it is ${now}`)
    }
  }

  /** What the ledger says of a row is what happened. */
  #agrees(row: LedgerRow) {
    const key = keyText(row)
    const all = this.#done.get(key) ?? []
    const done = all.filter(({ late }) => !late)
    const sendings = this.#sendings.get(key) ?? []
    const first = sendings[0]
    if (row.settledBy !== undefined) return
    if (done.length > 0 && denied.has(row.state) && !isOpen(row)) {
      if (first && this.#othersDid(first.leftAt, done[0]?.call ?? '')) return this.risk('somebody else did the like')
      return this.broke('ledger', `${key} is ${row.state} (${row.note}), but it happened`)
    }
    if (row.state !== 'applied' || all.length > 0 || !shown.has(row.action) || row.request === null) return
    const isNothing = row.action === 'remove_time' || row.action === 'apply_time'
    if (isNothing && row.lost === 0) return
    if (!first) return this.broke('ledger', `${key} is applied, and never left`)
    if (this.#othersDid(first.leftAt - minute, row.action)) return this.risk('somebody else did the like')
    this.broke('ledger', `${key} is applied (${row.note}), but it did not happen`)
  }

  #keptWake(made: Step): void {
    const tick = this.#clock.ticks()
    const last = this.#lastWake
    if (last && tick > last.tick + 5 * second) {
      this.broke('told', `the next look was to be ${Math.round((tick - last.tick) / second)} s earlier`)
    }
    const underway = 40 * second
    const wait = made.wake.at - this.#clock.now()
    this.#lastWake = Number.isFinite(wait) ? { at: made.wake.at, tick: tick + Math.max(0, wait) + underway } : null
  }

  #decided(made: Step, rules: RuleSet, now: Instant): void {
    const session = made.kept.session ?? ''
    for (const decision of made.decisions) {
      const made_ = this.#made.get(decision.rule)
      if (decision.fires) {
        const claim = this.#claims.get(decision.rule)
        if (claim && now < claim.until - 1 && decision.due >= now - second) {
          this.broke(
            'told',
            `${decision.rule} fires, although it was said to wait for ${claim.why} until ${claim.until - now} ms later`,
          )
        }
        this.#claims.delete(decision.rule)
        this.#fires(decision, made_, rules, session, now)
        continue
      }
      const waits = ['cooldown', 'limit', 'for', 'repeat'].includes(decision.why)
      if (waits && decision.until !== null && now - this.#editedAt > minute) {
        this.#claims.set(decision.rule, { until: decision.until, why: decision.why })
      } else this.#claims.delete(decision.rule)
      const turn = this.#turns.get(decision.rule)
      if (
        turn &&
        ['room unknown', 'step full', 'over limits.actions.per_step', 'condition unknown', 'disabled'].includes(
          decision.why,
        )
      )
        turn.held = 0
      if (turn?.armed && turn.held >= 4 && made_?.isFree && now - turn.since > 3 * minute) {
        this.broke(
          'turn',
          `${decision.rule} has not fired, although its condition has held for ${turn.held} readings: ${decision.why}`,
        )
      }
    }
  }

  #fires(
    { rule, occurrence, due }: { rule: string; occurrence: string; due: Instant },
    made: MadeRule | undefined,
    rules: RuleSet,
    session: string,
    now: Instant,
  ) {
    const key = `${session} ${rule}`
    // A step that was stored without an answer is known only later.
    const isLate = made !== undefined && made.kind !== 'at' && due < now - second
    const before = this.#fired.get(key) ?? []
    if (before.some((one) => one.occurrence === occurrence)) {
      if (this.#jumpedAt < (before.at(-1)?.at ?? 0)) this.broke('once', `${rule} fires again for ${occurrence}`)
      return
    }
    this.counts.firings++
    this.#fired.set(key, [...before, { due, at: isLate ? due : now, occurrence }])
    const read = rules.byId.get(rule)
    if (!read) return
    const sinceJump = this.#jumpedAt < (before.at(-1)?.at ?? now) && this.#editedAt < (before.at(-1)?.at ?? now)
    const last = before.at(-1)
    if (last && sinceJump && read.cooldownMs > 0 && due - last.due < read.cooldownMs) {
      this.broke(
        'brakes',
        `${rule} fires ${due - last.due} ms after its last firing, its cooldown is ${read.cooldownMs} ms`,
      )
    }
    for (const { per, times } of read.limits) {
      const from =
        per === 'lock'
          ? Number.NEGATIVE_INFINITY
          : typeof per === 'object'
            ? due - per.rollingMs + 1
            : startOf(per, due, this.#seen.zone)
      if (this.#jumpedAt > from && per !== 'lock') continue
      if (this.#editedAt > (before[0]?.at ?? 0)) continue
      const within = before.filter((one) => one.due >= from).length + 1
      if (within > times) this.broke('brakes', `${rule} fires for the ${within}th time, its limit is ${times}`)
    }
    if (!made) return
    if (isLate) return void this.#turns.clear()
    if (made.kind !== 'change' && this.#readings.size > 0 && !read.needsNoReading) {
      this.broke('true', `${rule} fires on what was read before, while the lock is being read`)
    }
    if (made.holds(this.#seen) === false)
      this.broke('true', `${rule} fires, although its condition is false by what was told`)
    if (made.onlyIf?.(this.#seen) === false)
      this.broke('true', `${rule} fires, although its only_if is false by what was told`)
    const turn = this.#turns.get(rule)
    if (turn && !turn.armed && made.kind === 'level' && read.repeatMs === 0) {
      this.broke('turn', `${rule} fires twice in one episode`)
    }
    if (turn?.armed && read.forMs > 0 && made.kind === 'level' && now - turn.falseAt < read.forMs - second) {
      this.broke(
        'brakes',
        `${rule} fires ${now - turn.falseAt} ms after it was false, it is to wait for ${read.forMs} ms`,
      )
    }
    if (turn && !turn.armed && read.repeatMs > 0 && last && sinceJump && now - last.at < read.repeatMs - second) {
      this.broke('brakes', `${rule} repeats after ${now - last.at} ms, it is to wait for ${read.repeatMs} ms`)
    }
    if (made.written.enabled === false) this.broke('brakes', `${rule} fires, although it is switched off`)
    if (turn) Object.assign(turn, { armed: false, held: 0 })
    else this.#turns.set(rule, { armed: false, held: 0, since: now, falseAt: now })
    this.#ownChange(rule, made)
  }

  /** Each firing on a change has a change by others behind it. */
  #ownChange(rule: string, made: MadeRule): void {
    if (made.fact === null) return
    const count = (this.#changeFirings.get(rule) ?? 0) + 1
    this.#changeFirings.set(rule, count)
    // Whoever freezes a lock changes what is left of it, too.
    const ice = made.fact === 'remainingMs' ? (this.#foreign.get('frozen')?.others ?? 0) : 0
    const foreign = (this.#foreign.get(made.fact)?.times ?? 0) + (this.#foreign.get('lock')?.times ?? 0) + ice
    const goesBack = this.#world.answers.readings === 'a replica goes back'
    const isOdd = made.fact === 'remainingMs' && this.#world.answers['frozen time'] !== 'both stand'
    const doubled = this.risks.get('doubled by the network') ?? 0
    const late = this.risks.get('landed later than the window') ?? 0
    const most = (foreign + doubled + late) * (goesBack ? 3 : 1) * (made.fact === 'taskPoints' ? 3 : 1)
    if (!isOdd && count > most) {
      this.broke('own change', `${rule} has fired ${count} times on changes of ${made.fact}; others made ${most}`)
    }
  }

  /** Follows how long each condition has held, by what was told. */
  #judgeTurns(decided: ReadonlySet<string>, isRead: boolean): void {
    for (const [id, made] of this.#made) {
      if (made.kind !== 'level' || !decided.has(id)) continue
      const holds = this.#isFenced ? null : made.holds({ ...this.#seen, now: this.#clock.now() })
      const turn = this.#turns.get(id)
      if (holds === false)
        this.#turns.set(id, { armed: true, held: 0, since: this.#clock.now(), falseAt: this.#clock.now() })
      else if (holds === null && !this.#isFenced) this.#turns.delete(id)
      else if (turn && holds === null) turn.held = 0
      else if (turn && isRead) {
        if (turn.held === 0) turn.since = this.#clock.now()
        turn.held++
      }
    }
  }

  #waits(made: Step, now: Instant): void {
    if (made.passing.clockSet !== null || this.#household.loop?.unstored) return
    const { standstill } = made
    if (standstill !== null && standstill !== 'nothing new read') return
    const polls = Object.values(this.#household.setup.polls).map((poll) => ('everyMs' in poll ? poll.everyMs : 0))
    const bound = Math.max(5 * minute, 3 * Math.max(...polls)) + minute
    for (const row of made.kept.rows) {
      if (!isOpen(row)) continue
      const isStop = row.action === 'device' && row.effect.toward === 'relief'
      if (row.state === 'sending' && now - (row.sentAt ?? now) > 2 * minute) {
        this.broke(
          'wait',
          `${keyText(row)} has been on its way for ${Math.round((now - (row.sentAt ?? now)) / minute)} min`,
        )
      }
      const waits = row.state === 'planned' || row.state === 'not-sent' || row.state === 'not-applied'
      if (waits && !isStop && now - row.at > bound) {
        this.broke('wait', `${keyText(row)} has been ${row.state} for ${Math.round((now - row.at) / minute)} min`)
      }
      const asked = made.passing.readings['chastify.session']?.asked ?? 0
      const isOver =
        row.state === 'unknown' && row.request?.service === 'chastify' && asked > (row.endedAt ?? now) + 2 * minute
      if (isOver && now - (row.endedAt ?? now) > bound) {
        this.broke(
          'wait',
          `${keyText(row)} has been unknown for ${Math.round((now - (row.endedAt ?? now)) / minute)} min`,
        )
      }
    }
  }

  #reads(): void {
    const health = this.#household.loop?.passing.health.chastify
    if (health?.dead || health?.healthy === false || this.#timeline.now < this.#asleepUntil) return
    const { chastify } = this.#household.setup.polls
    const every = 'everyMs' in chastify ? (chastify.calmMs ?? chastify.everyMs) : 0
    const since = this.#timeline.now - Math.max(this.#lastRead, this.#startedAt, this.#jumpedAt)
    if (since > Math.max(every * 1.2, 6 * minute) + 4 * minute) {
      this.broke('reads', `the lock was not read for ${Math.round(since / minute)} min`)
    }
  }

  /** The wearer presses the switch, or resumes. */
  pressed(isSet: boolean): void {
    this.#stoppedAt = isSet ? this.#timeline.now : null
  }

  /** Long after the switch was set no freeze of ours lasts. */
  #undone(kept: Kept): void {
    const { chastify } = this.#household.setup.polls
    const bound = 1.3 * ('everyMs' in chastify ? (chastify.calmMs ?? chastify.everyMs) : 0) + 15 * minute
    const isOurs = kept.rows.some(({ effect, state, settledBy }) => {
      return effect.counts === 'freeze' && state === 'applied' && settledBy === undefined
    })
    if (!isOurs) return
    const from = Math.max(this.#stoppedAt ?? Infinity, this.#startedAt, this.#jumpedAt, this.#lockAt)
    const isCalm = this.#timeline.now - from > bound && this.#household.loop?.passing.health.chastify?.healthy === true
    if (!isCalm || this.#refusedAt !== null || !this.#world.isFrozenByUs(this.#timeline.now)) return
    const tried = kept.rows.some((row) => row.rule === '(stop)' && row.action === 'unfreeze' && row.at >= from - minute)
    if (!tried) this.broke('undone', 'a freeze of ours lasts although the switch was set long ago')
  }

  #statusOfLimits(kept: Kept): void {
    const { session } = kept
    const { limits, setup } = this.#household
    const now = this.#clock.now()
    if (session === null || this.#world.answers['lock id'] !== 'present') return
    for (const { limit, per, unit, used } of usedOf({
      limits,
      rows: kept.rows,
      past: kept.past,
      session,
      mode: setup.mode,
      now,
      zone: setup.zone,
    })) {
      if (unit !== 'times' || per === 'lock' || limit === 'actions' || limit === 'game') continue
      const from = startOf(per, now, setup.zone)
      if (this.#jumpedAt + this.#clock.aheadMs > from || this.#lockAt + this.#clock.aheadMs > from) continue
      const really = new Set(
        this.#effects
          .filter((one) => one.sending.row.effect.counts === limit && one.sending.clock >= from && !one.late)
          .map(({ key }) => key),
      ).size
      const denials = this.risks.get('somebody else did the like') ?? 0
      if (used + denials < really)
        this.broke('told', `status says ${limit} happened ${used} times this ${per}; it was ${really}`)
    }
  }
}

function isHalt(row: LedgerRow | undefined): boolean {
  return row?.action === 'device' && row.effect.toward === 'relief'
}

/** A map somewhere in an answer. */
function mapAt(body: Json, key: string | null): Readonly<Record<string, unknown>> | null {
  const outer = body as { data?: Record<string, unknown> } & Record<string, unknown>
  const inner = (outer.data ?? outer) as Record<string, unknown>
  return (key === null ? inner : inner[key]) as Record<string, unknown> | null
}
