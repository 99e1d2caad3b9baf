import { isOwn } from '../core/acting/own.ts'
import type { Instant } from '../core/calendar/time.ts'
import { firingsOf } from '../core/memory/firings.ts'
import { finalParams, isOpen } from '../core/memory/ledger.ts'
import type { Kept } from '../core/model/kept.ts'
import { noLock, noTask } from '../core/model/lock.ts'
import type { News, Order } from '../core/model/order.ts'
import { nothingSeen } from '../core/model/passing.ts'
import { noPast } from '../core/model/past.ts'
import type { LedgerRow, State } from '../core/model/row.ts'
import type { RuleSet } from '../core/model/rule.ts'
import { blank, type RuleMemory } from '../core/model/rulememory.ts'
import type { Json, Poll, Topic } from '../core/model/service.ts'
import type { Recorded } from '../core/reading/recorded.ts'
import { type Step, step } from '../core/step.ts'
import { Lull } from './lull.ts'
import { Past } from './past.ts'
import { type Happening, replay } from './replay.ts'

/** Whose rules are tried out, under which limits, and what is remembered of their lock at present. */
export interface Trial {
  rules: RuleSet
  /**
   * The whole ledger and memory as they are now: of them, what was there before the record began is where a replay
   * begins.
   */
  kept: Kept
  order: Omit<Order, 'underway' | 'closing' | 'stopped' | 'run'>
  /** Steps at every reading, those included at which nothing can come of it. The outcome is the same, only later. */
  unhurried?: boolean
  /** Asked before each look, with the moment it has come to: lets others have their turn; ends it all by throwing. */
  rest?(now: Instant): Promise<void> | null
}

/** One action of a firing, as the limits of today leave it. */
export interface Done {
  action: string
  /** What was changed by so many seconds; null where it has no size. */
  what: 'added' | 'removed' | 'frozen' | null
  seconds: number
  state: State
  /** Why it was clamped or refused. */
  note: string
  params: Json
}

export interface Fired {
  rule: string
  at: Instant
  does: readonly Done[]
}

/** A time of which nothing is known. */
export interface Unseen {
  from: Instant
  to: Instant
}

/** What rules would have done in a time that was recorded. */
export interface Backtest {
  /** From where to where the record reaches within what was asked for. */
  since: Instant
  until: Instant
  /** Every rule that is switched on, in the order in which they act. */
  rules: readonly string[]
  /** In the order of their moments. */
  firings: readonly Fired[]
  /** Rules that would fire at once if they were put in force now. */
  atOnce: readonly string[]
  /** When the lock was out of sight for longer than a reading may be old. */
  unseen: readonly Unseen[]
  /** Facts that the rules ask for and the record lacks: unknown throughout. */
  lacking: readonly string[]
}

/**
 * Goes through what was recorded between two moments as the daemon would with these rules, under the limits and the
 * mode of the order. It begins where the record does, so that by `since` the rules remember what they would; only
 * what comes after that is told. Rows are taken to be done, and what they did is not replayed. Null where nothing is
 * recorded of that time.
 */
export async function backtest(
  trial: Trial,
  recorded: Recorded,
  since: Instant,
  until: Instant,
): Promise<Backtest | null> {
  const moments = [...recorded.looks.values()].flatMap((looks) => [looks[0]?.answered, looks.at(-1)?.answered])
  const known = moments.filter((moment) => moment !== undefined)
  const start = Math.min(...known)
  const end = Math.min(until, Math.max(...known))
  if (known.length === 0 || end < since || start > until) return null
  const past = new Past(recorded, topicsOf(trial), trial.kept.rows)
  const order = orderFor(trial, recorded, past)
  const { rules, kept, unhurried, rest } = trial
  const after = await replay(
    {
      rules,
      order,
      seed: kept.seed,
      start,
      end,
      ground: past,
      happenings: happeningsOf(recorded, past),
      kept: keptBefore(kept, rules, start, order.mode),
      ...(unhurried ? {} : { lull: new Lull(rules, past) }),
      ...(rest ? { rest } : {}),
    },
    () => undefined,
  )
  const from = Math.max(start, since)
  return {
    since: from,
    until: end,
    rules: rules.rules.filter(({ enabled }) => enabled).map(({ id }) => id),
    firings: firedIn(after.rows, from),
    atOnce: await firesAtOnce(trial, recorded, end),
    unseen: unseenIn(recorded, from, end),
    lacking: lackingIn(rules, recorded),
  }
}

/** What these rules have read on a schedule. */
function topicsOf({ order }: Trial): ReadonlySet<Topic> {
  return new Set(order.polls.keys())
}

/** The order with the record's services; of the topics, those that were read, as often as they were read then. */
function orderFor({ order }: Trial, { looks }: Recorded, past: Past): Trial['order'] {
  const polls = new Map<Topic, Poll>()
  for (const [topic, poll] of order.polls) {
    const intervals = (looks.get(topic) ?? []).flatMap(({ trouble, intervalMs }) =>
      trouble === null ? intervalMs : [],
    )
    const longest = intervals.reduce((most, one) => Math.max(most, one), 0)
    if (!looks.has(topic)) continue
    polls.set(topic, 'cron' in poll || longest === 0 ? poll : { everyMs: longest })
  }
  return { ...order, newLock: 'auto', polls, services: order.services.map((service) => past.serve(service)) }
}

function happeningsOf({ looks, presses, begun }: Recorded, past: Past): Happening[] {
  const answered = [...looks.values()].flatMap((ofTopic) => ofTopic.map((look) => look.answered)).sort((a, b) => a - b)
  // A process that nothing is heard of any more may have ended at any moment; after its last reading it saw nothing.
  const restarts = begun.flatMap((asked): Happening[] => {
    const last = latestBefore(answered, asked)
    if (last === null) return []
    return [
      {
        at: last + 1,
        happens() {
          past.goDown()
          return 'restart'
        },
      },
    ]
  })
  const pressed = presses.map(({ at, input, set }): Happening => ({ at, happens: (): News[] => [{ input, set }] }))
  return [...restarts, ...pressed].sort((a, b) => a.at - b.at)
}

function latestBefore(sorted: readonly Instant[], moment: Instant): Instant | null {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < moment) low = middle + 1
    else high = middle
  }
  return sorted[low - 1] ?? null
}

/**
 * What was remembered at a moment, as far as it can be told from what is remembered now: the rows of before, which
 * limits and tallies count, and the episodes that have lasted since. The counters go on from where they are, so that
 * no occurrence bears the name of an earlier one.
 */
function keptBefore(kept: Kept, rules: RuleSet, start: Instant, mode: Order['mode']): Kept {
  const rows = kept.rows.filter((row) => row.at < start && !isOpen(row))
  const sessions = Object.entries(kept.sessions)
    .filter(([, { since }]) => since < start)
    .map(([key, session]): [string, typeof session] => [
      key,
      {
        ...session,
        timeLockedSeconds: null,
        seenAt: session.since,
        accepted: true,
        task: noTask,
        frozen: null,
        thawedAt: null,
        standsFrozen: null,
      },
    ])
  const locks = sessions.filter(([key]) => key !== noLock).sort(([, a], [, b]) => a.since - b.since)
  const memory = Object.entries(kept.memory).map(([key, one]): [string, RuleMemory] => {
    const { digest, episodes, changes } = one
    const firings = (session: string) => firingsOf({ rows, past: noPast }, session, mode)
    const fired = (session: string, rule: string) => firings(session).get(rule)?.recent ?? []
    const [, session = '', rule = ''] = key.split(' ')
    return [key, { ...blank(digest), episodes, changes, episode: episodeAt(one, start, fired(session, rule)) }]
  })
  return {
    ...kept,
    storedAt: null,
    session: null,
    lastLock: locks.at(-1)?.[0] ?? null,
    sessions: Object.fromEntries(sessions),
    inputs: Object.fromEntries(Object.entries(kept.inputs).filter(([, { at }]) => at < start)),
    gaps: kept.gaps.filter(({ to }) => to < start),
    memory: Object.fromEntries(memory.filter(([key]) => rules.byId.has(key.slice(key.lastIndexOf(' ') + 1)))),
    rows,
    past: noPast,
  }
}

/** The present episode of a rule as it was at a moment; null where it began later. */
function episodeAt({ episode }: RuleMemory, start: Instant, fired: readonly Instant[]): RuleMemory['episode'] {
  if (!episode || episode.since >= start) return null
  if (episode.from < start) return episode
  const within = fired.filter((moment) => moment >= episode.since)
  return { since: episode.since, occurred: within.length, from: within.at(-1) ?? episode.since, blindMs: 0 }
}

function firedIn(rows: readonly LedgerRow[], from: Instant): Fired[] {
  const told = rows.filter((row) => row.at >= from && !isOwn(row))
  const firings = Map.groupBy(told, ({ session, rule, occurrence }) => `${session} ${rule} ${occurrence}`)
  return [...firings.values()]
    .flatMap((rows) => rows.slice(0, 1).map(({ rule, at }) => ({ rule, at, does: rows.map(doneBy) })))
    .sort((a, b) => a.at - b.at)
}

const sized = { add_time: 'added', remove_time: 'removed', freeze: 'frozen' } as const

function doneBy(row: LedgerRow): Done {
  const { action, effect, state, note } = row
  const counts = effect.counts
  const what = counts === 'add_time' || counts === 'remove_time' || counts === 'freeze' ? sized[counts] : null
  const isDone = state === 'applied' || state === 'dry-run'
  return { action, what, seconds: isDone ? effect.seconds : 0, state, note, params: finalParams(row) }
}

/** What the rules would do at once on what was read last and is remembered now; nothing of it is kept. */
async function firesAtOnce(trial: Trial, recorded: Recorded, end: Instant): Promise<readonly string[]> {
  const now = Math.max(end, trial.kept.storedAt ?? end)
  const past = new Past(recorded, topicsOf(trial), trial.kept.rows)
  const order = orderFor(trial, recorded, past)
  const news: News[] = [{ accepted: trial.kept.session ?? noLock }]
  for (const topic of order.polls.keys()) {
    const reading = past.read(topic, now)
    if (reading) news.push({ reading: { ...reading, asked: now, answered: now } })
  }
  // Closing, the step still decides, and has nothing leave.
  const closing: Order = { ...order, stopped: false, closing: true, run: 'trial', underway: new Set() }
  const made: Step = await step(now, trial.rules, trial.kept, nothingSeen, news, closing)
  return made.decisions.filter((one) => one.fires || one.why === 'step full').map(({ rule }) => rule)
}

/** Times without a good reading of a service, longer than its readings hold. */
function unseenIn({ looks }: Recorded, from: Instant, to: Instant): Unseen[] {
  const unseen: Unseen[] = []
  for (const ofTopic of looks.values()) {
    const good = ofTopic.filter(({ trouble }) => trouble === null || trouble === 'no-lock' || trouble === 'lock-ended')
    for (const [i, { asked, intervalMs }] of good.entries()) {
      const next = good[i + 1]?.asked ?? to
      const holdsUntil = asked + Math.max(3 * intervalMs, 60_000)
      if (next > holdsUntil && next > from && asked < to) unseen.push({ from: Math.max(from, asked), to: next })
    }
  }
  return unseen.sort((a, b) => a.from - b.from)
}

function lackingIn(rules: RuleSet, { lines }: Recorded): string[] {
  const names = new Set([...lines.values()].flatMap((ofTopic) => [...ofTopic.keys()]))
  const isRead = (name: string) => {
    const source = rules.catalogue.get(name)?.source ?? ''
    return source.includes('.') || source === 'extra'
  }
  const asked = new Set(rules.rules.filter(({ enabled }) => enabled).flatMap(({ uses }) => [...uses]))
  return [...asked].filter((name) => isRead(name) && !names.has(name)).sort()
}
