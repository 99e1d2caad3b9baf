import type { SilenceEntry } from './rulekey.ts'
import { type KeySilence, ruleKeys } from './rulekeys.ts'

/** Silences that come of no key, but of how a step is made. */
const ofTheStep = {
  'waiting for a reading': { said: 'its moment has come, and it waits for a reading made since' },
  'room unknown': { said: 'it was due, but it adds time, and how much may be added cannot be told' },
  'sets itself off': {
    said: 'it fired three times in a row on what only its own actions can have caused; "lockwarden release" lets it go on',
  },
  'step full': {
    said: 'too many actions were due at once (limits.actions.per_step); it is tried again at the next look if it can wait',
  },
  'over limits.actions.per_step': {
    said: 'it was due, but its list is longer than limits.actions.per_step, and does nothing',
  },
} satisfies Readonly<Record<string, SilenceEntry>>

/** Why a rule does not fire, by name. */
export type Silence = KeySilence | keyof typeof ofTheStep

/** Every reason why a rule does not fire. */
export const silences = Object.assign({}, ...ruleKeys.map(({ silences: own }) => own), ofTheStep) as Readonly<
  Record<Silence, SilenceEntry>
>

export const silenceNames = Object.keys(silences) as Silence[]
