import { startApp } from '../app/app.ts'
import type { LogForm } from '../config/log.ts'
import { oddIn } from '../config/odd.ts'
import { startAgainCode } from '../daemon/ending.ts'
import { openLogbook } from './log.ts'
import { configOf, secretsOf } from './setting.ts'
import { openSystemd } from './systemd.ts'
import { buildHere, type Terminal } from './terminal.ts'

/** The daemon, until SIGTERM or SIGINT. */
export async function run(
  terminal: Terminal,
  options: { config: string; once?: boolean; dryRun?: boolean; log?: LogForm },
): Promise<number> {
  // From the first moment on: a SIGHUP ends a process without a handler.
  let reread = () => {}
  terminal.onHangup?.(() => reread())
  const config = await configOf(terminal, options)
  const secrets = secretsOf(config)
  terminal.hide?.(secrets)
  const level = terminal.env.LOG_LEVEL || config.log?.level
  const form = options.log ?? config.log?.form
  const { log, book } = openLogbook(terminal, { secrets, zone: config.zone, level, form })
  for (const { path, message, mend } of oddIn(config, secrets, terminal.env)) {
    log.warn({ file: path }, `${path}: ${message}; ${mend}`)
  }
  let again = false
  const { end } = terminal
  const app = await startApp(
    {
      config,
      log,
      book,
      env: terminal.env,
      from: terminal.folder,
      home: terminal.home,
      version: terminal.version,
      build: buildHere(terminal),
      onReread: (look) => {
        reread = look
      },
      ...(end
        ? {
            end(wanted: boolean) {
              again = wanted
              end()
            },
          }
        : {}),
      once: options.once === true,
      dryRun: options.dryRun === true,
    },
    terminal.signal,
  )
  const systemd = openSystemd(terminal.env, (words) => log.warn(words))
  systemd.ready()
  systemd.watch(() => [...app.locks.values()].every(({ stuckMs }) => stuckMs === 0))
  terminal.signal.addEventListener('abort', () => systemd.stopping(), { once: true })
  await app.done
  log.info(again ? 'ended, to be started again' : 'ended')
  if (again) return startAgainCode
  // A single round failed if a service failed, or if something could not be stored.
  const unwell = [...app.locks.values()].some(
    ({ passing, unstored }) => unstored || Object.values(passing.health).some(({ healthy }) => !healthy),
  )
  return options.once && unwell ? 1 : 0
}
