import * as z from 'zod'
import { unstoredReasons } from '../core/model/ports.ts'

/** Why a step decides nothing at all; null where it does. */
export const standstill = z
  .enum([
    'no reading yet',
    'nothing new read',
    'clock doubtful',
    'clock went back',
    'clock was set',
    'not the expected wearer',
    'not the expected keyholder',
    'not accepted',
    'another entry acts on this lock',
    ...unstoredReasons,
  ])
  .nullable()
