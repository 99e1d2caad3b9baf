import { randomBytes } from 'node:crypto'
import { connectAsync } from 'mqtt'
import type { MqttConfig } from '../../config/reach.ts'
import { connectionOf } from './client.ts'

/**
 * Connects to the broker once and disconnects without sending anything. Null if the broker accepts us, else the reason.
 */
export async function knock(mqtt: MqttConfig): Promise<string | null> {
  try {
    const clientId = `lockwarden-${randomBytes(6).toString('hex')}`
    const client = await connectAsync(
      mqtt.url,
      { ...connectionOf(mqtt), clientId, clean: true, reconnectPeriod: 0 },
      false,
    )
    await client.endAsync(true)
    return null
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    const { code } = error as { code?: unknown }
    return error.message === '' ? String(code ?? 'the connection failed') : error.message
  }
}
