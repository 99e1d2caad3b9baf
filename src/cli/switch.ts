import { dirname, resolve } from 'node:path'
import { dataFolderOf, loadConfig } from '../config/load.ts'
import { lockServiceIn } from '../core/model/service.ts'
import { ask, socketNow } from '../daemon/control.ts'
import { Mistake } from '../document/fault.ts'
import { refuseUnknown } from '../queries/given.ts'
import { clearSwitch, setSwitch } from '../store/switch.ts'
import { noteDown } from './noted.ts'
import { servicesHere, type Terminal } from './terminal.ts'

interface Options {
  config: string
  data?: string
  lock?: string
}

/**
 * Sets the wearer's switch. The folder is that of `--data`, else that of the config as far as it can be read, else the
 * folder of the config, which is always watched too.
 */
export async function stop(terminal: Terminal, options: Options): Promise<number> {
  const config = resolve(terminal.folder, options.config)
  const data = await dataFolder(terminal, options)
  const places = [data, dirname(config)].filter((folder) => folder !== null)
  await refuseUnknownLock(terminal, config, options.lock)
  // If the names of the locks cannot be read, a mistyped name would stop nothing. So all locks are stopped.
  const known = options.lock === undefined || (await lockNames(config, terminal)) !== null
  const lock = known ? (options.lock ?? null) : null
  if (!known) terminal.err('the config cannot be read, so all locks are stopped')
  const words = `set by "lockwarden stop" at ${new Date().toISOString()}`
  let file: string | null = null
  const troubles: string[] = []
  for (const folder of places) {
    try {
      file = setSwitch(folder, lock, words)
      break
    } catch (error) {
      troubles.push(`${folder}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (file === null) throw new Mistake(`the switch could not be set: ${troubles.join('; ')}`)
  const running = data === null ? null : await ask(socketNow(data), 'nudge').catch(() => null)
  const said = `stopped ${lock ?? 'all locks'}`
  if (data !== null) await noteDown(terminal, data, { what: 'stop', lock, said })
  terminal.out(`Stopped: ${file}`)
  terminal.out(
    running
      ? 'The daemon still runs and reads; nothing restrictive is sent until "lockwarden resume".'
      : 'A daemon that runs on this folder still reads; nothing restrictive is sent until "lockwarden resume".',
  )
  const { title } = lockServiceIn(servicesHere(terminal))
  terminal.out(`This is not an emergency release: it does not open the lock. For that, use ${title} itself.`)
  return 0
}

/** Takes the wearer's switch off. Actions that were held back meanwhile are not sent. */
export async function resume(terminal: Terminal, options: Options): Promise<number> {
  const config = resolve(terminal.folder, options.config)
  const data = await dataFolder(terminal, options)
  await refuseUnknownLock(terminal, config, options.lock)
  const locks = (await lockNames(config, terminal)) ?? []
  const folders = [...new Set([data, dirname(config)].filter((folder) => folder !== null))]
  const removed = folders.flatMap((folder) => clearSwitch(folder, options.lock ?? null, locks))
  if (data !== null) await ask(socketNow(data), 'nudge').catch(() => null)
  if (data !== null && removed.length > 0) {
    const said = `resumed ${options.lock ?? 'all locks'}`
    await noteDown(terminal, data, { what: 'resume', lock: options.lock ?? null, said })
  }
  if (removed.length === 0) terminal.out('It was not stopped.')
  else terminal.out(`Resumed: removed ${removed.join(' and ')}. Actions that were held back are not sent.`)
  return 0
}

async function dataFolder(terminal: Terminal, options: Options): Promise<string | null> {
  if (options.data !== undefined) return resolve(terminal.folder, options.data)
  return await dataFolderOf(resolve(terminal.folder, options.config), terminal.env)
}

/** With a mistyped name a lock would go on although its wearer believes it stopped. */
async function refuseUnknownLock(terminal: Terminal, config: string, lock: string | undefined): Promise<void> {
  const names = lock === undefined ? null : await lockNames(config, terminal)
  if (lock !== undefined && names !== null) refuseUnknown('lock', lock, names)
}

/** The locks of a config, or null if it cannot be read. */
async function lockNames(config: string, terminal: Terminal): Promise<string[] | null> {
  try {
    return (await loadConfig(config, terminal.env, { tokens: 'unread', services: servicesHere(terminal) })).locks.map(
      ({ name }) => name,
    )
  } catch {
    return null
  }
}
