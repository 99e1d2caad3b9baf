import { type Figure, isReached, spreadOf, type Wanted } from './figure.ts'

const columns = ['what', 'lockwarden', 'baseline', 'compared', 'wanted', 'reached']

/** Figures as a table in Markdown; of each the least, the middle and the greatest. */
export function tableOf(figures: readonly Figure[]): string {
  return rowsOf([
    columns,
    ...figures.map((figure) => [
      figure.what,
      `${spread(figure.ours)} ${figure.unit}`,
      `${spread(figure.base)} ${figure.unit}, ${figure.baseline}`,
      `**${spread(figure.compared)}** ${figure.comparedUnit}`,
      wantedWords(figure.wanted, figure.comparedUnit),
      reachedWords(isReached(figure)),
    ]),
  ])
}

/** Lines of cells as a table in Markdown; the first line is the head. */
export function rowsOf([head = [], ...lines]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** `0.91 / 1.2 / 3.4`; one figure where all are the same. */
export function spread(figures: readonly number[]): string {
  const { min, median, max } = spreadOf(figures)
  return min === max ? short(min) : [min, median, max].map(short).join(' / ')
}

/** A number in three digits, or all of those before its point. */
export function short(figure: number): string {
  if (!Number.isFinite(figure)) return String(figure)
  const digits = Math.abs(figure) >= 100 ? Math.round(figure) : Number(figure.toPrecision(3))
  return digits.toLocaleString('en-GB', { maximumSignificantDigits: 15 })
}

function wantedWords(wanted: Wanted | undefined, unit: string): string {
  if (!wanted) return ''
  const bound = 'atLeast' in wanted ? `≥ ${short(wanted.atLeast)}` : `≤ ${short(wanted.atMost)}`
  const of = wanted.of === 'median' ? '' : wanted.of === 'max' ? ', at worst' : ', at least'
  return `${bound} ${unit}${of}`
}

function reachedWords(isReached: boolean | null): string {
  return isReached === null ? '' : isReached ? 'yes' : '**no**'
}
