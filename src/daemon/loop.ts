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

/** What a lock's loop needs of the world. */
export interface LoopPorts {
  clock: Clock
  journal: Journal
  send: Send
  /** The rules in force at this moment. */
  rules(): RuleSet
  /** Config and surroundings at this moment, but for what the loop itself knows. */
  order(): Omit<Order, 'underway' | 'closing' | 'ticks' | 'unstored'>
  /** Told of every step, for logs and for those who ask, with how long it took, the storing included. */
  observe(step: Step, before: Kept, news: readonly News[], tookMs: number): void
  /** Told when nothing can be stored any more, once for each reason; null when it can be again. */
  unstored(is: Unstored | null): void
}

/** A lock that runs, and how it ends. */
export interface Loop extends RunningLock {
  /** Settles when the loop has ended; rejects where it could not go on. */
  readonly done: Promise<void>
}

/** How long a request in flight is waited for at the end, in real milliseconds. */
const lastWaitMs = 2500
/** How often it is tried whether anything can be stored again. */
const tryAgainMs = 5000
/** How often it is looked at most whether rows need not be retained any more. */
const retainMs = 3_600_000

/**
 * Runs one lock until the signal: step, commit if anything changed, send what was claimed, wait for news or the next
 * moment, read. With `once` it ends when every scheduled topic was read and nothing is left to send, or can be. While
 * nothing can be stored it goes on reading, decides nothing, sends the stops of devices alone, and keeps what it learns
 * for later.
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
  /** The requests that have not ended, by when each was sent, in ticks. */
  const inAir = new Set<{ since: number }>()
  const underway = new Set<Topic>()
  const sending = new Map<string, Promise<void>>()
  /** Ends what is being read, at once; what is being sent only later. */
  const stop = new AbortController()
  const hardStop = new AbortController()

  // How far the clock is ahead of what passed; where that changes, somebody set it, or the machine slept.
  const aheadNow = () => clock.now() - clock.ticks()
  let ahead = aheadNow()
  const noticeJump = () => {
    const is = aheadNow()
    const jump = Math.round(is - ahead)
    if (Math.abs(jump) < leastJumpMs) return
    ahead = is
    inbox.push({ jump })
  }
  /** A request whose times are of the clock as it stands at the answer: what came before a jump is told before it. */
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

  /** What was heard, but not by what was found to be stored: the next step hears it again. */
  let missed: readonly News[] = []
  /** Stores what a step made, or what there is; what keeps it from there, if anything does. */
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
  /** On a disk that is nearly full little fits and more does not: it is over once a reading was dealt with. */
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
    // One that came while everything was being opened rings no more.
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
        // Of what was decided nothing may leave, so it is as if it had not been.
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
        // What is only done at the end is done here, too.
        over = true
        continue
      }
      if (closing) {
        await Promise.race(sending.values())
        continue
      }
      // The end rings, too.
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

/** Whether a single round is over: everything on the schedule was asked, and nothing waits to leave. */
function settled(made: Step, ports: LoopPorts, underway: ReadonlySet<Topic>): boolean {
  const asked = [...ports.order().polls.keys()].every((topic) => made.passing.asked[topic] !== undefined)
  const waits = made.kept.rows.some((row) => row.state === 'planned' || row.state === 'sending')
  return asked && underway.size === 0 && !waits
}
