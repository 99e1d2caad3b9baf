import { named, noSums, type Past, type Sums, sumsKey } from '../model/past.ts'
import type { LedgerRow } from '../model/row.ts'
import { countsForLimits } from './ledger.ts'

/** Adds up what rows come to that leave memory, by mode and session. */
export class Summing {
  readonly #sums: Record<string, Sums>

  constructor({ sums }: Past) {
    this.#sums = { ...sums }
  }

  get sums(): Past['sums'] {
    return this.#sums
  }

  /** A row that leaves; `halts` tells that by it the switch stopped a device. */
  row(row: LedgerRow, halts: boolean): void {
    this.#change(row, (sums) => {
      const { counts, seconds } = row.effect
      const before = (counts && sums.used[counts]) ?? { seconds: 0, times: 0 }
      const after = { seconds: before.seconds + seconds, times: before.times + 1 }
      return {
        ...sums,
        used: counts && countsForLimits(row) ? { ...sums.used, [counts]: after } : sums.used,
        states: { ...sums.states, [row.state]: (sums.states[row.state] ?? 0) + 1 },
        halts: sums.halts + (halts ? 1 : 0),
      }
    })
  }

  /** A firing of which no row is left. */
  firing(row: LedgerRow): void {
    this.#change(row, (sums) => {
      return { ...sums, firings: { ...sums.firings, [row.rule]: (named(sums.firings, row.rule) ?? 0) + 1 } }
    })
  }

  /** What a tally stood at after a row, which stays. */
  tally(row: LedgerRow, name: string, at: Sums['tallies'][string]): void {
    this.#change(row, (sums) => ({ ...sums, tallies: { ...sums.tallies, [name]: at } }))
  }

  #change({ mode, session }: LedgerRow, change: (sums: Sums) => Sums): void {
    const key = sumsKey(mode, session)
    this.#sums[key] = change(named(this.#sums, key) ?? noSums)
  }
}
