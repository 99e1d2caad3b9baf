import * as z from 'zod'
import { limitSections } from '../core/model/agreement.ts'
import { states } from '../core/model/row.ts'
import type { Json } from '../core/model/service.ts'

// What several answers hold.

/** A moment as a number. */
export const instant = z.number().describe('A moment in epoch milliseconds')
/** A moment as text. */
export const moment = z.string().describe('A moment in the zone of the config, for people')
/** Any JSON; what of it there is, nobody promises. */
export const json = z.custom<Json>()
export const count = z.int().min(0)
export const seconds = z.number().describe('Seconds')
export const texts = z.array(z.string()).readonly()
export const mode = z.enum(['live', 'dry-run'])
export const state = z.enum(states)
export const person = z.enum(['keyholder', 'wearer'])
export const value = z
  .union([z.boolean(), z.number(), z.string(), texts])
  .nullable()
  .describe('The value of a fact; null where there is none')
export const unknown = z
  .enum(['null', 'none', 'missing', 'unreadable', 'stale', 'fenced', 'unread'])
  .nullable()
  .describe('Why there is no value: null where there is one')
export const span = z.object({ from: instant, to: instant })
export const done = z.object({ ok: z.boolean() })
export const counted = z.enum([...limitSections, 'device'])
