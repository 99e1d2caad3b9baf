import type { Order } from '../core/model/order.ts'
import type { Clock, Send } from '../core/model/ports.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { Answer } from '../core/model/service.ts'

/**
 * Sends a claimed row. It checks the switch once more, since somebody may have pressed it after the row was claimed.
 */
export async function sendRow(
  row: LedgerRow,
  ports: { send: Send; clock: Clock; order(): Pick<Order, 'stopped'> },
  signal: AbortSignal,
): Promise<Answer> {
  const now = ports.clock.now()
  const unsent = (message: string): Answer => ({
    ok: false,
    sent: 'no',
    trouble: 'stopped',
    message,
    retryAfterMs: null,
    asked: now,
    answered: now,
    serverTime: null,
  })
  if (row.request === null) return unsent('it had no request')
  if (row.effect.toward === 'restricts' && ports.order().stopped) return unsent('the wearer pressed stop')
  return ports.send(row.request, signal)
}
