import { streamSSE } from 'hono/streaming'
import * as z from 'zod'
import { nothing } from '../../queries/given.ts'
import { glanceOfLock } from '../../queries/glance.ts'
import { texts } from '../../queries/shapes.ts'
import { type Around, pause } from '../around.ts'
import type { Asking } from '../asking.ts'
import { operation } from '../operation.ts'

type Stream = Parameters<Parameters<typeof streamSSE>[1]>[0]

const heartbeatMs = 20_000

const snapshot = z
  .object({
    locks: z.array(glanceOfLock),
    faults: texts,
    limitsFaulty: z.boolean(),
    restartNeeded: z.boolean(),
    dead: texts.describe('Channels and doors that fail, by name'),
  })
  .meta({ id: 'Snapshot', description: 'The data of an event `snapshot`' })

/** Live updates. */
export const eventRoutes = [
  operation({
    method: 'get',
    path: '/api/events',
    summary: 'A stream of events `snapshot`: one at once, and one whenever a step has changed something',
    who: 'looker',
    in: nothing,
    out: snapshot,
    media: 'text/event-stream',
    refusals: [503],
    answer: ({ asked, around }) => {
      const leave = around.streams.enter(asked)
      return streamSSE(
        asked,
        async (stream) => {
          try {
            await follow(stream, asked, around)
          } finally {
            leave()
          }
        },
        async (error) => around.trouble(error, 'telling a page what is new'),
      )
    },
  }),
]

/** Sends a page its news until it closes or its session ends. */
async function follow(stream: Stream, { var: { id, session } }: Asking, { sessions, events }: Around): Promise<void> {
  let gone = () => {}
  const over = new Promise<void>((resolve) => {
    gone = resolve
  })
  stream.onAbort(gone)
  const own = session === null ? undefined : id
  const forget = own === undefined ? () => undefined : sessions.whenOver(own, () => gone())
  const isOut = () => own !== undefined && !sessions.goesOn(own)
  const push = latestTo(stream, gone)
  let leave = () => {}
  try {
    leave = await events.add({ push: (n, data) => (isOut() ? gone() : push(n, data)) })
    while (!stream.aborted && !stream.closed) {
      const isOver = await Promise.race([over.then(() => true), pause(heartbeatMs).then(() => false)])
      if (isOver || isOut()) break
      await stream.write(': still here\n\n')
    }
  } finally {
    leave()
    forget()
  }
}

/** A slow reader gets only the latest, so that nothing piles up in memory. */
function latestTo(stream: Stream, gone: () => void): (n: number, data: string) => void {
  let waiting: { n: number; data: string } | null = null
  let writes = false
  const write = async () => {
    writes = true
    while (waiting !== null) {
      const { n, data }: { n: number; data: string } = waiting
      waiting = null
      await stream.writeSSE({ event: 'snapshot', id: String(n), data, retry: 3000 })
    }
    writes = false
  }
  return (n, data) => {
    waiting = { n, data }
    if (!writes) write().catch(gone)
  }
}
