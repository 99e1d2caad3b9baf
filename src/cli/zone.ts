import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Instant, offsetsOf, sayInstant, sayOffset, type ZoneOffsets } from '../core/calendar/time.ts'

/** The offset of the config's zone: by the runtime's own data, which the program uses, and by the system's. */
export interface ZoneStatus extends ZoneOffsets {
  zone: string
  /** Version of the runtime's zone data, such as `2026c`; of an ICU without one, its own. */
  data: string
  /** What the system's data say of the same moments, in milliseconds; null if there are none, or they tell nothing. */
  system: { offsetMs: number | null; afterMs: number | null }
}

const systemData = '/usr/share/zoneinfo'

/** Looks at a zone by both data; `env` is that of the command, without its TZ. */
export function zoneStatus(zone: string, env: Readonly<Record<string, string | undefined>>, now: Instant): ZoneStatus {
  const offsets = offsetsOf(now, zone)
  const { tz, icu } = process.versions
  // Without zone data the C library takes every name for UTC, without an error.
  const told = existsSync(join(env.TZDIR ?? systemData, zone))
  const ask = (moment: Instant) => (told ? systemOffset(moment, zone, env) : null)
  const afterMs = offsets.next === null ? null : ask(offsets.next.at + 1000)
  return { zone, ...offsets, data: tz ?? `ICU ${icu}`, system: { offsetMs: ask(now), afterMs } }
}

/** The offset by the C library of this machine, which other programs use; null if `date` cannot tell. */
function systemOffset(moment: Instant, zone: string, env: Readonly<Record<string, string | undefined>>): number | null {
  const seconds = Math.floor(moment / 1000)
  // GNU and busybox know the first form, macOS and BSD the second.
  for (const how of [
    ['-d', `@${seconds}`],
    ['-r', String(seconds)],
  ]) {
    const { status, stdout } = spawnSync('date', [...how, '+%z'], {
      env: { ...env, TZ: zone, LC_ALL: 'C' },
      encoding: 'utf8',
      timeout: 2000,
    })
    const matched = status === 0 ? /^([+-])(\d{2})(\d{2})\s*$/.exec(stdout) : null
    if (!matched) continue
    const minutes = Number(matched[2]) * 60 + Number(matched[3])
    return (matched[1] === '-' ? -minutes : minutes) * 60_000
  }
  return null
}

/** Whether the system's data have another offset for the zone, now or after its next change. */
export function zoneDiffers({ offsetMs, next, system }: ZoneStatus): boolean {
  const now = system.offsetMs !== null && system.offsetMs !== offsetMs
  return now || (next !== null && system.afterMs !== null && system.afterMs !== next.offsetMs)
}

/** As `Europe/Berlin: +01:00, from 2027-03-28 03:00:00 on +02:00 (zone data 2026c)`. */
export function sayZone(status: ZoneStatus): string {
  const { zone, offsetMs, next, data, system } = status
  const change =
    next === null ? ', no change ahead' : `, from ${sayInstant(next.at, zone)} on ${sayOffset(next.offsetMs)}`
  const own = `${zone}: ${sayOffset(offsetMs)}${change} (zone data ${data})`
  if (!zoneDiffers(status)) return own
  const other = [
    ...(system.offsetMs === null ? [] : [sayOffset(system.offsetMs)]),
    ...(system.afterMs === null ? [] : [`then ${sayOffset(system.afterMs)}`]),
  ]
  return `${own}; the system's own data have ${other.join(', ')}`
}
