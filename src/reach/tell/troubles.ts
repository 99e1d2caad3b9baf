import type { About } from '../../config/reach.ts'
import type { Used } from '../../core/acting/used.ts'
import { sayDuration } from '../../core/calendar/duration.ts'
import type { Instant } from '../../core/calendar/time.ts'
import type { Wire } from '../../core/model/wire.ts'
import { sayStuck, stuckMend } from '../../views/status.ts'
import { wireMend } from '../../views/wires.ts'
import type { Sight } from '../sight.ts'

/** A present problem that somebody should know of. */
export interface Trouble {
  /** The key stays the same while the problem lasts. */
  key: string
  about: About
  /** The entry of the config; null if it is about all. */
  lock: string | null
  /** The problem and how to fix it, for plain wording. */
  words: string
  /**
   * Whether it is reported again while it lasts. A problem that needs a person is; one that ends by itself or was
   * intended is not.
   */
  reminds: boolean
}

/** The state in which problems are looked for. */
export interface House {
  sights: readonly Sight[]
  /** The present faults of the config and the rules. */
  faults: number
  limitsFaulty: boolean
  /** Channels, the broker and the ports. */
  wires?: readonly Wire[]
  /** When the process began. It stands for the last good answer of a service that never answered. */
  began: Instant
  now: Instant
}

/** All present problems of the wanted kinds. */
export function troublesOf(house: House, about: readonly About[], serviceDownMs: number): Trouble[] {
  return [
    ...ofRules(house),
    ...ofWires(house, serviceDownMs),
    ...house.sights.flatMap((sight) => ofLock(sight, house, serviceDownMs)),
  ].filter((one) => about.includes(one.about))
}

function ofRules({ faults, limitsFaulty }: House): Trouble[] {
  const base = { about: 'rules', lock: null, reminds: true } as const
  if (limitsFaulty) {
    const words = 'the config cannot be read, and nothing restrictive is sent; "lockwarden check" says why'
    return [{ ...base, key: 'config', words }]
  }
  if (faults === 0) return []
  const count = faults === 1 ? 'a fault' : `${faults} faults`
  return [{ ...base, key: 'rules', words: `the rules have ${count}, and those from before stay in force` }]
}

/**
 * Wires that have failed for as long as a service would have to. A channel reports the others, and itself once it works
 * again.
 */
function ofWires({ wires = [], now }: House, downMs: number): Trouble[] {
  return wires.flatMap(({ name, badSince, words }) => {
    if (badSince === null || now - badSince < downMs) return []
    const said = `nothing gets through on ${name}: ${words}; ${wireMend(name)}`
    return { key: `wire ${name}`, about: 'channel' as const, lock: null, words: said, reminds: true }
  })
}

function ofLock(sight: Sight, { began, now }: House, serviceDownMs: number): Trouble[] {
  const { lock } = sight
  const troubles: Trouble[] = []
  const add = (about: About, key: string, words: string) =>
    troubles.push({ key: `${lock} ${key}`, about, lock, words, reminds: about !== 'limit' && about !== 'stop' })
  for (const { name, asked, dead, healthy, lastGood } of sight.services) {
    if (dead) {
      add('token', `token ${name}`, `${name} has refused the token; nothing is asked or sent with it any more`)
      continue
    }
    const awayMs = now - (lastGood ?? began)
    if (asked && !healthy && awayMs >= serviceDownMs) {
      add('service', `service ${name}`, `${name} has not answered for ${sayDuration(Math.floor(awayMs / 60_000) * 60)}`)
    }
  }
  if (sight.stuckSeconds > 0) {
    add('stuck', 'stuck', `it does not look or act: ${sayStuck(sight.stuckSeconds)}; ${stuckMend}`)
  }
  for (const { id, said } of sight.unsettled) {
    const settle = `"lockwarden settle ${id} --applied", or --not-applied, settles it`
    add('unsettled', `unsettled ${id}`, `nobody knows whether this happened: ${said}; ${settle}`)
  }
  for (const rule of sight.heldRules) {
    const words = `rule ${rule} keeps triggering itself and is held; fix it, then "lockwarden release ${rule}"`
    add('rules', `held ${rule}`, words)
  }
  for (const { fact, words, rules } of sight.untold) {
    add('service', `untold ${fact}`, `${fact}: ${words}; what waits for it: ${rules.join(', ')}`)
  }
  for (const used of sight.limits) {
    if (used.of > 0 && used.used >= used.of) {
      add('limit', `limit ${used.limit} ${used.per} ${used.unit}`, `a limit is reached: ${sayLimit(used)}`)
    }
  }
  if (sight.stopped) {
    add('stop', 'stop', 'the switch is set; nothing restrictive is sent until "lockwarden resume"')
  }
  const standing = sight.standstill === null ? undefined : standstills[sight.standstill]
  if (standing) add(standing.about, `standstill ${sight.standstill}`, standing.words)
  return troubles
}

const standstills: Partial<Record<NonNullable<Sight['standstill']>, { about: About; words: string }>> = {
  'not accepted': {
    about: 'lock',
    words: 'there is a new lock; nothing is done to it until its wearer accepts it with "lockwarden accept"',
  },
  'not the expected wearer': {
    about: 'lock',
    words: 'the lock belongs to another wearer than the config expects; nothing is done to it',
  },
  'not the expected keyholder': {
    about: 'lock',
    words: 'the lock has another keyholder than the config expects; nothing is done to it',
  },
  'another entry acts on this lock': {
    about: 'lock',
    words: 'two entries of the config have this lock; remove one of them',
  },
  'clock doubtful': {
    about: 'clock',
    words: "this machine's clock and the service's are too far apart; nothing is decided until it is set",
  },
  'clock went back': {
    about: 'clock',
    words: "this machine's clock is behind what was stored; nothing is decided until it is set",
  },
  'database gone': {
    about: 'storage',
    words: 'the database was taken away or replaced, and nothing is sent; "lockwarden status" says how to fix it',
  },
  'nothing can be stored': {
    about: 'storage',
    words: 'nothing can be stored, and nothing is sent; "lockwarden status" says how to fix it',
  },
}

function sayLimit({ limit, per, unit, used, of }: Used): string {
  const amount = unit === 'seconds' ? `${sayDuration(used)} of ${sayDuration(of)}` : `${used} of ${of} times`
  return `${limit}, ${amount} per ${per}`
}
