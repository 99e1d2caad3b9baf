import type { InForce } from '../config/inforce.ts'
import { limitLines } from '../core/acting/limits.ts'
import type { Agreed } from '../store/agreed.ts'
import { Audit, type Entry } from '../store/audit.ts'
import { RaisedNotices } from '../store/raised.ts'
import { Sums } from '../store/sums.ts'
import type { AppOptions } from './options.ts'

/** The audit of what people, commands and messages did. */
export interface Trail {
  audit: Audit
  sums: Sums
  write(entry: Omit<Entry, 'at'>): void
}

export function trailOf({ config, log }: AppOptions): Trail {
  const audit = new Audit(config.data)
  const trouble = (error: unknown, doing: string) =>
    log.error({ error: error instanceof Error ? error.message : String(error) }, doing)
  const write = (entry: Omit<Entry, 'at'>) => {
    try {
      audit.add(entry)
    } catch (error) {
      // What was done is done; a full disk must not keep the switch from being set.
      trouble(error, `writing down "${entry.said}"`)
    }
  }
  return { audit, write, sums: new Sums(audit, () => performance.now(), trouble) }
}

/**
 * If the limits have changed since the last run of this folder, it shows that to the wearer and writes it to the audit.
 */
export function tellChangedLimits(
  agreed: Agreed,
  { locks }: InForce,
  { config, log }: AppOptions,
  { write }: Trail,
): void {
  const notices = new RaisedNotices(config.data, (words) => log.warn(words))
  for (const { lock, limits } of locks) {
    const after = limitLines(limits, config.zone)
    try {
      agreed.note(lock.name, after, (before) => {
        const who = { role: 'config', address: config.file } as const
        const said = 'changed the limits'
        notices.add({ lock: lock.name, what: 'limits', who, said, worst: { before, after } })
        const difference = [
          ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
          ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
        ]
        write({ who, what: 'limits', lock: lock.name, said, difference })
        log.warn({ lock: lock.name }, `the limits are others than before: ${difference.join('; ')}`)
      })
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'writing down the limits')
    }
  }
}
