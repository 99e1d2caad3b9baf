import type { Json, Request } from '../../core/service.ts'
import { post } from './call.ts'

/** The commands of Chastify's external API page. */
export const deviceCommands = [
  'shock.start',
  'shock.stop',
  'vibration.start',
  'vibration.stop',
  'all.stop',
  'shock.random.set',
  'shock.berserk.set',
] as const

export type DeviceCommand = (typeof deviceCommands)[number]

/** How device commands go out: with the DEV token, or through an extension's session. */
export type DeviceRoute = { route: 'app' } | { route: 'extension'; sessionId: string }

/** A command to the wearer's device. The parameters are not documented and go out as given. */
export function deviceRequest(
  route: DeviceRoute,
  command: DeviceCommand,
  params: Json,
  lockId: string | null = null,
): Request {
  const path =
    route.route === 'app'
      ? '/api/apps/v1/device-command'
      : `/api/extensions/sessions/${encodeURIComponent(route.sessionId)}/device-command`
  return post(path, params === null ? { command } : { command, params }, lockId, 'device')
}
