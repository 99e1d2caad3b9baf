import * as z from 'zod'
import { standstills } from '../core/standstill.ts'

/** Why a step decides nothing at all; null where it does. */
export const standstill = z.enum(standstills).nullable()
