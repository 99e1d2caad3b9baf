import { createServer } from 'node:net'
import type { Config } from '../config/load.ts'
import type { Channel } from '../config/reach.ts'
import { wireOfChannel } from '../config/wires.ts'
import { type Finding, finding } from '../core/model/finding.ts'
import { systemWords } from '../errno.ts'
import { type WireStatus, wireMend } from '../views/wires.ts'

/**
 * The state of the ports, the broker and the channels, as the running daemon reports it (`told`; null if none runs).
 * Each is also tried from here, if that sends nobody a message. With `secrets` false there are no secrets to try with.
 */
export async function wireFindings(
  { console: pages, reach }: Config,
  secrets: boolean,
  told: readonly WireStatus[] | null,
  signal: AbortSignal,
): Promise<Finding[]> {
  const dead = (told ?? []).filter(({ up }) => up === false)
  const findings = dead.map(({ name, said }) => finding('fault', name, `the daemon says: ${said}`, wireMend(name)))
  // A problem that the daemon reports need not be reported twice.
  const add = (name: string, trouble: string | null, good: string) => {
    if (dead.some((one) => one.name === name)) return
    findings.push(trouble === null ? finding('ok', name, good) : finding('fault', name, trouble, wireMend(name)))
  }
  const doors = [
    ...(pages ? [['console', pages] as const] : []),
    ...(reach?.metrics ? [['metrics', reach.metrics] as const] : []),
  ]
  for (const [name, { host, port }] of doors) {
    if (told !== null) add(name, null, `it is open at ${host}:${port}`)
    else add(name, await takenBy(host, port), `${host}:${port} is free for it`)
  }
  if (!secrets || !reach) return findings
  if (reach.mqtt) {
    const { knock } = await import('../reach/mqtt/knock.ts')
    const refusal = await knock(reach.mqtt)
    add('mqtt', refusal === null ? null : `the broker does not let us in (${refusal})`, 'the broker lets us in')
  }
  for (const channel of reach.tell?.channels ?? []) {
    const name = wireOfChannel(channel.name)
    const { trouble, good } = await channelSays(channel, signal)
    add(name, trouble, good)
  }
  if (reach.heartbeat) add('heartbeat', null, 'only the running daemon calls it, since a call says that all is well')
  return findings
}

/** The answer of a channel to a request that sends nobody a message. */
async function channelSays(channel: Channel, signal: AbortSignal): Promise<{ trouble: string | null; good: string }> {
  const { probe } = await import('../reach/tell/post.ts')
  const only = `only "lockwarden tell --test ${channel.name}" shows whether messages are taken`
  const said = await probe(channel, signal)
  if (said === null) return { trouble: null, good: only }
  if (said.trouble !== null) return { trouble: `a try that sends nothing failed: ${said.trouble}`, good: '' }
  return { trouble: null, good: said.whole ? said.shows : `${said.shows}; ${only}` }
}

/** Why no program can listen at an address; null if one can. */
async function takenBy(host: string, port: number): Promise<string | null> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return null
  } catch (error) {
    return `nothing can listen at ${host}:${port} (${systemWords(error)})`
  } finally {
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  }
}
