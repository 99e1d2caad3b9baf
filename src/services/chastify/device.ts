import * as z from 'zod'
import { paramsMap } from '../../core/language/words.ts'
import type { ActionKind, Effect, Json, Request } from '../../core/model/service.ts'
import { shortOrLong } from '../params.ts'
import { lockAction } from './actions.ts'
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

/** The path that stands in requests for both routes; the client alone knows which of them it takes. */
export const devicePath = '/device-command'

/** Where a device command goes by a route. */
export function routedPath(route: DeviceRoute): string {
  return route.route === 'app'
    ? `/api/apps/v1${devicePath}`
    : `/api/extensions/sessions/${encodeURIComponent(route.sessionId)}${devicePath}`
}

/** A command to the wearer's device. The parameters are not documented and go out as given. */
export function deviceRequest(command: DeviceCommand, params: Json, lockId: string | null = null): Request {
  const request = post(devicePath, params === null ? { command } : { command, params }, lockId, 'device')
  // The allowance of actions that rules may have used up must not hold back a stop.
  return stops(command) ? { ...request, budget: 'write' } : request
}

/** Whether a command only ends what a device does. */
function stops(command: DeviceCommand): boolean {
  return command.endsWith('.stop')
}

type Telling = {
  command: DeviceCommand
  /** As JSON, so that nothing in it is taken for a size or a text of ours; null where there are none. */
  params: string | null
}

const commandName = z.enum(deviceCommands, { error: `a command: ${deviceCommands.join(', ')}` })

const telling: z.ZodType<Telling> = shortOrLong(
  commandName.transform((command): Telling => ({ command, params: null })),
  z
    .strictObject({
      command: commandName.meta({ description: 'What the device is told' }),
      params: z.json().optional().meta({ description: 'As the service takes them; it documents none' }),
    })
    .transform(({ command, params = null }) => ({ command, params: params === null ? null : JSON.stringify(params) })),
)

function effectOf({ command, params }: Telling): Effect {
  const told = params === null ? {} : { told: JSON.parse(params) as Json }
  return stops(command)
    ? { toward: 'relief', counts: null, seconds: 0, least: 0, allow: '', command, ...told }
    : { toward: 'restricts', counts: 'device', seconds: 0, least: 0, allow: 'device', command, ...told }
}

/** What a connected device can be told. */
export const deviceActions: readonly ActionKind[] = [
  lockAction<Telling>({
    name: 'device',
    leave: { device: 'device' },
    help: 'Tells a device something, as device: vibration.start, or { command: vibration.start, params: … }',
    sample: 'vibration.start',
    says: (params) => `tell the device ${paramsMap(params).command ?? 'something'}`,
    params: telling,
    effect: effectOf,
    request: ({ command }, { told = null }, lockId) => deviceRequest(command, told, lockId),
    fences: [],
    repeatable: ({ command }) => stops(command),
    halt: { command: 'all.stop', params: null },
    did: ({ command }) => ({ did: `sent ${command} to the device` }),
  }),
]
