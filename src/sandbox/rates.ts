export type Budget = 'read' | 'write' | 'action'

export interface Rates {
  /** Takes one request out of each budget; if one is empty takes none and says how many seconds to wait. */
  take(key: string, budgets: readonly Budget[], now: number): number | null
}

const WINDOW_MS = 60_000

/** Sliding one-minute windows for each key and budget. */
export function createRates(limits: Readonly<Record<Budget, number>>): Rates {
  const windows = new Map<string, number[]>()
  return {
    take(key, budgets, now) {
      const spans = budgets.map((budget) => {
        const name = `${key} ${budget}`
        const recent = (windows.get(name) ?? []).filter((at) => at > now - WINDOW_MS)
        windows.set(name, recent)
        return { recent, limit: limits[budget] }
      })
      const waits = spans
        .filter(({ recent, limit }) => recent.length >= limit)
        .map(({ recent, limit }) => (recent.at(-limit) ?? now) + WINDOW_MS - now)
      if (waits.length > 0) return Math.max(1, Math.ceil(Math.max(...waits) / 1000))
      for (const { recent } of spans) recent.push(now)
      return null
    },
  }
}
