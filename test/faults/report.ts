// The lines of a run as tables in Markdown.
import type { Deaths } from './kills.ts'
import type { Line } from './line.ts'

/** One row for each stroke and outcome, with the calls it is true of. */
export function strokesTable(lines: readonly Line[]): string {
  const groups = new Map<string, Set<string>>()
  for (const line of lines) {
    const key = [line.stroke, line.state, line.sent, times(line)].join(' | ')
    groups.set(key, (groups.get(key) ?? new Set()).add(line.call))
  }
  const rows = [...groups].map(([key, calls]) => {
    const [stroke, ...outcome] = key.split(' | ')
    return `| ${[stroke, [...calls].join(', '), ...outcome].join(' | ')} |`
  })
  return table(['fault', 'call', 'the ledger says', 'sent', 'happened'], rows)
}

/** One row a trial. */
export function trialsTable(lines: readonly Line[]): string {
  const rows = lines.map((line) => `| ${[line.stroke, line.call, line.state, line.sent, times(line)].join(' | ')} |`)
  return table(['what happens', 'call', 'the ledger says', 'sent', 'happened'], rows)
}

export function deathsTable(deaths: Deaths): string {
  const rows = [...deaths].sort(([, one], [, other]) => other - one).map(([state, count]) => `| ${state} | ${count} |`)
  const all = [...deaths.values()].reduce((sum, count) => sum + count, 0)
  return table(['the ledger at the moment of `kill -9`', 'kills'], [...rows, `| all | ${all} |`])
}

/** What broke a promise, with where. */
export function wrongIn(lines: readonly Line[]): string[] {
  return lines.flatMap(({ scenario, call, stroke, wrong }) =>
    wrong.map((one) => `${scenario} | ${call} | ${stroke} | ${one}`),
  )
}

function times({ happened, late }: Line): string {
  return late === 0 ? String(happened) : `${happened}, and ${late} too late`
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows, ''].join('\n')
}
