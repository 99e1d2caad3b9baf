import type { DraftFault, Preview, Tried } from '../../drafting.ts'
import type { Earlier, RuleText } from '../../rulefolder.ts'
import { get, send, Trouble } from './api.ts'

/** A text in the place of a rule file. */
export interface Draft {
  lock: string
  name: string
  text: string
}

/** A rule file on disk; both null if there is none. */
export type OnDisk = Pick<RuleText, 'text' | 'version'> | { text: null; version: null }

/** The result of a save; without a version the file no longer exists. */
export interface Saved {
  name: string
  version: string | null
}

/** Reads a rule file. Throws a `Trouble`, but not if the file does not exist. */
export async function readRuleFile(lock: string, name: string): Promise<OnDisk> {
  try {
    return await get<RuleText>(`rule-files/${encodeURIComponent(name)}`, { lock })
  } catch (error) {
    if (error instanceof Trouble && error.status === 404) return { text: null, version: null }
    throw error
  }
}

/** The earlier versions of a rule file, the newest first. */
export function earlierVersions(lock: string, name: string): Promise<Earlier[]> {
  return get(`rule-files/${encodeURIComponent(name)}/versions`, { lock })
}

/** The text of an earlier version; null if there was no file. */
export async function earlierText(lock: string, name: string, id: string): Promise<string | null> {
  const path = `rule-files/${encodeURIComponent(name)}/versions/${id}`
  return (await get<{ text: string | null }>(path, { lock })).text
}

export async function faultsOf(draft: Draft): Promise<DraftFault[]> {
  return (await send<{ faults: DraftFault[] }>('rule-files/check', draft)).faults
}

export function previewOf(draft: Draft): Promise<Preview> {
  return send('rule-files/preview', draft)
}

/** What rules would have done on the recorded readings of the last days. */
export function tryOut(draft: Draft, days: number): Promise<Tried> {
  return send('rule-files/backtest', { ...draft, days })
}

/** Saves a text in the place of the version that it was made from. */
export function save({ name, ...draft }: Draft, version: string | null): Promise<Saved> {
  return send(`rule-files/${name}`, { ...draft, version }, 'PUT')
}

/** Takes back the last save. */
export function undo(lock: string, name: string, version: string | null): Promise<Saved> {
  return send(`rule-files/${name}/undo`, { lock, version })
}
