import { sayDuration } from '../../core/calendar/duration.ts'
import type { Instant } from '../../core/calendar/time.ts'
import {
  counted,
  type Fact,
  type FactType,
  fixed,
  knownValue,
  numberAt,
  sinceThen,
  unknown,
} from '../../core/model/fact.ts'
import type { FactEntry, FactWords, Json, LockEvidence, TopicKind, Understood } from '../../core/model/service.ts'
import { mapIn } from '../params.ts'
import { countIn, factOf, notRead, numberIn, type Read, readAs, secondsIn, textIn, truthIn } from '../values.ts'

export const sessionTopic = 'chastify.session'

/**
 * Every field of `lockData` that Chastify's external API page and its sample name, with its type and a line of help.
 */
const fields: readonly (readonly [key: string, type: FactType, help: string])[] = [
  ['frozen', 'boolean', 'Whether the lock is frozen'],
  ['unlockable', 'boolean', 'Whether the wearer can unlock now'],
  ['trusted', 'boolean', 'Whether the wearer trusts the keyholder'],
  ['taskAssigned', 'boolean', 'Whether a task is open'],
  ['timeLockedSeconds', 'seconds', 'How long the wearer has been locked; stands still while the lock is frozen'],
  ['timeRemainingSeconds', 'seconds', 'How long the lock still runs; stands still while the lock is frozen'],
  ['maxTimeRemainingSeconds', 'seconds', 'The most remaining time the wearer has agreed to at Chastify'],
  ['taskPoints', 'number', 'Points earned by tasks'],
  ['taskPointsRequired', 'number', 'Points needed before the lock can be opened'],
  ['lockTitle', 'text', 'Title of the lock'],
  ['wearerUsername', 'text', 'Name of the wearer'],
  ['keyholderUsername', 'text', 'Name of the keyholder; unknown without one'],
  ['wearerLastSeenTimestamp', 'instant', 'When the wearer was last online; unknown if they hide it'],
  ['keyholderLastSeenTimestamp', 'instant', 'When the keyholder was last online; unknown if they hide it'],
]

const words: Readonly<Record<string, FactWords>> = {
  active: { is: 'there is a lock', isNot: 'there is no lock', begins: 'a lock begins', ends: 'the lock ends' },
  frozen: {
    is: 'the lock is frozen',
    isNot: 'the lock is not frozen',
    begins: 'the lock freezes',
    ends: 'the lock thaws',
    noun: 'whether the lock is frozen',
  },
  unlockable: {
    is: 'the lock can be opened',
    isNot: 'the lock cannot be opened',
    begins: 'the lock comes to be free to open',
    ends: 'the lock can no longer be opened',
  },
  taskAssigned: { is: 'a task is open', isNot: 'no task is open', begins: 'a task is assigned', ends: 'a task closes' },
  trusted: { is: 'the keyholder is trusted', isNot: 'the keyholder is not trusted' },
  timeRemainingSeconds: { much: '… is left', noun: 'the remaining time' },
  timeLockedSeconds: { much: 'the lock has lasted …', noun: 'the time locked' },
  wearerLastSeenAgoSeconds: { much: 'the wearer was last seen … ago', noun: 'when the wearer was last seen' },
  keyholderLastSeenAgoSeconds: { much: 'the keyholder was last seen … ago', noun: 'when the keyholder was last seen' },
  taskPoints: { much: '… points are earned', noun: 'the number of points' },
  taskPointsRequired: { much: '… points are needed', noun: 'the number of points needed' },
  maxTimeRemainingSeconds: { noun: 'the longest remaining time' },
  lockTitle: { noun: 'the title of the lock' },
  wearerUsername: { noun: 'the name of the wearer' },
  keyholderUsername: { noun: 'the name of the keyholder' },
}

/** Facts made from others, here or by core: a service's key of that name never takes their place. */
const derived: readonly FactEntry[] = [
  entry('lock.active', 'boolean', 'Whether there is an active lock at all'),
  {
    ...entry('lock.role', 'text', 'Role of the token’s owner on this lock: wearer or keyholder'),
    values: ['wearer', 'keyholder'],
  },
  entry('lock.scopes', 'texts', 'What the token may do'),
  entry('lock.wearerLastSeenAgoSeconds', 'seconds', 'How long ago the wearer was last online; unknown if they hide it'),
  entry(
    'lock.keyholderLastSeenAgoSeconds',
    'seconds',
    'How long ago the keyholder was last online; unknown if they hide it',
  ),
]
const reserved = new Set([...derived.map(({ name }) => name), 'lock.frozenBy', 'lock.roomSeconds'])

export const sessionFacts: readonly FactEntry[] = [
  ...fields.map(([key, type, help]) => entry(`lock.${key}`, type, help)),
  ...derived,
]
const documented = new Set(fields.map(([key]) => key))
/** One string for all readings of all locks. */
const named = fields.map(([key, type]) => ({ key, type, name: `lock.${key}` }))
const lastSeen = ['wearer', 'keyholder'].map((who) => ({
  key: `${who}LastSeenTimestamp`,
  name: `lock.${who}LastSeenAgoSeconds`,
}))

function entry(name: string, type: FactType, help: string): FactEntry {
  const said = words[name.slice('lock.'.length)]
  return { name, type, source: sessionTopic, help, ...(said ? { words: said } : {}) }
}

const mostExtras = 50
const mostScopes = 100
/** 2001 and 2100: a moment outside is one in seconds, or none. */
const earliest = 1_000_000_000_000
const latest = 4_102_444_800_000

/** A value of the wanted type, or why there is none. */
function read(value: Json | undefined, type: FactType): Read<boolean | number | string> {
  return readAs<boolean | number | string>(value, takers[type] ?? (() => null))
}

const takers: Partial<Record<FactType, (value: NonNullable<Json>) => boolean | number | string | null>> = {
  boolean: truthIn,
  text: textIn,
  seconds: secondsIn,
  number: countIn,
  instant: (value) => {
    const moment = Math.floor(numberIn(value) ?? 0)
    return moment >= earliest && moment <= latest ? moment : null
  },
}

/**
 * The lock as `GET /api/apps/v1/session` tells it (Chastify's external API page). `lockData` stands at the top level
 * or inside `data`.
 */
export const session: TopicKind = {
  topic: sessionTopic,
  standing: true,
  request: () => ({
    service: 'chastify',
    as: 'owner',
    method: 'GET',
    path: '/api/apps/v1/session',
    body: null,
    lockId: null,
    budget: 'read',
  }),
  glance(facts, now) {
    const remaining = numberAt(facts, 'lock.timeRemainingSeconds', now)
    const frozen = knownValue(facts, 'lock.frozen') === true ? ', frozen' : ''
    return remaining === null ? null : `${sayDuration(remaining)} left${frozen}`
  },
  withoutLock: (asked) => new Map([['lock.active', fixed(false, asked)]]),
  understand(body, asked, answered) {
    const outer = mapIn(body)
    if (!outer) return 'the answer is no object'
    const context = mapIn(outer.get('lockData')) ? outer : mapIn(outer.get('data'))
    const data = mapIn(context?.get('lockData'))
    if (!context || !data) return 'the answer has no lockData'

    const facts = new Map<string, Fact>([['lock.active', fixed(true, asked)]])
    for (const { key, type, name } of named) facts.set(name, factOf(read(data.get(key), type), asked))
    const frozen = knownValue(facts, 'lock.frozen')
    // Taken as of the answer, a count never runs ahead of the service's own, so that nothing comes early.
    const runs = (name: string, seconds: number, pace: -1 | 1) =>
      facts.set(name, counted(seconds, frozen === false ? pace : 0, asked, answered))
    const remaining = read(data.get('timeRemainingSeconds'), 'seconds')
    const locked = read(data.get('timeLockedSeconds'), 'seconds')
    const wearer = read(data.get('wearerUsername'), 'text')
    if ('value' in remaining) runs('lock.timeRemainingSeconds', Number(remaining.value), -1)
    if ('value' in locked) runs('lock.timeLockedSeconds', Number(locked.value), 1)
    for (const { key, name } of lastSeen) {
      facts.set(name, ageOf(read(data.get(key), 'instant'), asked, answered))
    }

    const role = read(context.get('role'), 'text')
    facts.set('lock.role', factOf(role, asked))
    facts.set('lock.scopes', scopesOf(context.get('scopes'), asked))
    const extras = addExtras(facts, data, asked)
    return {
      facts,
      extras,
      lock: {
        id: idOf(context, data),
        timeLockedSeconds: 'value' in locked ? Number(locked.value) : null,
        wearer: 'value' in wearer ? String(wearer.value) : null,
      },
    }
  },
}

function ageOf(seen: ReturnType<typeof read>, asked: Instant, answered: Instant): Fact {
  if ('why' in seen) return notRead(seen, asked)
  return sinceThen(answered - Number(seen.value), 1, asked, answered)
}

function scopesOf(scopes: Json | undefined, asked: Instant): Fact {
  const read = readAs(scopes, (value) => {
    if (!Array.isArray(value) || value.length > mostScopes) return null
    const texts = value.flatMap((scope: Json) => (scope === null ? [] : (textIn(scope) ?? [])))
    return texts.length === value.length ? texts : null
  })
  return 'why' in read ? notRead(read, asked) : fixed(read.value, asked)
}

/** Keeps what the documents do not name, as long as it is a plain value under a plain name. */
function addExtras(facts: Map<string, Fact>, data: ReadonlyMap<string, Json>, asked: Instant): Understood['extras'] {
  const extras = new Map<string, FactType>()
  let kept = 0
  for (const [key, value] of data) {
    const name = `lock.${key}`
    if (documented.has(key) || reserved.has(name) || !/^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(key)) continue
    if (typeof value === 'object' && value !== null) continue
    if (kept === mostExtras) break
    kept++
    if (typeof value === 'number' && !Number.isFinite(value)) {
      facts.set(name, unknown('unreadable', asked))
      continue
    }
    if (value === null) {
      // It may have been seen with a value before, and a rule may rest on it; its type is not to be told from this.
      facts.set(name, unknown('null', asked))
      continue
    }
    const type = typeof value === 'boolean' ? 'boolean' : typeof value === 'number' ? 'number' : 'text'
    facts.set(name, fixed(typeof value === 'string' ? (textIn(value) ?? '') : (value as boolean | number), asked))
    extras.set(name, type)
  }
  return Object.fromEntries(extras)
}

/** The id that pins a request to this lock; only 24 hex digits are one. */
function idOf(context: ReadonlyMap<string, Json>, data: ReadonlyMap<string, Json>): LockEvidence['id'] {
  const candidates = [
    mapIn(context.get('lock'))?.get('_id'),
    context.get('lockId'),
    data.get('_id'),
    data.get('lockId'),
  ]
  const id = candidates.find((value) => typeof value === 'string' && /^[0-9a-f]{24}$/i.test(value))
  return typeof id === 'string' ? id : null
}
