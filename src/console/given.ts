import * as z from 'zod'
import { largestRuleFile } from './rulefolder.ts'

// What bodies hold.

export const lockName = z.string().max(60)
export const fileName = z.string().max(100).describe('`[a-z0-9-]+.yaml`')
export const ruleText = z.string().max(2 * largestRuleFile)
export const version = z.string().max(64).nullable().describe('Stands for exactly one content; null: there is no file')
/** One lock; all without. */
export const someLock = z.strictObject({ lock: lockName.optional().describe('All locks without it') })
export const ofOneLock = z.strictObject({ lock: z.string().min(1).max(200) })
