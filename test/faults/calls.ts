// Every kind of call: as a rule writes it, as the sandbox names it, and how what came of a lost one can be told.
import type { House } from './house.ts'

/** `told` by readings, `harmless` to send twice, only `said`, or `untold` by anything. */
export type Telling = 'told' | 'harmless' | 'said' | 'untold'

export interface Call {
  readonly name: string
  /** The sandbox's name for the request. */
  readonly call: string
  /** The sandbox's name for the reading that tells what came of it. */
  readonly reading?: string
  readonly telling: Telling
  /** Its item in a rule; the number makes it differ from every other. */
  item(n: number): string
  /** Brings about that there is something to do. */
  prepare?(house: House): void | Promise<void>
  /** How often it happens if a first sending lands after a second. */
  twiceAtMost?: 1
}

const action = '/api/apps/v1/action'
const thawed = (house: House) => house.sandbox.lock.unfreeze()
const frozen = (house: House) => house.sandbox.lock.freeze(null)
const lock = { reading: 'session', telling: 'told' } as const

export const calls: readonly Call[] = [
  { name: 'add_time', call: 'add_time', ...lock, item: (n) => `add_time: ${600 + n}` },
  { name: 'remove_time', call: 'remove_time', ...lock, item: (n) => `remove_time: ${600 + n}` },
  { name: 'apply_time +', call: 'apply-time', ...lock, item: (n) => `apply_time: ${600 + n}` },
  { name: 'apply_time -', call: 'apply-time', ...lock, item: (n) => `apply_time: -${600 + n}` },
  { name: 'freeze', call: 'freeze', ...lock, item: (n) => `freeze: ${7200 + n}`, prepare: thawed },
  {
    name: 'toggle_freeze on',
    call: 'toggle_freeze',
    ...lock,
    item: (n) => `toggle_freeze: ${7200 + n}`,
    prepare: thawed,
  },
  {
    name: 'toggle_freeze off',
    call: 'toggle_freeze',
    ...lock,
    item: (n) => `toggle_freeze: ${7200 + n}`,
    prepare: frozen,
  },
  {
    name: 'task.assign',
    call: 'task.assign',
    ...lock,
    item: (n) => `task.assign: Task ${n}`,
    prepare: (house) => house.sandbox.lock.closeTask('no-points'),
  },
  { name: 'dice', call: 'dice', reading: 'histories', telling: 'told', item: () => 'tracker.game: dice' },
  { name: 'luck', call: 'luck', reading: 'histories', telling: 'told', item: () => 'tracker.game: luck' },
  {
    name: 'link',
    call: 'link',
    reading: 'histories',
    telling: 'told',
    item: () => 'tracker.game: { game: link, as: public, type: add }',
    // A voter has one vote a day in each session; a session read a minute ago is read again.
    async prepare(house) {
      house.sandbox.tracker.start()
      await house.moment(house.now + 61_000)
    },
    twiceAtMost: 1,
  },
  {
    name: 'link as owner',
    call: 'link',
    reading: 'histories',
    telling: 'told',
    item: () => 'tracker.game: { game: link, as: owner, type: add, penalty: accept }',
  },
  {
    name: 'session.start',
    call: 'liveinsert',
    reading: 'sessions',
    telling: 'told',
    item: (n) => `tracker.session.start: { public: true, locked_by: kh${n}, scheduled_end: "2026-06-01 12:00" }`,
    async prepare(house) {
      house.sandbox.tracker.end()
      await house.moment(house.now + 11_000)
    },
    twiceAtMost: 1,
  },
  { name: 'unfreeze', call: 'unfreeze', telling: 'harmless', item: () => 'unfreeze', prepare: frozen, twiceAtMost: 1 },
  {
    name: 'pillory.end',
    call: 'pillory.end',
    telling: 'harmless',
    item: () => 'pillory.end',
    async prepare(house) {
      await house.byHand(action, { name: 'pillory', params: { durationSeconds: 86_400 } }, 'chastify')
    },
    twiceAtMost: 1,
  },
  { name: 'pillory', call: 'pillory', telling: 'untold', item: (n) => `pillory: ${600 + n}` },
  {
    name: 'task.complete',
    call: 'task.complete',
    telling: 'untold',
    item: () => 'task.complete',
    prepare: (house) => house.sandbox.lock.openTask('Somebody’s task'),
  },
  { name: 'log', call: 'log', telling: 'said', item: (n) => `log: Line ${n}` },
  { name: 'notify', call: 'notify', telling: 'said', item: (n) => `notify: Word ${n}` },
]

/** The call of this name; throws where there is none. */
export function callOf(name: string): Call {
  const call = calls.find((one) => one.name === name)
  if (!call) throw new Error(`no call ${name}`)
  return call
}
