/** The least, the middle and the greatest of some figures. */
export interface Spread {
  min: number
  median: number
  max: number
}

export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const [low, high] = [sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN]
  return { min: sorted[0] ?? Number.NaN, median: (low + high) / 2, max: sorted.at(-1) ?? Number.NaN }
}

/** What was asked of a figure, and of which of its spread. */
export type Wanted = { of: keyof Spread } & ({ atLeast: number } | { atMost: number })

/** One line of the table: what was measured, against what, round by round in one run. */
export interface Figure {
  what: string
  unit: string
  ours: readonly number[]
  baseline: string
  base: readonly number[]
  /** Of each round, ours held against the baseline. */
  compared: readonly number[]
  comparedUnit: string
  /** Absent: nothing was asked of it, it is there to be seen. */
  wanted?: Wanted
}

/** How many times the baseline is of ours, round by round: how much faster, less late, fewer. */
export function timesBetter(ours: readonly number[], base: readonly number[]): number[] {
  return ours.map((one, i) => (base[i] ?? Number.NaN) / one)
}

/** Whether a figure is as it is wanted; null where nothing was asked of it. */
export function isReached({ wanted, compared }: Figure): boolean | null {
  if (!wanted) return null
  const figure = spreadOf(compared)[wanted.of]
  return 'atLeast' in wanted ? figure >= wanted.atLeast : figure <= wanted.atMost
}
