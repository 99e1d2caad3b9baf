import { z } from 'zod'
import type { Instant } from '../src/core/calendar/time.ts'
import { type Fact, fixed, running, type Value } from '../src/core/model/fact.ts'
import type { ActionKind, Effect, FactEntry, Json, Reading, Service, Understood } from '../src/core/model/service.ts'
import { chanceOf } from './chance.ts'

/** Core looks for the lock under this topic, so a service that is to have one is known by it. */
export const madeUpTopic = 'chastify.session'

const lockId = 'a'.repeat(24)
const words = ['red', 'green', 'blue', 'white', 'black', 'brown', 'pink', 'grey']
const kinds = [
  'number',
  'number',
  'number',
  'boolean',
  'text',
  'number',
  'number',
  'boolean',
  'text',
  'seconds',
] as const

/** The kind of a made-up fact: one in ten is a count that runs with the clock. */
export function kindOf(index: number): (typeof kinds)[number] {
  return kinds[index % kinds.length] ?? 'number'
}

/** The name of a made-up fact: one string for all readings, as a service has them. */
export function nameOf(index: number): string {
  const name = names[index] ?? `made.f${index}`
  names[index] = name
  return name
}

const names: string[] = []

/** What a made-up service says: a value for each fact, at a moment. */
export interface Saying {
  at: Instant
  values: readonly Value[]
}

/** Values for so many facts, the same in every run. */
export function valuesOf(facts: number, seed: number): Value[] {
  const chance = chanceOf(seed)
  return Array.from({ length: facts }, (_, index): Value => {
    const drawn = chance()
    switch (kindOf(index)) {
      case 'boolean':
        return drawn < 0.5
      case 'text':
        return words[Math.floor(drawn * words.length)] ?? 'red'
      case 'seconds':
        return 100_000 + Math.floor(drawn * 900_000)
      default:
        return Math.floor(drawn * 1000)
    }
  })
}

/** A saying of a later moment: counts have run on; of all facts, a share has another value. */
export function sayingAfter({ at, values }: Saying, later: number, share: number, seed: number): Saying {
  const chance = chanceOf(seed)
  const others = valuesOf(values.length, seed + 1)
  const changed = values.map((value, index): Value => {
    if (chance() < share) return otherThan(value, others[index] ?? value)
    return kindOf(index) === 'seconds' ? Number(value) - later / 1000 : value
  })
  return { at: at + later, values: changed }
}

function otherThan(value: Value, drawn: Value): Value {
  if (drawn !== value) return drawn
  if (typeof value === 'boolean') return !value
  return typeof value === 'number' ? value + 1 : (words.find((word) => word !== value) ?? '')
}

/** A service of one topic with so many facts, whose one action takes note of something. */
export class MadeUp {
  readonly service: Service
  #sayings = new Map<number, Understood>()

  constructor(facts: number) {
    const entries = Array.from({ length: facts }, (_, index): FactEntry => {
      return { name: nameOf(index), type: kindOf(index), source: madeUpTopic, help: '' }
    })
    this.service = {
      name: 'chastify',
      title: 'A made-up service',
      lock: madeUpTopic,
      topics: [
        {
          topic: madeUpTopic,
          standing: true,
          request: () => ({ ...request, method: 'GET', body: null }),
          understand: (body) => this.#sayings.get(Number(body)) ?? 'nothing was said',
        },
      ],
      actions: [note],
      facts: entries,
      open: () => false,
    }
  }

  /** A reading that says this; what it means is made ready here, since taking bodies apart is not what is measured. */
  reading({ at, values }: Saying): Reading {
    const facts = new Map<string, Fact>(
      values.map((value, index) => {
        const runs = kindOf(index) === 'seconds' && typeof value === 'number'
        return [nameOf(index), runs ? running(value, -1, at) : fixed(value, at)]
      }),
    )
    const body = this.#sayings.size
    this.#sayings.set(body, { facts, lock: { id: lockId, timeLockedSeconds: null }, extras: {} })
    return { topic: madeUpTopic, asked: at, answered: at, serverTime: null, ok: true, body }
  }
}

const request = { service: 'chastify', as: 'owner', path: '/', lockId: null, budget: 'read' } as const
const effect: Effect = { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: '' }

const note: ActionKind = {
  name: 'note',
  service: 'chastify',
  help: 'Takes note of it',
  leave: {},
  sample: '',
  says: () => 'take note of it',
  params: z.null().transform((): Json => null),
  worst: () => effect,
  plan: () => ({ go: effect }),
  request: () => ({ ...request, method: 'POST', body: {}, budget: 'write' }),
  fences: [],
  rereads: [],
  readBack: null,
  repeatable: () => true,
  did: () => ({}),
}
