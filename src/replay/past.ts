import type { Instant } from '../core/calendar/time.ts'
import { at, type Fact, knownValue, staleAfterMs } from '../core/model/fact.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Answer, Json, Reading, Service, Topic, Understood } from '../core/model/service.ts'
import { factOf, type Look, lockIdLine, type Recorded, type RecordedLine } from '../core/reading/recorded.ts'
import type { Ground } from './ground.ts'

/** The readings of one topic, and how far one has come in them. */
interface Course {
  looks: readonly Look[]
  /** The first one that is still to come. */
  next: number
  /** The first one from there on that failed, or is further from the one before it than usual. */
  irregular: number
  /** Whether it tells which lock there is. */
  tellsLock: boolean
  lines: readonly { name: string; lines: readonly RecordedLine[]; next: number }[]
}

/** When a reading was asked for and answered. */
export interface Times {
  asked: Instant
  answered: Instant
}

/** Sendings of one rule's action closer than this, in a replay and in the ledger, are one and the same. */
const sameSendingMs = 60_000

/** A refused token would end a replay, as it ends a process; the next process had another. */
const tokenTroubles: ReadonlySet<string> = new Set(['missing-token', 'invalid-token', 'revoked-token'])

/**
 * What was recorded, as a ground to go through once, from its beginning: the readings at their moments, and what they
 * would have told in between. Whatever is sent is taken to be done.
 */
export class Past implements Ground {
  #courses: ReadonlyMap<Topic, Course>
  #told = new Map<Topic, { asked: Instant; understood: Understood }>()
  #sentAt = Number.NEGATIVE_INFINITY
  #rows: readonly LedgerRow[]
  #isDown = false

  /** Of what was recorded, only these topics; `rows` are those that were really sent in that time. */
  constructor(
    { looks, lines }: Recorded,
    topics: ReadonlySet<Topic> = new Set(looks.keys()),
    rows: readonly LedgerRow[] = [],
  ) {
    this.#rows = rows
    const wanted = [...looks].filter(([topic]) => topics.has(topic))
    this.#courses = new Map(
      wanted.map(([topic, ofTopic]): [Topic, Course] => [
        topic,
        {
          looks: ofTopic,
          next: 0,
          irregular: 0,
          tellsLock: lines.get(topic)?.has('lock.active') === true,
          lines: [...(lines.get(topic) ?? [])].map(([name, lines]) => ({ name, lines, next: 0 })),
        },
      ]),
    )
  }

  /** The process ends here; the next one begins with its first reading. */
  goDown(): void {
    this.#isDown = true
  }

  /** A service as the rules know it, whose readings are of the record. */
  serve(service: Service): Service {
    return {
      ...service,
      topics: service.topics.map((kind) => ({
        ...kind,
        understand: (_body: Json, asked: Instant, answered: Instant) => this.#tell(kind.topic, asked, answered),
      })),
    }
  }

  nextReading(): { at: Instant; topics: readonly Topic[] } | null {
    let first: Instant | null = null
    const topics: Topic[] = []
    for (const [topic, { looks, next }] of this.#courses) {
      const at = looks[next]?.answered
      if (at === undefined || (first !== null && at > first)) continue
      if (first === null || at < first) topics.length = 0
      first = at
      topics.push(topic)
    }
    return first === null ? null : { at: first, topics }
  }

  read(topic: Topic, now: Instant): Reading | null {
    const course = this.#courses.get(topic)
    if (!course) return null
    let due: Look | null = null
    for (let look = course.looks[course.next]; look && look.answered <= now; look = course.looks[++course.next]) {
      due = look
    }
    if (due) this.#isDown = false
    const look = due ?? this.#between(course, now)
    if (!look) return null
    const times = { topic, asked: look.asked, answered: look.answered, serverTime: null }
    if (look.trouble === null) return { ...times, ok: true, body: null }
    const trouble = tokenTroubles.has(look.trouble) ? 'server-error' : look.trouble
    return { ...times, ok: false, sent: 'no', trouble, message: 'as it was recorded', retryAfterMs: null }
  }

  /**
   * Passes over the readings answered before a moment that say what the last one said; the last of each topic, or null
   * where there are none. Of what runs untold, only facts that are in use, or the lock's, count.
   */
  passOver(moment: Instant, uses: ReadonlySet<string>): ReadonlyMap<Topic, Times> | null {
    let until = moment
    for (const course of this.#courses.values()) until = Math.min(until, steadyUntil(course, uses))
    const passed = new Map<Topic, Times>()
    for (const [topic, course] of this.#courses) {
      const from = course.next
      while ((course.looks[course.next]?.answered ?? Number.POSITIVE_INFINITY) < until) course.next++
      const last = course.looks[course.next - 1]
      if (course.next > from && last) passed.set(topic, { asked: last.asked, answered: last.answered })
    }
    return passed.size === 0 ? null : passed
  }

  send(row: LedgerRow, now: Instant): Answer {
    this.#sentAt = now + this.#lasted(row, now)
    return { asked: now, answered: this.#sentAt, serverTime: null, ok: true, body: {} }
  }

  /**
   * How long the sending takes. Where the same was really sent, until that was answered: of the readings around it,
   * those are then fenced that really were.
   */
  #lasted({ rule, action, position }: LedgerRow, now: Instant): number {
    for (const row of this.#rows) {
      if (row.rule !== rule || row.action !== action || row.position !== position) continue
      if (row.state !== 'applied' || row.sentAt === null || row.endedAt === null) continue
      if (Math.abs(row.sentAt - now) <= sameSendingMs) return Math.max(1, row.endedAt - now)
    }
    return 1
  }

  /** What a reading would have told that was not made: what the one before it had told, on its way. */
  #between({ looks, next }: Course, now: Instant): Look | null {
    const last = looks[next - 1]
    if (!last || last.trouble !== null || this.#isDown) return null
    // Only the record can tell what a write did.
    if (this.#sentAt >= last.asked || now - last.asked > staleAfterMs(last.intervalMs)) return null
    return { ...last, asked: now, answered: now }
  }

  #tell(topic: Topic, asked: Instant, answered: Instant): Understood {
    const told = this.#told.get(topic)
    if (told?.asked === asked) return told.understood
    const facts = new Map<string, Fact>()
    let id: string | null | undefined
    for (const course of this.#courses.get(topic)?.lines ?? []) {
      while ((course.lines[course.next]?.at ?? Number.POSITIVE_INFINITY) <= asked) course.next++
      const line = course.lines[course.next - 1]?.line
      if (!line) continue
      if (course.name === lockIdLine) id = line.known ? String(line.value) : null
      else facts.set(course.name, factOf(line, asked, answered))
    }
    const understood: Understood = { facts, extras: {}, lock: id === undefined ? null : this.#evidence(facts, id) }
    this.#told.set(topic, { asked, understood })
    return understood
  }

  #evidence(facts: ReadonlyMap<string, Fact>, id: string | null): Understood['lock'] {
    const locked = facts.get('lock.timeLockedSeconds')
    const count = locked && at(locked, locked.asked)
    const wearer = knownValue(facts, 'lock.wearerUsername')
    return {
      id,
      timeLockedSeconds: count?.known && typeof count.value === 'number' ? count.value : null,
      wearer: typeof wearer === 'string' ? wearer : null,
    }
  }
}

/** The first moment at which readings of a topic may say something else than the last one did. */
function steadyUntil(course: Course, uses: ReadonlySet<string>): Instant {
  const { looks, lines, next } = course
  if (looks[next - 1]?.trouble !== null) return Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const { name, lines: ofFact, next: nextLine } of lines) {
    const line = ofFact[nextLine - 1]?.line
    const runsUntold = line?.known === true && line.pace === 0 && line.runs !== 0
    if (runsUntold && (course.tellsLock || uses.has(name))) return Number.NEGATIVE_INFINITY
    until = Math.min(until, ofFact[nextLine]?.at ?? until)
  }
  if (course.irregular < next) course.irregular = next
  while (isRegular(looks[course.irregular], looks[course.irregular - 1])) course.irregular++
  return Math.min(until, looks[course.irregular]?.answered ?? until)
}

function isRegular(look: Look | undefined, before: Look | undefined): boolean {
  if (!look || !before || look.trouble !== null || look.intervalMs !== before.intervalMs) return false
  return look.asked - before.asked <= staleAfterMs(look.intervalMs)
}
