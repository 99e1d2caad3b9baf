import { weekSecondsOf, windowOf } from '../calendar/window.ts'
import type { Leaf } from '../model/rule.ts'
import { windowOperator } from './operators.ts'

/** `between A and B on DAYS`, as it stands behind `between`. */
export interface WrittenWindow {
  fact: string
  from: unknown
  to: unknown
  on: unknown
}

/** The range and the days of a `between … on …`; null where there is no `on`. */
export function windowIn(value: string): { ends: readonly string[]; on: string } | null {
  const at = / on /.exec(value.replace(/\s/g, ' '))
  if (!at) return null
  const range = value.slice(0, at.index).trim().replace(/\s+/g, ' ')
  return { ends: range.split(' and '), on: value.slice(at.index + 4).trim() }
}

/** A part of some days of the week, asked for by the time of the week; or what is wrong with it. */
export function readWindow(
  { fact, from, to, on }: WrittenWindow,
  text: string,
): Leaf | { message: string; hint?: string } {
  const hint = 'write "time.clock between 22:00 and 06:00 on sun-thu"'
  if (fact !== 'time.clock') return { message: '"on" goes with "time.clock between … and …" only', hint }
  if (typeof from !== 'string' || typeof to !== 'string' || typeof on !== 'string') {
    return { message: 'a range on some days is "between A and B on DAYS"', hint }
  }
  const window = windowOf(from, to, on)
  if (typeof window === 'string') return { message: window }
  return {
    fact: 'time.week',
    type: 'week',
    operator: windowOperator.name,
    than: { value: weekSecondsOf(window) },
    text,
  }
}
