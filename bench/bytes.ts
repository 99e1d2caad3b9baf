import { Child } from './child.ts'
import { type Figure, timesBetter } from './figure.ts'
import type { IdleDay } from './idleday.ts'
import { rounds } from './rounds.ts'

/** What the daemon writes on a day on which nothing happens, against a row a poll. */
export async function bytesFigures(size: { hours: number; rounds: number }): Promise<Figure[]> {
  const reads = { daemon: [] as number[], rows: [] as number[] }
  const day = async (mode: 'daemon' | 'rows') => {
    await using child = new Child('idleday.ts', [mode, String(size.hours)])
    const made = await child.says<IdleDay>()
    reads[mode].push(made.reads)
    return made.bytes / 1024
  }
  const { ours, base } = await rounds(
    size.rounds,
    () => day('daemon'),
    () => day('rows'),
  )
  const fewest = Math.min(...reads.daemon)
  if (fewest < 0.9 * (reads.rows[0] ?? 0)) throw new Error(`the daemon read only ${fewest} times`)
  return [
    {
      what: `bytes written on ${size.hours === 24 ? 'an idle day' : `${size.hours} idle hours`} at 30 s polls`,
      unit: 'KiB',
      ours,
      baseline: 'one SQLite row a poll, WAL, FULL',
      base,
      compared: timesBetter(ours, base),
      comparedUnit: 'times fewer',
      wanted: { of: 'median', atLeast: 100 },
    },
  ]
}
