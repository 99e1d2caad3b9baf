// `kill -9` at every state of a row, and at any moment.
import { watch } from 'node:fs'
import { isOpen } from '../../src/core/memory/ledger.ts'
import type { LedgerRow } from '../../src/core/model/row.ts'
import { type Chance, createChance } from '../../src/services/chance.ts'
import { pause } from '../e2e/daemon.ts'
import { type Call, callOf } from './calls.ts'
import { House, idle, ruleFile } from './house.ts'
import { judge } from './judge.ts'
import type { Line } from './line.ts'
import { type Stroke, strokeOf, strokes } from './strokes.ts'

/** Deaths by the state the ledger was in. */
export type Deaths = Map<string, number>

/** What is struck, and the moment to kill at. */
interface Aim {
  readonly name: string
  /** For the first call of the list. */
  stroke?(chance: Chance): Stroke['rule'] | null
  /** For the readings after it. */
  readonly slowReadings?: true
  moment(house: House, rule: string, from: number, chance: Chance): Promise<void>
}

const holdMs = 120
const slow: Stroke['rule'] = { kind: 'slow', holdMs }
const either = (chance: Chance, one: string, other: string) => strokeOf(chance.next() < 0.5 ? one : other).rule

/** As soon as the ledger has a row of the rule in this state, or the list is over. */
async function inState(house: House, rule: string, state: LedgerRow['state']): Promise<void> {
  await house.until(
    `${rule} ${state}`,
    20_000,
    () => {
      const rows = house.rows(rule)
      return rows.some((row) => row.state === state) || (rows.length > 0 && !rows.some(isOpen)) || null
    },
    1,
  )
}

/** As soon as the daemon has written to its database so many times. */
async function commits(house: House, count: number): Promise<void> {
  let seen = 0
  const watcher = watch(house.data, (_, name) => {
    if (name === 'lockwarden.db-wal') seen += 1
  })
  try {
    await Promise.race([house.until(`${count} writes`, 20_000, () => seen >= count || null, 0), pause(4000)])
  } finally {
    watcher.close()
  }
}

const aims: readonly Aim[] = [
  { name: 'arrival', stroke: () => slow, moment: (house, _, from) => house.arrival(from) },
  {
    name: 'arrival without effect',
    stroke: () => strokeOf('hang before').rule,
    moment: (house, _, from) => house.arrival(from),
  },
  {
    name: 'answer',
    stroke: () => slow,
    async moment(house, _, from, chance) {
      await house.arrival(from)
      await pause(holdMs - 2 + chance.next() * 8)
    },
  },
  { name: 'write', moment: (house, _, __, chance) => commits(house, chance.between(1, 4)) },
  { name: 'sending', moment: (house, rule) => inState(house, rule, 'sending') },
  {
    name: 'unknown',
    stroke: (chance) => either(chance, 'drop before', 'drop after'),
    async moment(house, rule, _, chance) {
      await inState(house, rule, 'unknown')
      await pause(chance.next() < 0.4 ? 0 : chance.next() * 1000)
    },
  },
  {
    name: 'not-applied',
    stroke: () => strokeOf('drop before').rule,
    slowReadings: true,
    moment: (house, rule) => inState(house, rule, 'not-applied'),
  },
  {
    name: 'not-sent',
    stroke: () => strokeOf('429').rule,
    async moment(house, rule, _, chance) {
      await inState(house, rule, 'not-sent')
      await pause(chance.next() * 300)
    },
  },
  { name: 'applied', moment: (house, rule) => inState(house, rule, 'applied') },
  {
    name: 'any moment',
    stroke: (chance) => {
      const some = strokes.filter(({ lands }) => lands !== 'beyond the window')
      return chance.next() < 0.3 ? null : (some[chance.between(0, some.length - 1)]?.rule ?? null)
    },
    moment: (_, __, ___, chance) => pause(chance.next() * 2200),
  },
]

/** What stands in the list of every round of a lane: all that is told by readings must end applied, once. */
export type Lane = readonly [first: string, second: string]

export const lanes: readonly Lane[] = [
  ['add_time', 'log'],
  ['freeze', 'notify'],
  ['task.assign', 'remove_time'],
  ['luck', 'add_time'],
  ['session.start', 'dice'],
]

/**
 * Kills the daemon in each of so many rounds, every round at another moment, some of them once more while it recovers,
 * and starts it again. `aimed` chooses the aims by name, all of them by default.
 */
export async function killLane(
  lane: Lane,
  rounds: number,
  seed: number,
  aimed?: readonly string[],
): Promise<{ lines: Line[]; deaths: Deaths }> {
  const chance = createChance(seed)
  const deaths: Deaths = new Map()
  const both = lane.map(callOf)
  const chosen = aims.filter(({ name }) => !aimed || aimed.includes(name))
  const rules = Array.from({ length: rounds }, (_, n) => ({
    id: `round-${n}`,
    then: both.map((call, place) => call.item(2 * n + place)),
  }))
  await using house = await House.open({ rules: ruleFile(rules) })
  house.start()
  await house.readings(1)
  const lines: Line[] = []
  for (const [n, { id }] of rules.entries()) {
    const aim = chosen[n % chosen.length]
    if (aim) lines.push(await round(house, id, both, aim, chance, deaths))
  }
  await house.readings(8)
  const whole = judge(house.rows(), house.effects())
  const [first] = lines
  if (first && whole.wrong.length > 0) lines.push({ ...first, stroke: 'the whole lane', wrong: whole.wrong })
  return { lines, deaths }
}

async function round(
  house: House,
  rule: string,
  both: readonly Call[],
  aim: Aim,
  chance: Chance,
  deaths: Deaths,
): Promise<Line> {
  for (const call of both) await call.prepare?.(house)
  const begin = house.sandbox.applied.length
  const from = house.sandbox.seen.length
  const [first] = both
  const stroke = aim.stroke?.(chance) ?? null
  const readings = { kind: 'slow', holdMs: 60, call: first?.reading ?? 'session', times: 12 } as const
  const offs: (() => void)[] = []
  if (stroke && first) {
    const followedBy = aim.slowReadings ? { followedBy: readings } : {}
    offs.push(house.fault({ ...stroke, call: first.call, times: 1, ...followedBy }))
  }
  house.call(rule)
  let trouble = ''
  try {
    await aim.moment(house, rule, from, chance)
    const again = chance.next() < 0.3 ? chance.between(1, 2) : 0
    for (let death = 0; death <= again; death++) {
      if (death > 0) await pause(chance.next() * 1600)
      await house.kill()
      count(deaths, stateAtDeath(house, rule, from))
      house.start()
    }
    await house.settled(rule, both.length)
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error)
    if (house.daemon?.over) house.start()
  }
  for (const off of offs) off()
  house.sandbox.lock.patch({ lockTitle: idle })
  await house.readings(1)
  return lineOf(house, rule, both, aim.name, begin, trouble)
}

/** The list as the ledger had it, and where the request under way was. */
function stateAtDeath(house: House, rule: string, from: number): string {
  const rows = house.rows(rule)
  if (rows.length === 0) return 'nothing decided'
  const row = rows.find(isOpen)
  if (!row) return 'all settled'
  if (row.state !== 'sending') return row.state
  const arrived = house.sandbox.seen.slice(from).filter(({ method }) => method === 'POST')
  const attempts = rows.reduce((sum, { attempts }) => sum + attempts, 0)
  if (arrived.length < attempts) return 'sending, not yet away'
  const last = arrived.at(-1)
  const answered =
    typeof last?.status === 'number' && (last.fault !== 'slow' || house.now - last.at > holdMs * house.pace.speed)
  return answered ? 'sending, answered' : 'sending, under way'
}

function count(deaths: Deaths, state: string): void {
  deaths.set(state, (deaths.get(state) ?? 0) + 1)
}

function lineOf(house: House, rule: string, both: readonly Call[], aim: string, begin: number, trouble: string): Line {
  const rows = house.rows(rule)
  const { wrong, happened, late } = judge(rows, house.effects(begin))
  const told = rows.filter((_, place) => both[place]?.telling === 'told')
  const spent = rows.some(isSpent)
  const surprises = told
    .filter((row) => row.state !== 'applied' && !isSpent(row) && !(spent && row.state === 'cancelled'))
    .map(({ action, state, note }) => `${action} is ${state}, although readings tell: ${note}`)
  return {
    scenario: 'kill',
    call: both.map(({ name }) => name).join(', '),
    stroke: aim,
    state: rows.map(({ state }) => state).join(' '),
    sent: rows.reduce((sum, { attempts }) => sum + attempts, 0),
    happened,
    late,
    wrong: [trouble, ...wrong, ...surprises].filter((text) => text !== '').map((text) => `${rule}: ${text}`),
  }
}

/** What was lost twice is not sent a third time, and what a slow machine delayed for too long expires. */
function isSpent({ state, lost, note }: LedgerRow): boolean {
  return state === 'expired' || (state === 'not-applied' && lost === 2) || note.includes('could not be sent in time')
}
