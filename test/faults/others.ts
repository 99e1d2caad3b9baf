// Somebody else's changes while nobody knows what came of a request of ours.
import { callOf } from './calls.ts'
import { House, ruleFile } from './house.ts'
import { judge } from './judge.ts'
import type { Line } from './line.ts'
import { strokeOf } from './strokes.ts'

interface Meeting {
  readonly name: string
  readonly call: string
  /** Whether the request was carried out before its connection hung. */
  readonly done: boolean
  /** What somebody does while it hangs. */
  meanwhile(house: House): unknown
  /** Before it all. */
  before?(house: House): unknown
  readonly ends: 'applied' | 'unsettled'
  /** What is as right, where it depends on what is read when. */
  readonly orEnds?: 'unsettled' | 'rejected'
  readonly sent: number
  readonly happened: number
  /**
   * What no reading can tell: that somebody undid it before anyone looked (then it is done twice), or did just the
   * same (then that is taken for ours).
   */
  readonly limit?: 'undone' | 'taken for ours'
}

const games = '/api/v2/games.php'
const size = 600
const play = (house: House, game: 'dice' | 'luck', who: 'tracker' | 'dom') =>
  house.byHand(games, { game, dom: who === 'dom' ? 1 : 0, session: house.sandbox.tracker.session() }, who)

const unsettled = { ends: 'unsettled', sent: 1 } as const
const appliedOnce = { ends: 'applied', sent: 1, happened: 1 } as const
const sentAgain = { ends: 'applied', sent: 2, happened: 1 } as const
const undone = { ends: 'applied', sent: 2, happened: 2, limit: 'undone' } as const
const takenForOurs = { ends: 'applied', sent: 1, happened: 0, limit: 'taken for ours' } as const

/** One after a lost request that was carried out, one after one that was not. */
export const meetings: readonly Meeting[] = [
  ...[true, false].flatMap((done): Meeting[] => {
    const happened = done ? 1 : 0
    return [
      {
        name: 'adds time, too',
        call: 'add_time',
        done,
        meanwhile: (house) => house.sandbox.lock.addTime(1234),
        ...unsettled,
        happened,
      },
      {
        name: 'takes time off',
        call: 'apply_time +',
        done,
        meanwhile: (house) => house.sandbox.lock.addTime(-3000),
        ...unsettled,
        happened,
      },
      {
        name: 'freezes the lock',
        call: 'add_time',
        done,
        meanwhile: (house) => house.sandbox.lock.freeze(7200),
        ...unsettled,
        happened,
      },
      {
        name: 'ends the lock and starts another',
        call: 'add_time',
        done,
        meanwhile: (house) => house.sandbox.lock.start({ timeRemainingSeconds: 86_400 }),
        ...unsettled,
        happened,
      },
      {
        name: 'ends the lock',
        call: 'freeze',
        done,
        meanwhile: (house) => house.sandbox.lock.end(),
        ...unsettled,
        happened,
      },
      {
        name: 'starts another session on the tracker',
        call: 'luck',
        done,
        meanwhile: (house) => house.sandbox.tracker.start(),
        // The history of the session it was played in still tells; sent once more to that one, it is refused.
        ...(done ? { ...appliedOnce, orEnds: 'unsettled' } : { ...unsettled, happened, orEnds: 'rejected' }),
      },
      ...['link', 'link as owner'].map(
        (call): Meeting => ({
          name: 'started another session shortly before',
          call,
          done,
          // A first game, by which the session is known that then ends.
          before: async (house) => {
            house.call('first')
            await house.settled('first', 1)
            house.sandbox.tracker.start()
          },
          meanwhile: () => undefined,
          ...(done ? appliedOnce : sentAgain),
        }),
      ),
      {
        name: 'plays dice',
        call: 'luck',
        done,
        meanwhile: (house) => play(house, 'dice', 'tracker'),
        ...(done ? appliedOnce : sentAgain),
      },
      {
        name: 'tries luck as keyholder',
        call: 'luck',
        done,
        meanwhile: (house) => play(house, 'luck', 'dom'),
        ...(done ? appliedOnce : sentAgain),
      },
      {
        name: 'brings a penalty',
        call: 'dice',
        done,
        meanwhile: (house) => house.sandbox.tracker.penalty(3600),
        ...(done ? appliedOnce : sentAgain),
      },
      {
        name: 'assigns a task by hand',
        call: 'add_time',
        done,
        meanwhile: (house) => house.sandbox.lock.openTask('By hand'),
        ...(done ? appliedOnce : sentAgain),
      },
    ]
  }),
  {
    name: 'tries luck just so',
    call: 'luck',
    done: true,
    meanwhile: (house) => play(house, 'luck', 'tracker'),
    ...unsettled,
    happened: 1,
  },
  {
    name: 'tries luck just so',
    call: 'luck',
    done: false,
    meanwhile: (house) => play(house, 'luck', 'tracker'),
    ...takenForOurs,
  },
  {
    name: 'adds just as much',
    call: 'add_time',
    done: false,
    meanwhile: (house) => house.sandbox.lock.addTime(size),
    ...takenForOurs,
  },
  {
    name: 'takes just as much off',
    call: 'add_time',
    done: true,
    meanwhile: (house) => house.sandbox.lock.addTime(-size),
    ...undone,
  },
  {
    name: 'freezes the lock just so',
    call: 'freeze',
    done: false,
    meanwhile: (house) => house.sandbox.lock.freeze(7200),
    ...takenForOurs,
  },
  {
    name: 'ends the freeze',
    call: 'freeze',
    done: true,
    meanwhile: (house) => house.sandbox.lock.unfreeze(),
    ...undone,
  },
  {
    name: 'assigns a task just so',
    call: 'task.assign',
    done: false,
    meanwhile: (house) => house.sandbox.lock.openTask('By hand'),
    ...takenForOurs,
  },
  {
    name: 'does the task at once',
    call: 'task.assign',
    done: true,
    meanwhile: (house) => house.sandbox.lock.closeTask('points'),
    ...undone,
  },
  {
    name: 'starts a session',
    call: 'session.start',
    done: false,
    meanwhile: (house) => house.sandbox.tracker.start(),
    ...takenForOurs,
  },
  {
    name: 'ends the session at once',
    call: 'session.start',
    done: true,
    meanwhile: (house) => house.sandbox.tracker.end(),
    ...undone,
  },
]

/** A meeting in a household of its own. */
export async function meet(meeting: Meeting): Promise<Line> {
  const call = callOf(meeting.call)
  const rules = ruleFile([
    { id: 'first', then: [call.item(1)] },
    { id: 'ours', then: [call.item(0), 'log: After it'] },
  ])
  await using house = await House.open({ rules })
  house.start()
  await house.readings(1)
  await call.prepare?.(house)
  await meeting.before?.(house)
  const begin = house.sandbox.applied.length
  const from = house.sandbox.seen.length
  house.fault({ ...strokeOf(meeting.done ? 'hang after' : 'hang before').rule, call: call.call, times: 1 })
  house.call('ours')
  let trouble = ''
  try {
    await house.arrival(from)
    await meeting.meanwhile(house)
    await house.settled('ours', 2)
    await house.moment(house.now + 60_000)
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error)
  }
  const [row, log] = house.rows('ours')
  const ours = row ? [row] : []
  const effects = house.effects(begin).filter(({ call: name }) => name !== 'log')
  const { wrong, happened, late } = judge(ours, effects)
  const state = row?.state ?? 'no row'
  const sent = row?.attempts ?? 0
  const rest = state === 'applied' ? 'applied' : 'cancelled'
  const ends = state === meeting.ends ? sent === meeting.sent : state === meeting.orEnds
  const fits = ends && happened === meeting.happened && log?.state === rest
  const limit = meeting.limit === undefined ? '' : ` (${meeting.limit})`
  const differs = `expected ${meeting.ends}, sent ${meeting.sent}, happened ${meeting.happened}, then ${rest}; it is ${state}, sent ${sent}, happened ${happened}, then ${log?.state} (${row?.note})`
  return {
    scenario: 'somebody else',
    call: meeting.call,
    stroke: `${meeting.done ? 'done' : 'not done'}, answer lost; somebody ${meeting.name}${limit}`,
    state,
    sent,
    happened,
    late,
    wrong: [
      ...(trouble === '' ? [] : [trouble]),
      ...(meeting.limit === undefined ? wrong : []),
      ...(fits ? [] : [differs]),
    ],
  }
}
