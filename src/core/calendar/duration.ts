const unitSeconds: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 }

/** The written form of a length of time, as a pattern for schemas: `45s`, `1h30m`, `2d`, `1 h 30 min`. */
export const durationPattern = /^ *(?:\d+(?:\.\d+)? ?(?:min|[smhdw]) *)+$/

/** Seconds of a length such as `1h30m`, `2d` or `90s`; null if the text is not a length. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?) ?(min|[smhdw])/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0)
  }
  return Number.isFinite(seconds) ? Math.round(seconds) : null
}

/** A length in seconds as a person says it, its two largest parts: `2 d 3 h`, `45 min`, `10 s`. */
export function sayDuration(seconds: number): string {
  const whole = Math.round(Math.abs(seconds))
  const sign = seconds < 0 && whole > 0 ? '-' : ''
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first === -1) return '0 s'
  const said = parts.slice(first, first + 2).filter(([amount]) => amount > 0)
  return sign + said.map(([amount, unit]) => `${amount} ${unit}`).join(' ')
}
