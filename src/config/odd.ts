import { comingIn } from '../core/calendar/cron.ts'
import type { Secret } from '../services/secret.ts'
import { type Exposed, exposed } from './exposed.ts'
import type { Config, Environment } from './load.ts'

/** What is odd about a config and the files it names: what others get at, and polls that hardly ever come. */
export function oddIn(config: Config, secrets: readonly Secret[], env: Environment): Exposed[] {
  return [...exposed(config, secrets, env), ...rarePolls(config)]
}

function rarePolls({ file, locks }: Config): Exposed[] {
  return locks.flatMap(({ name, polls }) =>
    Object.entries(polls).flatMap(([service, poll]): Exposed[] => {
      if (!('cron' in poll) || comingIn(poll.cron) !== 'leap years') return []
      const message = `locks.${name}.poll.${service} comes only on 29 February, so that it is read in leap years alone`
      return [{ kind: 'config', path: file, message, mend: 'write another day, or a length of time such as 5m' }]
    }),
  )
}
