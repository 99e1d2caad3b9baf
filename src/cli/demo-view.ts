import { styleText } from 'node:util'
import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, localTime, sayClock } from '../core/calendar/time.ts'
import type { LedgerRow, State } from '../core/model/row.ts'
import type { RuleSet } from '../core/model/rule.ts'
import { shown } from '../document/marks.ts'

/** An event of a demo that is worth a line. */
export type Happening =
  /** A rule fires; `why` says what it saw. */
  | { kind: 'fires'; at: Instant; rule: string; words: string; why: string }
  /** The outcome of an action. */
  | { kind: 'action'; at: Instant; words: string; isBad: boolean }
  /** What people do, and what happens to the program. */
  | { kind: 'deed'; at: Instant; words: string }

/** The state of a demo at a moment. */
export interface Scene {
  now: Instant
  zone: string
  /** How much faster than the machine's the clock runs. */
  speed: number
  remainingSeconds: number
  /** The longest remaining time so far: a full bar. */
  mostSeconds: number
  frozen: boolean
  /** Whether lockwarden is running. */
  running: boolean
  happened: readonly Happening[]
  next: readonly { at: Instant; rule: string; words: string }[]
  /** The events that stay visible. */
  foot: readonly string[]
}

/** States of an action on its way, which are not reported yet. */
const onItsWay: readonly State[] = ['planned', 'sending', 'not-sent']
const bad: readonly State[] = ['unknown', 'rejected', 'refused', 'expired', 'unsettled', 'not-applied']

interface Logged {
  level: number
  msg?: string
  error?: string
  rule?: string
  occurrence?: string
  position?: number
  state?: State
}

/** A line of the daemon's log as an event; null if it is not worth a line here. */
export function happeningOf(line: string, rules: RuleSet, at: Instant, rows: readonly LedgerRow[]): Happening | null {
  const { level, msg = '', error, rule, occurrence, position, state } = JSON.parse(line) as Logged
  if (rule !== undefined && state !== undefined) {
    if (onItsWay.includes(state)) return null
    const row = rows.find((one) => one.rule === rule && one.occurrence === occurrence && one.position === position)
    const title = ((row?.sent ?? row?.params) as { title?: unknown } | undefined)?.title
    const words = msg.slice(`${rule}: `.length)
    const said = typeof title === 'string' ? words.replace(/^\w+/, (action) => `${action} “${title}”`) : words
    return { kind: 'action', at, words: `${rule}: ${said}`, isBad: bad.includes(state) }
  }
  if (rule !== undefined) {
    const why = /^rule \S+ fires: (.*)$/s.exec(msg)?.[1] ?? ''
    return { kind: 'fires', at, rule, words: rules.byId.get(rule)?.description ?? '', why }
  }
  // Warnings that are not about rules or actions, such as a service that does not answer.
  return level >= 40 ? { kind: 'action', at, words: [msg, error ?? []].flat().join(': '), isBad: true } : null
}

function clockOf(at: Instant, zone: string): string {
  const { clock } = localTime(at, zone)
  return sayClock(clock - (clock % 60))
}

/** An event as plain lines, for a file or a pipe. */
export function happeningLines(one: Happening, zone: string): string[] {
  const at = clockOf(one.at, zone)
  if (one.kind === 'action') return [`${at}    ${one.words}`]
  if (one.kind === 'deed') return [`${at}  * ${one.words}`]
  return [[`${at}  rule ${one.rule} fires`, one.words, one.why].filter((part) => part !== '').join(': ')]
}

/** The lines of a live view: none wider than `columns`, and fewer than `rows` if the clock and the foot leave room. */
export function frame(scene: Scene, { columns, rows }: { columns: number; rows: number }): string[] {
  const { zone, next, happened } = scene
  const width = Math.max(10, columns - 1)
  const cut = (text: string) => (text.length > width ? `${text.slice(0, width - 1)}…` : text)
  const head = topLines(scene, cut, width)
  const foot = scene.foot.map((line) => cut(shown(line)))
  const ahead = [
    '',
    styleText('dim', cut('  What comes next')),
    ...(next.length > 0
      ? next.map(({ at, rule, words }) => cut(shown(`    ${clockOf(at, zone)}  ${named(rule, words)}`)))
      : [cut('    nothing is known yet')]),
  ]
  const left = rows - 1 - head.length - foot.length
  const tail = left - ahead.length > 3 ? [...ahead, ...foot] : foot
  const room = Math.max(1, rows - 1 - head.length - tail.length)
  const said = happened.slice(-room).flatMap((one, i, all) => eventLines(one, zone, i === all.length - 1, cut))
  const body = said.slice(-room)
  const blank = Array.from({ length: Math.max(0, Math.min(room, usualRoom) - body.length) }, () => '')
  return [...head, ...body, ...blank, ...tail]
}

/** This room is kept from the beginning, so that the parts below do not move with each line. */
const usualRoom = 14

function topLines(scene: Scene, cut: (text: string) => string, width: number): string[] {
  const { now, zone, speed, remainingSeconds, mostSeconds, frozen, running } = scene
  const clock = clockOf(now, zone)
  const left = `${sayDuration(remainingSeconds - (remainingSeconds % 60))} left`
  const words = `  ${left.padEnd(14)} ${frozen ? 'frozen' : 'runs'}`
  const room = width - clock.length - words.length - 4
  const pace = running ? `${Math.round(speed)} times as fast as yours` : 'lockwarden is not running'
  const second = cut(`  a simulated day with one lock, ${pace}`)
  const length = Math.min(40, room)
  if (length < 5) return [cut(`  ${clock}${words}`), second, '']
  const full = mostSeconds > 0 ? Math.round((remainingSeconds / mostSeconds) * length) : 0
  const bar = '█'.repeat(full) + '░'.repeat(length - full)
  return [
    '',
    `  ${styleText('bold', clock)}  ${frozen ? styleText('cyan', bar) : bar}${words}`,
    styleText(running ? 'dim' : 'red', second),
    '',
  ]
}

/** A rule with its description, if it has one. */
function named(rule: string, words: string): string {
  return words === '' ? rule : `${rule}: ${words}`
}

function eventLines(one: Happening, zone: string, isNewest: boolean, cut: (text: string) => string): string[] {
  const at = clockOf(one.at, zone)
  if (one.kind === 'action') {
    const line = cut(shown(`           ${one.words}`))
    return [one.isBad ? styleText('yellow', line) : isNewest ? line : styleText('dim', line)]
  }
  if (one.kind === 'deed') return [styleText('magenta', cut(shown(`    ${at}  ${one.words}`)))]
  const why = one.why === '' ? [] : [styleText('dim', cut(shown(`           because ${one.why}`)))]
  return [styleText('bold', cut(shown(`    ${at}  ${named(one.rule, one.words)}`))), ...why]
}
