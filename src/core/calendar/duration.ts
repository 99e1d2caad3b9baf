import * as z from 'zod'

const unitSeconds: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 }

/** The written form of a length of time, as a pattern for schemas: `45s`, `1h30m`, `2d`, `1 h 30 min`. */
export const durationPattern = /^ *(?:\d+(?:\.\d+)? ?(?:min|[smhdw]) *)+$/

const lengthWords = 'a length of time such as 45m, 1h30m or 2d'

function lengthError({ input }: { input?: unknown }): string {
  const meant = typeof input === 'string' ? lengthMeant(input) : null
  return meant === null ? lengthWords : `${lengthWords}; write ${meant}`
}

/** A length of time as people write it (`45m`, `1h30m`; a bare number is seconds), read as whole seconds. */
export function lengthOfTime(least = 1): z.ZodType<number> {
  return z
    .union([z.string().regex(durationPattern, { error: lengthError }), z.number()], { error: lengthError })
    .transform((written, context) => {
      const seconds = typeof written === 'number' ? written : parseDuration(written)
      if (seconds !== null && Number.isSafeInteger(seconds) && seconds >= least) return seconds
      context.addIssue(least > 0 ? `a length of at least ${least} s in whole seconds` : 'whole seconds')
      return z.NEVER
    })
}

/** Seconds of a length such as `1h30m`, `2d` or `90s`; null where the text is no length. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?) ?(min|[smhdw])/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0)
  }
  return Number.isFinite(seconds) ? Math.round(seconds) : null
}

/** `1.5h` for a length such as `1,5h`, `30m` for `30 minutes`; null for what is none. */
export function lengthMeant(text: string): string | null {
  const short = text
    .trim()
    .replace(/(\d),(?=\d)/g, '$1.')
    .replace(
      /(\d) ?(seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|stunden?|minuten?|tage?)\b/gi,
      (_, n, unit) => {
        const letter = unit.slice(0, 1).toLowerCase()
        return `${n}${/^st/i.test(unit) ? 'h' : letter === 't' ? 'd' : letter}`
      },
    )
  return short !== text.trim() && parseDuration(short) !== null ? short : null
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
