import { spawn } from 'node:child_process'
import type { Environment } from '../config/load.ts'

/** Notifies systemd of the daemon's state; does nothing if systemd has not asked for it. */
export interface Systemd {
  ready(): void
  /** Notifies systemd, as often as it wants, while all loops run. */
  watch(goesRound: () => boolean): void
  stopping(): void
}

/** Node has no unix datagram sockets, so systemd's own program sends the notification. */
const speaker = 'systemd-notify'

/**
 * Notifies systemd by `systemd-notify` if systemd started the daemon with `Type=notify`. The notification comes from
 * another process, so the unit needs `NotifyAccess=all`. Never throws: `trouble` is called once if it fails.
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
    // It must not get secrets of the environment.
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

/** How often to notify systemd: three times within its time limit. Null if it does not watch. */
function watchdogMs({ NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | null {
  const patience = Number(WATCHDOG_USEC)
  const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid
  if (!NOTIFY_SOCKET || !isForUs || !(patience > 0)) return null
  return Math.max(100, patience / 3000)
}
