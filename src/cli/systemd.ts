import { spawn } from 'node:child_process'
import type { Environment } from '../config/load.ts'

/** What systemd is told of the daemon; nothing where it has not asked to be. */
export interface Systemd {
  ready(): void
  /** Tells it, as often as it wants, that all goes round, for as long as that is so. */
  watch(goesRound: () => boolean): void
  stopping(): void
}

/** Node knows no datagram sockets of unix, so systemd's own program says it. */
const speaker = 'systemd-notify'

/**
 * Tells systemd by `systemd-notify` where it started the daemon with `Type=notify`. The words come from a process of
 * their own, so that the unit needs `NotifyAccess=all`. Never throws: `trouble` hears, once, where it cannot be told.
 */
export function openSystemd(env: Environment, trouble: (words: string) => void): Systemd {
  let isTold = false
  let timer: NodeJS.Timeout | null = null
  const fail = (words: string) => {
    if (!isTold) trouble(`systemd cannot be notified: ${words}`)
    isTold = true
  }
  const say = (...words: string[]) => {
    if (!env.NOTIFY_SOCKET) return
    // No secret of the environment is any business of it.
    const { PATH, NOTIFY_SOCKET } = env
    const child = spawn(speaker, words, { stdio: 'ignore', env: { PATH, NOTIFY_SOCKET } })
    child.on('error', (error) => fail(`${speaker}: ${error.message}`))
    child.on('exit', (code) => {
      if (code !== 0 && code !== null) fail(`${speaker} ended with ${code}`)
    })
    child.unref()
  }
  const everyMs = watchdogMs(env)
  return {
    ready: () => say('--ready'),
    watch(goesRound) {
      if (everyMs === null || timer) return
      const beat = () => {
        if (goesRound()) say('WATCHDOG=1')
      }
      timer = setInterval(beat, everyMs)
      timer.unref()
      beat()
    },
    stopping() {
      if (timer) clearInterval(timer)
      // An older systemd-notify has no --stopping.
      say('STOPPING=1')
    },
  }
}

/** How often systemd wants to hear that all goes round: three times in its patience. Null where it does not watch. */
function watchdogMs({ NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | null {
  const patience = Number(WATCHDOG_USEC)
  const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid
  if (!NOTIFY_SOCKET || !isForUs || !(patience > 0)) return null
  return Math.max(100, patience / 3000)
}
