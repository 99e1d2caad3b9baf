import type { Instant } from '../core/calendar/time.ts'
import { emptyKept, type Kept } from '../core/model/kept.ts'
import type { News, Order } from '../core/model/order.ts'
import { nothingSeen, type Passing } from '../core/model/passing.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Topic } from '../core/model/service.ts'
import { type Step, step } from '../core/step.ts'
import type { Ground } from './ground.ts'
import type { Lull } from './lull.ts'

/** Something that happens at a moment: it may change the ground, tell the step news, or end the process. */
export interface Happening {
  at: Instant
  happens(now: Instant): readonly News[] | 'restart'
}

/** Time as it is to be gone through. */
export interface Timeline {
  rules: RuleSet
  order: Omit<Order, 'underway' | 'closing' | 'stopped' | 'run'>
  seed: string
  start: Instant
  /** The last moment that is looked at. */
  end: Instant
  ground: Ground
  /** In the order of their moments. */
  happenings: readonly Happening[]
  /** What is remembered at the start; nothing, where this is left out. */
  kept?: Kept
  /** Passes over readings of which nothing can come. */
  lull?: Lull
  /** Asked before each look whether to rest: lets others have their turn, and may end it all by throwing. */
  rest?(now: Instant): Promise<void> | null
}

/** More looks than this within one second are no life but a fault. */
const mostLooks = 200

/**
 * Goes through a timeline as the daemon's loop would, on made-up time: reads when it is time to, steps, answers what
 * is sent at once, and goes on to the next moment. `observe` is told of every step.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the loop of the daemon on made-up time, told in one go
export async function replay(timeline: Timeline, observe: (made: Step, now: Instant) => void): Promise<Kept> {
  const { rules, ground, happenings, end } = timeline
  let kept = timeline.kept ?? emptyKept(timeline.seed)
  let passing: Passing = nothingSeen
  let now = timeline.start
  let reading: readonly Topic[] | 'all' = 'all'
  let run = 1
  let next = 0
  let looks = 0
  const topics = [...timeline.order.polls.keys()]
  const kinds = new Map(timeline.order.services.flatMap((service) => service.topics.map((kind) => [kind.topic, kind])))

  const isReadable = (topic: Topic) => (kinds.get(topic)?.request(passing.facts) ?? null) !== null
  const orderOf = (closing: boolean): Order => ({
    ...timeline.order,
    stopped: false,
    closing,
    run: String(run),
    underway: new Set<Topic>(),
  })
  const look = async (news: readonly News[], closing = false): Promise<Step> => {
    const made = await step(now, rules, kept, passing, news, orderOf(closing))
    kept = made.kept
    passing = made.passing
    observe(made, now)
    return made
  }

  /** Answers that are still on their way. */
  let coming: { at: Instant; news: News }[] = []
  for (;;) {
    const resting = timeline.rest?.(now)
    if (resting) await resting
    const news: News[] = []
    for (let due = happenings[next]; due !== undefined && due.at <= now; due = happenings[++next]) {
      const happened = due.happens(now)
      if (happened !== 'restart') news.push(...happened)
      else {
        // What is kept is all that the next process knows; answers are waited for.
        await look(
          coming.map((one) => one.news),
          true,
        )
        coming = []
        passing = nothingSeen
        reading = 'all'
        run++
      }
    }
    for (const one of coming) if (one.at <= now) news.push(one.news)
    coming = coming.filter((one) => one.at > now)
    for (const topic of reading === 'all' ? topics : reading) {
      // What is recorded is over once it was its turn, whether or not it could be asked for.
      const told = ground.read(topic, now)
      if (told && isReadable(topic)) news.push({ reading: told })
    }
    const before = kept
    const isPlain = news.length > 0 && news.every((item) => 'reading' in item && item.reading.ok)
    let made = await look(news)
    for (;;) {
      const sending = made.changed.filter(({ state }) => state === 'sending')
      if (sending.length === 0) break
      const answers = sending.map((row) => ({ outcome: ground.send(row, now), of: row }))
      const outcomes = answers.filter(({ outcome }) => outcome.answered <= now + 1)
      const later = answers.filter(({ outcome }) => outcome.answered > now + 1)
      coming.push(...later.map((news) => ({ at: news.outcome.answered, news })))
      if (outcomes.length === 0) break
      // The shortest time there is: an answer comes after its question.
      now++
      made = await look(outcomes)
    }
    const lull = isPlain && coming.length === 0 && kept === before ? timeline.lull : undefined
    const over = lull?.over(made, orderOf(false), now, Math.min(happenings[next]?.at ?? end + 1, end + 1)) ?? null
    if (over) {
      passing = over.passing
      now = over.now
    }

    const scheduled = ground.nextReading(now)
    const turn = nextTurn(made, now)
    // A reading that was asked for and is not to be had is not asked for again at once.
    const inVain: boolean = reading !== 'all' && reading.length > 0 && news.length === 0
    const woken: ReturnType<typeof wakeOf> = inVain ? null : wakeOf(made, now, isReadable, over !== null)
    const soonest = Math.min(
      scheduled?.at ?? Number.POSITIVE_INFINITY,
      turn,
      woken?.at ?? Number.POSITIVE_INFINITY,
      happenings[next]?.at ?? end + 1,
      ...coming.map((one) => one.at),
    )
    // What is due at once is looked at a moment later: a reading must be younger than the write it is to show.
    const then = Math.max(Math.ceil(soonest), now + 1)
    if (then > end) return kept
    looks = Math.floor(then / 1000) === Math.floor(now / 1000) ? looks + 1 : 0
    if (looks > mostLooks) throw new Error(`woken again and again, because: ${made.wake.because}`)
    const isDue = scheduled !== null && then >= scheduled.at
    const isWoken: boolean = woken !== null && then >= woken.at
    reading = then >= turn ? 'all' : isDue ? scheduled.topics : isWoken ? (woken?.read ?? []) : []
    now = then
  }
}

/** The next moment at which the clock alone may let a rule fire. */
function nextTurn(made: Step, now: Instant): Instant {
  const turns = made.passing.decisions.flatMap((one) => (one.fires || one.until === null ? [] : one.until))
  return Math.min(Number.POSITIVE_INFINITY, ...turns.filter((until) => until > now))
}

/**
 * The step's own wish to be woken, as far as it can be read. Polls that are still to come are left out: they come by
 * the ground's schedule, without the daemon's jitter.
 */
function wakeOf(
  { wake }: Step,
  now: Instant,
  isReadable: (topic: Topic) => boolean,
  isPast: boolean,
): { at: Instant; read: readonly Topic[] } | null {
  const read = wake.read.filter(isReadable)
  // Of a step that was not made again, only what is still to come counts.
  if (isPast) return wake.because !== 'poll' && wake.at > now ? { at: wake.at, read } : null
  if (wake.because !== 'poll') return { at: Math.max(wake.at, now), read }
  return wake.at <= now && read.length > 0 ? { at: now, read } : null
}
