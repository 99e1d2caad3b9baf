import { setTimeout as sleep } from 'node:timers/promises'
import type { LogLevel } from '../core/model/loudness.ts'
import { ask, socketNow } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { prose } from './prose.ts'
import { configOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  config: string
  follow?: boolean
  level?: LogLevel
  least?: LogLevel
  most: string
  json?: boolean
}

/** How often to ask a running daemon for new lines, and whether one that ended is back. */
const [askMs, awayMs] = [400, 1000]

/**
 * The last lines of the running daemon's log. `follow` goes on with new lines, also after its end and its next start.
 * `level` sets the level of the log from then on. Throws a `Mistake` if none runs.
 */
export async function followLog(terminal: Terminal, options: Options): Promise<number> {
  const { level, least } = options
  const { data, zone } = await configOf(terminal, options, { tokens: 'unread' })
  if (level !== undefined) {
    const told = await ask(socketNow(data), 'logLevel', { level })
    if (told === null) throw noDaemon()
    terminal.err(`the log shows ${sayLevel(told.level)}, until the next start or until the config sets another level`)
    if (!options.follow) return 0
  }
  const show = (text: string) => {
    if (options.json || !terminal.person) terminal.out(text)
    else (terminal.styled ?? terminal.out)(prose(text, zone))
  }
  const pageAfter = (after: number | undefined, most: string) =>
    ask(socketNow(data), 'log', {
      ...(after === undefined ? {} : { after: String(after) }),
      most,
      ...(least ? { least } : {}),
    })
  const first = await pageAfter(undefined, options.most)
  if (first === null) throw noDaemon()
  for (const { text } of first.lines) show(text)
  let { run, last } = first
  let isAway = false
  while (options.follow && !terminal.signal.aborted) {
    await sleep(isAway ? awayMs : askMs, undefined, { signal: terminal.signal }).catch(() => undefined)
    if (terminal.signal.aborted) break
    let page = await pageAfter(last, '1000').catch(() => null)
    if (page !== null && page.run !== run) page = await pageAfter(0, '1000').catch(() => null)
    if (page === null) {
      if (!isAway) terminal.err('the daemon has ended; waiting for the next one')
      isAway = true
      continue
    }
    isAway = false
    if (page.missed > 0) terminal.err(`${page.missed} lines are gone`)
    for (const { text } of page.lines) show(text)
    run = page.run
    last = page.last
  }
  return 0
}

function noDaemon(): Mistake {
  return new Mistake('no daemon is running, so there is no log to follow; "lockwarden run" starts one')
}

function sayLevel(level: LogLevel): string {
  return level === 'silent' ? 'nothing' : level === 'error' ? 'errors alone' : `${level} and above`
}
