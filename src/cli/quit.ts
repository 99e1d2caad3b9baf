import { setTimeout as sleep } from 'node:timers/promises'
import { ask, socketNow } from '../daemon/control.ts'
import type { Quitting } from '../daemon/ending.ts'
import { Mistake } from '../document/fault.ts'
import { errorCode } from '../errno.ts'
import { isHeld, mustBeReached, tenantOf } from '../store/folder.ts'
import { dataOf } from './setting.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  config: string
  data?: string
}

/** A daemon has five seconds to end. */
const longestMs = 8000
const lookMs = 50

/** Ends the daemon of a data folder, through its socket or its process. 0 if there is none. */
export async function quit(terminal: Terminal, options: Options): Promise<number> {
  const data = await dataOf(terminal, options)
  mustBeReached(data)
  if (!isHeld(data)) {
    terminal.out(`No daemon runs on ${data}.`)
    return 0
  }
  const told = await tellIt(data, false)
  if (!told) signalIt(data)
  await untilEnded(data)
  terminal.out('The daemon has ended.')
  if (told?.keeper === 'systemd')
    terminal.out('systemd may start it again: "systemctl stop lockwarden" ends it for good.')
  if (told?.keeper === 'container') {
    terminal.out('Its container may be started again: "docker compose stop" ends it for good.')
  }
  return 0
}

/** Ends the daemon of a data folder so that systemd or its container starts it again. 1 if nothing would. */
export async function restart(terminal: Terminal, options: Options): Promise<number> {
  const data = await dataOf(terminal, options)
  mustBeReached(data)
  if (!isHeld(data)) throw new Mistake(`no daemon runs on ${data}; start "lockwarden run"`)
  const told = await tellIt(data, true)
  if (!told) {
    throw new Mistake(
      'the daemon does not take this command; end it with "lockwarden quit", then start it as it was started',
    )
  }
  if (!told.ends) {
    throw new Mistake(
      'nothing would start the daemon again; end it with "lockwarden quit", then start it as it was started',
    )
  }
  await untilEnded(data, told.pid)
  const who = told.keeper === 'systemd' ? 'systemd' : 'its container, if that has a restart policy,'
  terminal.out(`The daemon has ended, and ${who} starts it again; "lockwarden health" tells when it answers.`)
  return 0
}

/** Null if it does not answer, or is of a build that does not know the question. */
async function tellIt(data: string, again: boolean): Promise<Quitting | null> {
  try {
    return await ask(socketNow(data), 'quit', { again: String(again) })
  } catch (error) {
    if (error instanceof Mistake) return null
    throw error
  }
}

function signalIt(data: string): void {
  const pid = tenantOf(data)?.pid
  if (pid === undefined) throw new Mistake(`a daemon runs on ${data}, and its process id is not known`)
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    const code = errorCode(error)
    const why = code === 'ESRCH' ? 'it is in another container, or on another machine' : 'it is of another user'
    throw new Mistake(`the daemon of ${data}, process ${pid}, cannot be ended from here: ${why}`)
  }
}

/** Waits until the folder is free, or another daemon has it. */
async function untilEnded(data: string, pid = tenantOf(data)?.pid): Promise<void> {
  const end = performance.now() + longestMs
  while (isHeld(data) && tenantOf(data)?.pid === pid) {
    if (performance.now() > end) throw new Mistake('the daemon was told to end and has not done so; its log tells why')
    await sleep(lookMs)
  }
}
