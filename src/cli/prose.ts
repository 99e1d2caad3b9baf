import { styleText } from 'node:util'
import { sayInstant } from '../core/calendar/time.ts'
import { shown } from '../document/marks.ts'

/** A line of the log as a person reads it: when, which lock, what. The other fields are for machines. */
export function prose(line: string, zone: string): string {
  const { time, level, lock, msg, error } = JSON.parse(line) as Record<string, string | number | undefined>
  const text = [msg, error].filter((part) => part !== undefined && part !== '').join(': ')
  const when = styleText(
    'dim',
    `${sayInstant(typeof time === 'number' ? time : Date.parse(String(time)), zone)}${lock === undefined ? '' : ` ${shown(String(lock))}`}`,
  )
  return `${when}  ${emphasised(shown(text), Number(level))}`
}

/** Problems stand out, routine is dimmed; firings are what people wait for. */
function emphasised(text: string, level: number): string {
  if (level >= 50) return styleText('red', text)
  if (level >= 40) return styleText('yellow', text)
  if (level <= 20) return styleText('dim', text)
  return /^rule \S+ fires/.test(text) ? styleText('bold', text) : text
}
