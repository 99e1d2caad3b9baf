import * as z from 'zod'
import { lengthOfTime, parseDuration, sayDuration } from '../../core/calendar/duration.ts'
import { sayLasting, saySize } from '../../core/language/words.ts'
import type { Facts } from '../../core/model/fact.ts'
import type { ActionKind, Effect, Json, Planned, ReadBack, Request } from '../../core/model/service.ts'
import { actionKind, lengthParam, mapIn, needed, noParams, type TypedAction } from '../params.ts'
import { post } from './call.ts'
import { freezeReadBack, timeReadBack } from './readback.ts'
import { sessionFacts, sessionTopic } from './session.ts'

export const timeFacts = ['lock.timeRemainingSeconds', 'lock.unlockable']
const freezeFacts = ['lock.frozen', ...timeFacts]
/** What a patch of the settings cannot change: who the two are, when they were seen, what has passed. */
const beyondSettings = /^lock\.(active|role|scopes|timeLockedSeconds|(wearer|keyholder)(Username|LastSeen\w+))$/
const settingsFacts = sessionFacts.map(({ name }) => name).filter((name) => !beyondSettings.test(name))

/** What the actions of a Chastify lock have in common; `effect` is what it does unless the facts change that. */
interface LockAction<P extends Json>
  extends Pick<TypedAction<P>, 'name' | 'help' | 'leave' | 'sample' | 'says' | 'params' | 'slip' | 'fences' | 'does'> {
  readBack?: ReadBack
  repeatable?(params: P): boolean
  halt?: P
  effect(params: P): Effect
  plan?(params: P, facts: Facts): Planned
  request(params: P, effect: Effect, lockId: string | null): Request
  /** What it did, in the past tense, for keyholders; `seconds` unless the effect's own. */
  did(params: P, effect: Effect): { did: string; seconds?: number }
}

export function lockAction<P extends Json>(given: LockAction<P>): ActionKind {
  const { name, help, leave, sample, says, params, fences, effect } = given
  return actionKind<P>({
    name,
    service: 'chastify',
    help,
    leave,
    sample,
    says,
    params,
    ...(given.slip ? { slip: given.slip } : {}),
    worst: effect,
    plan: (written, facts) => given.plan?.(written, facts) ?? { go: effect(written) },
    request: (written, granted, _facts, lockId) => given.request(written, granted, lockId),
    fences,
    rereads: fences.length > 0 ? [sessionTopic] : [],
    ...(given.does ? { does: given.does } : {}),
    readBack: given.readBack ?? null,
    repeatable: (written) => given.repeatable?.(written) ?? false,
    ...(given.halt === undefined ? {} : { halt: given.halt }),
    did: (written, granted) => {
      const { did, seconds = granted.seconds } = given.did(written, granted)
      return { did, action: name, ...(seconds === 0 ? {} : { seconds }) }
    },
  })
}

/** An action by its name, as Chastify's external API page lists them. */
export function namedAction(name: string, params: Json, lockId: string | null): Request {
  return post('/api/apps/v1/action', { name, params }, lockId)
}

export function relieves(allow: string, seconds = 0, counts: 'remove_time' | null = null): Effect {
  return { toward: 'relief', counts, seconds, least: seconds === 0 ? 0 : 1, allow }
}

export function restricts(allow: string, counts: Effect['counts'] = null, seconds = 0, least = 0): Effect {
  return { toward: 'restricts', counts, seconds, least, allow }
}

const adding = (seconds: number) => restricts('add_time', 'add_time', seconds, 1)
const removing = (seconds: number) => relieves('remove_time', seconds, 'remove_time')

/** A length with a direction: `10m`, `-10m`, or seconds as a number. */
const signedLength: z.ZodType<number> = z
  .union([z.string(), z.number()], { error: 'a length of time such as 10m or -10m' })
  .transform((written, context) => {
    const [, sign, length] = typeof written === 'string' ? (/^\s*([+-]?)(.*)$/.exec(written) ?? []) : []
    const size = typeof written === 'number' ? written : parseDuration(length ?? '')
    if (size !== null && Number.isSafeInteger(size) && size !== 0) return sign === '-' ? -size : size
    context.addIssue(size === 0 ? 'a length that is not 0' : 'a length of time such as 10m or -10m, in whole seconds')
    return z.NEVER
  })

/** What granted or taken time does to the remaining one. */
const doesTime: TypedAction<Json>['does'] = ({ counts, seconds }) => ({
  'lock.timeRemainingSeconds': { by: counts === 'add_time' ? seconds : -seconds },
})

const shortestFreeze = 60
const longestFreeze = 86_400
/** Freezes are taken from one minute to one day. */
const freezeLength = lengthParam(
  lengthOfTime(shortestFreeze).refine((seconds) => seconds <= longestFreeze, 'a freeze lasts at most 24h'),
  { until: true, most: longestFreeze },
)
/** What a second freeze does to the first, the service does not say. */
const notLonger: TypedAction<Json>['slip'] = (written) =>
  mapIn(written as Json)?.has('longer')
    ? {
        message: 'Chastify does not say what a second freeze does to the first: it may begin anew, or be refused',
        hint: 'freeze again when it ends, in a rule with "when: lock.frozen becomes false"',
      }
    : null
/** Of what a freeze does to the remaining time nothing is documented. */
const doesFreeze: TypedAction<Json>['does'] = ({ toward }) => ({ 'lock.frozen': { to: toward === 'restricts' } })
const freezing = (seconds: number) => restricts('freeze', 'freeze', Math.min(seconds, longestFreeze), shortestFreeze)
/** A day that daylight saving makes longer is a day. */
const longestDay = longestFreeze + 3600
/** A freeze up to a moment that is further away would end too early: that is not what was asked for. */
const freezePlan = (seconds: number): Planned =>
  seconds > longestDay
    ? {
        refused: `up to that moment it is ${sayDuration(seconds)}, and a freeze lasts at most ${sayDuration(longestFreeze)}`,
      }
    : { go: freezing(seconds) }

function frozenNow(facts: Facts): boolean | Planned {
  const frozen = needed(facts, 'lock.frozen', sessionTopic, () => 'whether the lock is frozen is unknown')
  return 'plan' in frozen ? frozen.plan : frozen.value === true
}

const timeActions: readonly ActionKind[] = [
  lockAction<number>({
    name: 'add_time',
    leave: { add_time: 'add_time' },
    help: 'Adds time, as add_time: 1h',
    sample: '10m',
    says: (params, noun) => `add ${saySize(params, noun)}`,
    params: lengthParam(lengthOfTime(), { fills: 'lock.timeRemainingSeconds' }),
    effect: adding,
    request: (_, { seconds }, lockId) => namedAction('add_time', seconds, lockId),
    fences: timeFacts,
    does: doesTime,
    readBack: timeReadBack,
    did: (_, { seconds }) => ({ did: `added ${sayDuration(seconds)}` }),
  }),
  lockAction<number>({
    name: 'remove_time',
    leave: { remove_time: 'remove_time' },
    help: 'Takes time off, as remove_time: 30m',
    sample: '10m',
    says: (params, noun) => `take ${saySize(params, noun)} off`,
    params: lengthParam(lengthOfTime()),
    effect: removing,
    request: (_, { seconds }, lockId) => namedAction('remove_time', seconds, lockId),
    fences: timeFacts,
    does: doesTime,
    readBack: timeReadBack,
    did: (_, { seconds }) => ({ did: `removed ${sayDuration(seconds)}` }),
  }),
  lockAction<number>({
    name: 'apply_time',
    leave: { add_time: 'add_time', remove_time: 'remove_time' },
    help: 'Adds time or takes it off, as apply_time: 10m or apply_time: -10m',
    sample: '-10m',
    says: (params, noun) =>
      typeof params === 'number' && params < 0 ? `take ${saySize(params, noun)} off` : `add ${saySize(params, noun)}`,
    params: lengthParam(signedLength),
    effect: (signed) => (signed > 0 ? adding(signed) : removing(-signed)),
    request: (signed, { seconds }, lockId) =>
      post('/api/apps/v1/lock/apply-time', { deltaSeconds: signed > 0 ? seconds : -seconds }, lockId),
    fences: timeFacts,
    does: doesTime,
    readBack: timeReadBack,
    did: (signed, { seconds }) =>
      signed > 0
        ? { did: `added ${sayDuration(seconds)}` }
        : { did: `removed ${sayDuration(seconds)}`, seconds: -seconds },
  }),
]

const freezeActions: readonly ActionKind[] = [
  lockAction<number>({
    name: 'freeze',
    leave: { freeze: 'freeze' },
    help: 'Freezes the lock for a while, as freeze: 8h',
    sample: '1h',
    says: (params, noun) => `freeze the lock ${sayLasting(params, noun)}`,
    params: freezeLength,
    slip: notLonger,
    effect: freezing,
    plan(length, facts) {
      const frozen = frozenNow(facts)
      if (typeof frozen !== 'boolean') return frozen
      return frozen ? { refused: 'the lock is already frozen' } : freezePlan(length)
    },
    request: (_, { seconds }, lockId) => post('/api/apps/v1/lock/freeze', { durationSeconds: seconds }, lockId),
    fences: freezeFacts,
    does: doesFreeze,
    readBack: freezeReadBack,
    did: (_, { seconds }) => ({ did: `froze the lock for ${sayDuration(seconds)}` }),
  }),
  lockAction<null>({
    name: 'unfreeze',
    leave: { unfreeze: 'free' },
    help: 'Ends a freeze, as unfreeze alone',
    sample: '',
    says: () => 'unfreeze the lock',
    params: noParams,
    effect: () => relieves('unfreeze'),
    request: (_params, _effect, lockId) => post('/api/apps/v1/lock/unfreeze', {}, lockId),
    fences: freezeFacts,
    does: doesFreeze,
    readBack: freezeReadBack,
    repeatable: () => true,
    did: () => ({ did: 'unfroze the lock' }),
  }),
  lockAction<number>({
    name: 'toggle_freeze',
    leave: { freeze: 'freeze', unfreeze: 'free' },
    help: 'Ends a freeze, or freezes for a while where there is none, as toggle_freeze: 1h',
    sample: '1h',
    says: (params, noun) => `unfreeze the lock if it is frozen, and else freeze it ${sayLasting(params, noun)}`,
    params: freezeLength,
    slip: notLonger,
    effect: freezing,
    plan(length, facts) {
      const frozen = frozenNow(facts)
      if (typeof frozen !== 'boolean') return frozen
      return frozen ? { go: relieves('unfreeze') } : freezePlan(length)
    },
    // A toggle meant as relief may meet a lock that thawed since; then it freezes it, but only for the shortest time.
    request: (_, { toward, seconds }, lockId) =>
      namedAction('toggle_freeze', { durationSeconds: toward === 'relief' ? shortestFreeze : seconds }, lockId),
    fences: freezeFacts,
    does: doesFreeze,
    readBack: freezeReadBack,
    did: (_, { toward, seconds }) => ({
      did: toward === 'relief' ? 'unfroze the lock' : `froze the lock for ${sayDuration(seconds)}`,
    }),
  }),
]

const otherActions: readonly ActionKind[] = [
  lockAction<number>({
    name: 'pillory',
    leave: { pillory: 'uncounted' },
    help: 'Puts the wearer on the pillory, as pillory: 15m',
    sample: '15m',
    says: (params, noun) => `put the wearer on the pillory for ${saySize(params, noun)}`,
    params: lengthParam(lengthOfTime()),
    effect: (length) => restricts('pillory', null, length, 1),
    request: (_, { seconds }, lockId) => namedAction('pillory', { durationSeconds: seconds }, lockId),
    fences: timeFacts,
    did: (_, { seconds }) => ({ did: `put the wearer on the pillory for ${sayDuration(seconds)}` }),
  }),
  lockAction<null>({
    name: 'pillory.end',
    leave: { 'pillory.end': 'free' },
    help: 'Ends the pillory, as pillory.end alone',
    sample: '',
    says: () => 'end the pillory',
    params: noParams,
    effect: () => relieves('pillory.end'),
    request: (_params, _effect, lockId) => namedAction('pillory.end', {}, lockId),
    fences: timeFacts,
    repeatable: () => true,
    did: () => ({ did: 'ended the pillory' }),
  }),
  lockAction<number>({
    name: 'hygienic_unlock.start',
    leave: { 'hygienic_unlock.start': 'free' },
    help: 'Starts a hygienic opening, as hygienic_unlock.start: 15m; the lock must have it enabled',
    sample: '20m',
    says: (params, noun) => `start a hygienic opening of ${saySize(params, noun)}`,
    params: lengthParam(lengthOfTime()),
    effect: (length) => relieves('hygienic_unlock.start', length),
    request: (_, { seconds }, lockId) => namedAction('hygienic_unlock.start', { durationSeconds: seconds }, lockId),
    fences: timeFacts,
    did: (_, { seconds }) => ({ did: `started a hygienic opening of ${sayDuration(seconds)}` }),
  }),
  lockAction<{ params: string }>({
    name: 'settings.patch',
    leave: { 'settings.patch': 'uncounted' },
    help: 'Changes settings of the lock, as settings.patch: { params: … }; the service documents no keys',
    sample: '',
    says: () => 'change settings of the lock',
    params: z
      .strictObject({
        params: z.record(z.string(), z.json()).meta({ description: 'As the service takes them; it documents none' }),
      })
      // As text, nothing in them is taken for a size or a template of ours.
      .transform(({ params }) => ({ params: JSON.stringify(params) })),
    effect: () => restricts('settings.patch'),
    request: ({ params }, _, lockId) => namedAction('settings.patch', JSON.parse(params) as Json, lockId),
    fences: settingsFacts,
    did: () => ({ did: 'changed settings of the lock' }),
  }),
]

/** What changes the lock itself. */
export const lockActions: readonly ActionKind[] = [...timeActions, ...freezeActions, ...otherActions]
