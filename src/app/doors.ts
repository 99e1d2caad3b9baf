import { join } from 'node:path'
import type { Console, ConsolePorts } from '../console/server.ts'
import { inputEntry } from '../daemon/trail.ts'
import { Mistake } from '../document/fault.ts'
import type { DaemonView } from '../queries/daemon.ts'
import type { Reach } from '../reach/index.ts'
import { clearSwitch, setSwitch } from '../store/switch.ts'
import type { AppOptions } from './options.ts'
import type { Trail } from './trail.ts'

/**
 * The console, where the config names one; nothing of it is loaded otherwise. If it cannot be opened, the rest goes on.
 */
export async function openConsole(
  daemon: DaemonView,
  options: AppOptions,
  { look, recorded, trail }: { look(): Promise<void>; trail: Trail } & Required<Pick<ConsolePorts, 'recorded'>>,
): Promise<Console | null> {
  const { config, loops, wires } = daemon
  const { log } = options
  if (!config.console) return null
  const { startConsole } = await import('../console/server.ts')
  const folders = [...new Set([config.data, config.folder])]
  try {
    const opened = await startConsole({
      console: config.console,
      daemon,
      recorded,
      examples: options.home === undefined ? null : join(options.home, 'rules'),
      version: options.version ?? '',
      audit: trail.audit,
      sums: trail.sums,
      stop: (lock, words) => setSomewhere(folders, lock, words),
      resume: (lock) => folders.flatMap((folder) => clearSwitch(folder, lock, [...loops.keys()])).length,
      reload: async () => {
        if (options.env) await look()
      },
      trouble: (error, doing) => log.error({ error: error instanceof Error ? error.message : String(error) }, doing),
    })
    log.info({ url: opened.url }, 'the console is open')
    wires.good('console')
    return opened
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    log.error(`${error.message}; going on without it`)
    wires.bad('console', error.message)
    return null
  }
}

/** Monitors, a broker and people, where the config names any; nothing of it is loaded otherwise. */
export async function openOutside(
  asked: DaemonView,
  { config, log, version = '' }: AppOptions,
  { sums }: Trail,
): Promise<Reach | null> {
  if (!config.reach) return null
  const { openReach } = await import('../reach/index.ts')
  const folders = [...new Set([config.data, config.folder])]
  const who = { role: 'mqtt', address: config.reach.mqtt?.topic ?? '' } as const
  const stop = (lock: string, words: string) => {
    setSomewhere(folders, lock, words)
    sums.count(`mqtt stop ${lock}`, { who, what: 'stop', lock, said: `stopped ${lock}`, difference: [] })
  }
  const pressed = (lock: string, input: string, set: boolean | 'press') => {
    const entry = inputEntry(lock, input, set)
    sums.count(`mqtt ${lock} ${entry.said}`, { who, ...entry })
  }
  return await openReach({ reach: config.reach, asked, version, stop, pressed, log })
}

/** Sets the switch in the first of its folders that can be written to. Throws where none can. */
function setSomewhere(folders: readonly string[], lock: string | null, words: string): void {
  const troubles: unknown[] = []
  for (const folder of folders) {
    try {
      setSwitch(folder, lock, words)
      return
    } catch (error) {
      troubles.push(error)
    }
  }
  throw troubles[0]
}
