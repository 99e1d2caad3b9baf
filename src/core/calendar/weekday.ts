import { weekdays } from './time.ts'

/** The days from Monday on, as people say them. */
export const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/** The number of a day, 1 being Monday, by its short name or its full one; null where it is none. */
export function weekdayNamed(text: string): number | null {
  const word = text.toLowerCase()
  const place = weekdays.findIndex((short, i) => short === word || dayNames[i]?.toLowerCase() === word)
  return place === -1 ? null : place + 1
}

/** Days such as `mon-fri` or `sat,sun` by their numbers, or what is wrong with them. */
export function weekdaysIn(text: string): readonly number[] | string {
  const days: number[] = []
  for (const part of text.split(',')) {
    const [first = '', last = first, more] = part.split('-')
    const [from, to] = [weekdayNamed(first), weekdayNamed(last)]
    if (from === null || to === null || more !== undefined) {
      return `"${part}" is no day; days are ${weekdays.join(', ')}`
    }
    for (let day = from; ; day = (day % 7) + 1) {
      if (!days.includes(day)) days.push(day)
      if (day === to) break
    }
  }
  return days
}

/** Days as a person says them: `Monday to Friday`, `Saturday and Sunday`; null where they are all seven. */
export function sayWeekdays(days: readonly number[]): string | null {
  if (new Set(days).size === 7) return null
  const runs: number[][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run !== undefined && day === ((run.at(-1) ?? 0) % 7) + 1) run.push(day)
    else runs.push([day])
  }
  const name = (day: number | undefined) => dayNames[(day ?? 1) - 1] ?? ''
  const said = runs.flatMap((run) => (run.length > 2 ? [`${name(run[0])} to ${name(run.at(-1))}`] : run.map(name)))
  const last = said.at(-1) ?? ''
  return said.length > 1 ? `${said.slice(0, -1).join(', ')} and ${last}` : last
}
