import { createHash } from 'node:crypto'
import type { Instant } from '../src/core/calendar/time.ts'
import { type Answers, answersOf } from './axes.ts'
import { Draws } from './chance.ts'
import { MachineClock, Timeline, timersOn } from './clock.ts'
import { Disk } from './disk.ts'
import { type Fault, Faults, type HouseFault, type Roughness, roughness } from './faults.ts'
import { Household } from './household.ts'
import { Network } from './network.ts'
import { Oracle, type PromiseName, type Risk } from './oracle.ts'
import { type Act, People } from './people.ts'
import { fileOf, type MadeRule, madeLimits, madeRule } from './rules.ts'
import { setupOf } from './setup.ts'
import { World } from './world.ts'

/** What one life is lived by; the same plan is the same life, to the byte. */
export interface Plan {
  seed: number
  days: number
  /** Answers that are not drawn. */
  answers?: Partial<Answers>
  rough?: Roughness
  /** Faults and acts that do not come about. */
  off?: readonly (Fault | Act)[]
  /** The rules that are there, by their places; all without it. */
  rules?: readonly number[]
  /** Rule files in the place of made-up rules. */
  files?: readonly string[]
  /** How often the lock is read, where that is not drawn. */
  pollMs?: number
}

/** What a life came to. */
export interface Life {
  plan: Plan
  answers: Answers
  /** How many days it lasted. */
  lived: number
  broken: { promise: PromiseName; words: string; at: Instant } | null
  /** Digest of the log. */
  digest: string
  log: readonly string[]
  counts: { steps: number; requests: number; effects: number; firings: number; rows: number; commits: number }
  risks: ReadonlyMap<Risk, number>
  made: readonly MadeRule[]
}

const start = Date.UTC(2026, 2, 2, 9)
const day = 86_400_000
const hour = 3_600_000
const minute = 60_000

/** How many rules a household has, at most. */
const mostRules = 10

function rulesOf(plan: Plan): MadeRule[] {
  const draws = new Draws(plan.seed, 'rules')
  const count = draws.between(3, mostRules)
  const all = Array.from({ length: count }, (_, place) => madeRule(new Draws(plan.seed, `rule ${place}`), `r${place}`))
  return all.filter((_, place) => plan.rules?.includes(place) ?? true)
}

/** Lives one life. Rejects only on a fault of the simulation itself. */
export async function live(plan: Plan, isKept = true): Promise<Life> {
  const { seed, days } = plan
  const answers = answersOf(seed, plan.answers)
  const off = new Set<Fault | Act>(plan.off ?? [])
  const timeline = new Timeline(start)
  const restore = timersOn(timeline)
  const hash = createHash('sha256')
  const lines: string[] = []
  const log = (line: string) => {
    const full = `${new Date(timeline.now).toISOString()} ${line}`
    hash.update(`${full}\n`)
    if (isKept) lines.push(full)
  }
  try {
    const clock = new MachineClock(timeline)
    const disk = new Disk(`seed ${seed}`)
    const world = new World(seed, answers, start)
    const faults = new Faults(seed, plan.rough ?? new Draws(seed, 'rough').pick(roughness), off as ReadonlySet<Fault>)
    const network = new Network(timeline, world, faults, new Draws(seed, 'network'))
    const drawn = setupOf(seed)
    const lockPoll = plan.pollMs === undefined ? drawn.polls.chastify : { everyMs: plan.pollMs }
    const setup = { ...drawn, polls: { ...drawn.polls, chastify: lockPoll } }
    const oracle = new Oracle({ timeline, clock, world, disk, zone: setup.zone })
    let made = plan.files ? [] : rulesOf(plan)
    const limits = madeLimits(new Draws(seed, 'limits'))
    const household = new Household(
      setup,
      { rules: plan.files ?? [fileOf([])], limits },
      { timeline, clock, disk, network, oracle },
      log,
    )
    // A rule that the language refuses is left out, as its author would.
    const readable = (rules: readonly MadeRule[]) =>
      rules.filter((one) => typeof household.read([fileOf([one])]) !== 'string')
    const takeUp = (rules: MadeRule[]) => {
      const read = household.read([fileOf(rules)])
      if (typeof read === 'string') return false
      made = rules
      household.rules = read
      oracle.rulesAre(rules)
      household.nudge()
      return true
    }
    oracle.watch(household)
    if (!plan.files) takeUp(readable(made))
    disk.fate = () => {
      const fault = faults.onDisk()
      if (fault) log(fault)
      if (fault === 'commit not stored') return 'not stored'
      if (fault === 'commit answer lost') return 'stored, its answer lost'
      return fault === 'commit late' ? 'stored later, its answer lost' : 'stored'
    }
    disk.answers = () => faults.answersLook()
    network.onLeaving = (arrival) => {
      log(`${arrival.method} ${arrival.url.pathname} ${arrival.text ?? ''} ${arrival.key ?? ''}`)
      oracle.left(arrival)
    }
    network.onRoad = (what, arrival) => {
      log(`fault ${what} ${arrival.url.pathname} ${arrival.key ?? ''}`)
      if (what === 'unreachable') oracle.unreached(arrival)
    }
    const noted = world.onEffect
    world.onEffect = (effect) => {
      log(
        `done ${effect.call} for ${effect.key} ${Math.round((effect.after.remainingMs - effect.before.remainingMs) / 1000)} s`,
      )
      noted(effect)
    }
    const people = new People(
      { world, household, oracle, timeline },
      new Draws(seed, 'people'),
      off as ReadonlySet<Act>,
      log,
    )
    world.onWrite = () => people.atOnce()
    const home = () => {
      const wait = faults.nextMs()
      if (!Number.isFinite(wait)) return
      timeline.after(wait, () => {
        const fault = faults.atHome()
        if (fault) {
          log(`fault ${fault}`)
          befall(fault)
        }
        home()
      })
    }
    const { draws } = faults
    let revision = 0
    const befall = (fault: HouseFault) => {
      switch (fault) {
        case 'outage': {
          const host = draws.pick(['chastify.invalid', 'tracker.invalid'])
          const how = draws.pick(['refused', 'silent', 'error'] as const)
          return void network.away.set(host, { until: timeline.now + draws.between(1, 2400) * minute, how })
        }
        case 'process dies':
          return household.dieWithin(draws.between(1, 12))
        case 'process ends':
          return household.end('ends')
        case 'clock set': {
          const by = draws.pick([-2 * day, -hour, -30_000, 5 * minute, hour, 2 * day])
          oracle.jumped()
          clock.set(by)
          // Somebody notices, and sets it right.
          return void timeline.after(draws.between(1, 180) * minute, () => {
            oracle.jumped()
            clock.set(-by)
          })
        }
        case 'machine sleeps': {
          const ms = draws.between(1, 500) * minute
          oracle.sleeps(ms)
          return clock.sleep(ms)
        }
        case 'rules edited': {
          if (plan.files) return

          const place = draws.between(0, Math.max(0, made.length - 1))
          const id = made[place]?.id ?? 'r0'
          const fresh = madeRule(new Draws(seed, `edit ${++revision}`), id)
          return void takeUp(readable(made.map((one, i) => (i === place ? fresh : one))))
        }
        case 'file half written': {
          const whole = fileOf(made)
          const half = household.read([whole.slice(0, Math.floor(whole.length / 2))])
          if (typeof half !== 'string') oracle.broke('goes on', 'half a file is taken for a whole one')
          return
        }
        case 'limits edited':
          household.agree(madeLimits(new Draws(seed, `limits ${++revision}`)))
          return
        case 'limits faulty':
          household.limitsFaulty = true
          oracle.faulty()
          household.nudge()
          return void timeline.after(draws.between(5, 300) * minute, () => {
            household.limitsFaulty = false
            household.nudge()
          })
        case 'switch':
          household.stopped = true
          oracle.pressed(true)
          household.nudge()
          return void timeline.after(draws.between(5, 600) * minute, () => {
            household.stopped = false
            oracle.pressed(false)
            household.nudge()
          })
        case 'token revoked':
          if (answers.token === 'stays') return
          world.revoked.add('chastify')
          return void timeline.after(draws.between(10, 300) * minute, () => {
            world.revoked.delete('chastify')
            oracle.renewed()
            household.tell({ token: 'chastify' })
          })
        default:
      }
    }
    household.start()
    people.begin()
    home()
    for (let n = 1; n <= days && oracle.broken === null; n++) {
      for (let part = 1; part <= 8 && oracle.broken === null; part++) {
        await timeline.runTo(start + (n - 1) * day + part * 3 * hour)
        world.pass(timeline.now)
        oracle.audit()
      }
    }
    if (oracle.broken) log(`broken ${oracle.broken.promise}: ${oracle.broken.words}`)
    household.over = true
    return {
      plan,
      answers,
      lived: (timeline.now - start) / day,
      broken: oracle.broken,
      digest: hash.digest('hex'),
      log: lines,
      counts: { ...oracle.counts, commits: disk.commits },
      risks: oracle.risks,
      made,
    }
  } finally {
    restore()
  }
}
