import type { Kept } from '../core/kept.ts'
import { changeOf } from '../core/kept.ts'
import { keyText, type LedgerRow } from '../core/ledger.ts'
import type { News, Order } from '../core/order.ts'
import { nothingSeen, type Passing } from '../core/passing.ts'
import type { Clock, Journal, Send } from '../core/ports.ts'
import type { RuleSet } from '../core/rules/compile.ts'
import type { Answer, Request, Topic } from '../core/service.ts'
import { type Step, step } from '../core/step.ts'
import { leastJumpMs } from './clock.ts'
import { Inbox } from './inbox.ts'
import { sendRow } from './sender.ts'
import { stuckMs } from './stuck.ts'

/** What a lock's loop needs of the world. */
export interface LoopPorts {
  clock: Clock
  journal: Journal
  send: Send
  /** The rules in force at this moment. */
  rules(): RuleSet
  /** Config and surroundings at this moment, but for what the loop itself knows. */
  order(): Omit<Order, 'underway' | 'closing' | 'ticks'>
  /** Told of every step, for logs and for those who ask, with how long it took, the storing included. */
  observe(step: Step, before: Kept, news: readonly News[], tookMs: number): void
  /** Told of what the loop itself could not do. */
  trouble(error: unknown, doing: string): void
}

/** What of a running lock others may look at and do. */
export interface Loop {
  readonly kept: Kept
  readonly passing: Passing
  readonly last: Step | null
  /** How long it stands still already, in milliseconds by the ticks; 0 while it goes round. */
  readonly stuckMs: number
  /** Hands the step something new. */
  tell(news: News): void
  /** Has the loop look again now: the switch was pressed, or rules have changed. */
  nudge(): void
  /** Settles when the loop has ended; rejects where it could not go on. */
  readonly done: Promise<void>
}

/** How long a request in flight is waited for at the end, in real milliseconds. */
const lastWaitMs = 2500
/** How long the loop rests after the disk refused a commit. */
const restMs = 5000

/**
 * Runs one lock until the signal: step, commit if anything changed, send what was claimed, wait for news or the next
 * moment, read. With `once` it ends when every scheduled topic was read and nothing is left to send.
 */
export async function startLoop(lock: string, ports: LoopPorts, signal: AbortSignal, once = false): Promise<Loop> {
  const { clock, journal } = ports
  const inbox = new Inbox()
  const opened = await journal.open(lock)
  let { kept, version } = opened
  let passing: Passing = nothingSeen
  let last: Step | null = null
  let due = clock.ticks()
  /** Since when nothing can be stored, in ticks. */
  let refusedAt: number | null = null
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
      const made = await step(now, ports.rules(), kept, passing, news, { ...ports.order(), underway, closing, ticks })
      const change = changeOf(kept, made.kept)
      // A disk that refused is tried although there is nothing new: that nothing more is decided is no good sign.
      const stores = change ?? (refusedAt === null ? null : changeOf(kept, { ...kept }))
      if (stores) {
        try {
          const stored = await journal.commit(lock, version, stores)
          if (stored === 'moved-on') throw new Error(`another process has changed what is remembered of ${lock}`)
          version = stored
          refusedAt = null
        } catch (error) {
          refusedAt ??= ticks
          if (change) {
            ports.trouble(error, 'storing what was decided; nothing is sent until it can be')
            inbox.putBack(news)
            if (closing) return
            await clock.until(clock.ticks() + restMs, signal)
            continue
          }
        }
      }
      const before = kept
      kept = made.kept
      passing = made.passing
      last = made
      ports.observe(made, before, news, performance.now() - began)
      for (const row of made.changed) if (row.state === 'sending') dispatch(row)
      if (sending.size === 0 && closing) return
      if (sending.size === 0 && once && settled(made, ports, underway)) {
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
    get stuckMs() {
      return stuckMs(Math.min(due, refusedAt ?? due), inAir, clock.ticks())
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
