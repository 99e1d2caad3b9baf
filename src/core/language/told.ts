import type { AgreedParams } from '../model/agreement.ts'
import type { Json } from '../model/service.ts'

/** What a device may be told: `note` says what was made smaller. */
export type Told = { told: Json; note: string } | { refused: string }

/** Holds what a device is to be told against what was agreed. What nobody has named is refused. */
export function toldWithin(told: Json, agreed: AgreedParams): Told {
  if (agreed === null || told === null) return { told, note: '' }
  if (typeof told !== 'object' || Array.isArray(told)) {
    return { refused: 'params that are no map cannot be held against limits.device.params' }
  }
  const notes: string[] = []
  const within: [string, Json][] = []
  for (const [name, value] of Object.entries(told as Readonly<Record<string, Json>>)) {
    const limit = `limits.device.params.${name}`
    const bound = Object.hasOwn(agreed, name) ? agreed[name] : undefined
    if (bound === undefined) return { refused: `${name} is not among limits.device.params` }
    if (typeof bound === 'number') {
      if (typeof value !== 'number' || value < 0) return { refused: `${name} is no number from 0 up, as ${limit} asks` }
      if (value > bound) notes.push(`${name} clamped from ${value}: ${limit} is ${bound}`)
      within.push([name, Math.min(value, bound)])
      continue
    }
    if (typeof value !== 'string' || !bound.includes(value)) {
      return { refused: `${name} is none of ${bound.join(', ')}, as ${limit} asks` }
    }
    within.push([name, value])
  }
  return { told: Object.fromEntries(within), note: notes.join('; ') }
}

/** What was agreed, for people. */
export function sayAgreed(agreed: AgreedParams): string {
  if (agreed === null) return 'unlimited'
  const parts = Object.entries(agreed).map(([name, bound]) =>
    typeof bound === 'number' ? `${name} at most ${bound}` : `${name} ${bound.join(' or ')}`,
  )
  return parts.length === 0 ? 'none' : parts.join(', ')
}
