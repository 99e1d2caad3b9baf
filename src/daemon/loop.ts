import { keyText } from '../core/memory/ledger.ts'
import type { Kept } from '../core/model/kept.ts'
import type { News, Order } from '../core/model/order.ts'
import { nothingSeen, type Passing } from '../core/model/passing.ts'
import type { Clock, Journal, Send, Unstored } from '../core/model/ports.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Answer, Request, Topic } from '../core/model/service.ts'
import { asksForPast, retained } from '../core/retention.ts'
import { type Step, step } from '../core/step.ts'
import type { RunningLock } from '../queries/daemon.ts'
import { leastJumpMs } from './clock.ts'
import { Inbox } from './inbox.ts'
import { sendRow } from './sender.ts'
import { Storing } from './storing.ts'
import { stuckMs } from './stuck.ts'

/** What a lock's loop needs from outside. */
export interface LoopPorts {
  clock: Clock
  journal: Journal
  send: Send
  /** The rules in force at this moment. */
  rules(): RuleSet
  /** Config and surroundings at this moment, without what the loop itself knows. */
  order(): Omit<Order, 'underway' | 'closing' | 'ticks' | 'unstored'>
  /** Called after every step, for logs and queries. It gets the time that the step took, with the storing. */
  observe(step: Step, before: Kept, news: readonly News[], tookMs: number): void
  /** Called once for each reason why nothing can be stored, and with null when storing works again. */
  unstored(is: Unstored | null): void
}

/** A lock that runs, and how it ends. */
export interface Loop extends RunningLock {
  /** Resolves when the loop has ended; rejects if it could not go on. */
  readonly done: Promise<void>
}

/** At the end: how long to wait for a request in flight, in real milliseconds. */
const lastWaitMs = 2500
/** How often to try whether storing works again. */
const tryAgainMs = 5000
/** How often it is looked at most whether rows need not be retained any more. */
const retainMs = 3_600_000

/**
 * Runs one lock until the signal: step, commit if anything changed, send what was claimed, wait for news or the next
 * moment, read. With `once` it ends when every scheduled topic was read and nothing is left that can be sent. While
 * nothing can be stored, it goes on reading, decides nothing, sends only stops of devices, and keeps what it learns for
 * later.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure over what a lock has at hand
export async function startLoop(lock: string, ports: LoopPorts, signal: AbortSignal, once = false): Promise<Loop> {
  const { clock, journal } = ports
  const inbox = new Inbox()
  const storing = await Storing.open(lock, journal)
  let kept = storing.stored
  let passing: Passing = nothingSeen
  let last: Step | null = null
  let unstored: Unstored | null = null
  let due = clock.ticks()
  /** Open requests, with the tick at which each was sent. */
  const inAir = new Set<{ since: number }>()
  const underway = new Set<Topic>()
  const sending = new Map<string, Promise<void>>()
  /** Aborts readings at once, and sendings only later. */
  const stop = new AbortController()
  const hardStop = new AbortController()

  // How far the clock is ahead of the ticks. If that changes, somebody set the clock, or the machine slept.
  const aheadNow = () => clock.now() - clock.ticks()
  let ahead = aheadNow()
  const noticeJump = () => {
    const is = aheadNow()
    const jump = Math.round(is - ahead)
    if (Math.abs(jump) < leastJumpMs) return
    ahead = is
    inbox.push({ jump })
  }
  /** Sends a request. If the clock was set meanwhile, the time of asking is moved along with it. */
  const send = async (request: Request, ending?: AbortSignal): Promise<Answer> => {
    const before = aheadNow()
    const flight = { since: clock.ticks() }
    inAir.add(flight)
    const answer = await ports.send(request, ending)
    inAir.delete(flight)
    noticeJump()
    const jump = Math.round(aheadNow() - before)
    return Math.abs(jump) < leastJumpMs ? answer : { ...answer, asked: Math.min(answer.asked + jump, answer.answered) }
  }

  const read = async (topic: Topic) => {
    const kind = ports
      .order()
      .services.flatMap(({ topics }) => topics)
      .find((one) => one.topic === topic)
    const request = kind?.request(passing.facts)
    if (!request) return
    underway.add(topic)
    const answer = await send(request, stop.signal)
    underway.delete(topic)
    inbox.push({ reading: { ...answer, topic } })
  }
  const dispatch = (row: LedgerRow) => {
    const key = keyText(row)
    const sent = sendRow(row, { ...ports, send }, hardStop.signal).then((outcome) => {
      sending.delete(key)
      inbox.push({ outcome, of: row })
    })
    sending.set(key, sent)
  }

  /** News that the stored state does not know of yet; the next step gets it again. */
  let missed: readonly News[] = []
  /** Stores the result of a step, or what there is. Returns what prevents it, if anything. */
  const store = async (made: Step | null): Promise<Unstored | null> => {
    const attempt = { kept: made?.kept ?? kept, passing: made?.passing ?? passing, made }
    const came = await storing.store(attempt, kept, ports.order().run, unstored !== null)
    if (came.instead) {
      // It is known only now that this step was stored.
      if (came.instead.made) ports.observe(came.instead.made, kept, [], 0)
      ;({ kept, passing, missed } = came.instead)
    }
    return came.unstored
  }
  let said: Unstored['why'] | null = null
  /**
   * A nearly full disk may take a small commit and refuse a larger one. The trouble is over once a reading was stored.
   */
  const say = (news: readonly News[]) => {
    if (unstored ? said === unstored.why : said === null || !news.some((item) => 'reading' in item)) return
    said = unstored?.why ?? null
    ports.unstored(unstored)
  }

  let retainedAt = Number.NEGATIVE_INFINITY
  let over = false
  const run = async () => {
    const end = () => {
      stop.abort()
      inbox.nudge()
      setTimeout(() => hardStop.abort(), lastWaitMs).unref()
    }
    // A signal that came while everything was being opened fires no event any more.
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    for (;;) {
      noticeJump()
      const news = inbox.drain()
      const closing = signal.aborted || over
      const now = clock.now()
      const ticks = clock.ticks()
      const began = performance.now()
      const order = { ...ports.order(), underway, closing, ticks }
      const rules = ports.rules()
      const take = () => {
        const heard = [...missed, ...news]
        return step(now, rules, kept, passing, heard, { ...order, unstored: unstored?.why ?? null })
      }
      if (unstored) unstored = await store(null)
      if (!unstored && kept === storing.stored && asksForPast({ kept, rules, order, now })) {
        unstored = await storing.recall()
        kept = storing.stored
      }
      if (unstored) storing.dealtWith(news)
      let made = await take()
      if (!unstored) {
        if (made.kept !== kept && ticks >= retainedAt + retainMs) {
          made = { ...made, kept: retained({ ...made, rules, order, now }) }
          retainedAt = ticks
        }
        unstored = await store(made)
        // Nothing that was decided may leave, so the decisions are dropped.
        if (unstored) made = await take()
      }
      missed = []
      say(news)
      const before = kept
      kept = made.kept
      passing = made.passing
      last = made
      ports.observe(made, before, news, performance.now() - began)
      for (const row of made.changed) if (row.state === 'sending') dispatch(row)
      if (sending.size === 0 && !unstored) journal.rest()
      if (sending.size === 0 && closing) return
      if (sending.size === 0 && once && (unstored || settled(made, ports, underway))) {
        // Work that is left for the end is also done here.
        over = true
        continue
      }
      if (closing) {
        await Promise.race(sending.values())
        continue
      }
      // The end also wakes the loop.
      due = ticks + made.wake.at - now
      if (unstored) due = Math.min(due, ticks + tryAgainMs)
      if (!signal.aborted) await inbox.wait(clock, due)
      if (clock.ticks() >= due) for (const topic of made.wake.read) if (!underway.has(topic)) void read(topic)
    }
  }
  const done = run().finally(() => {
    stop.abort()
    hardStop.abort()
  })
  return {
    get kept() {
      return kept
    },
    get passing() {
      return passing
    },
    get last() {
      return last
    },
    get unstored() {
      return unstored
    },
    get stuckMs() {
      return stuckMs(due, inAir, clock.ticks())
    },
    tell: (news) => inbox.push(news),
    nudge: () => inbox.nudge(),
    done,
  }
}

/** Whether a single round is over: every scheduled topic was read, and nothing waits to be sent. */
function settled(made: Step, ports: LoopPorts, underway: ReadonlySet<Topic>): boolean {
  const asked = [...ports.order().polls.keys()].every((topic) => made.passing.asked[topic] !== undefined)
  const waits = made.kept.rows.some((row) => row.state === 'planned' || row.state === 'sending')
  return asked && underway.size === 0 && !waits
}
