import { Mistake } from '../document/fault.ts'
import { refuseUnknown } from '../queries/given.ts'
import { configOf } from './setting.ts'
import { printJson, type Terminal } from './terminal.ts'

/**
 * Sends a test through all channels of the config, or the named one, and reports each result. It needs no daemon. 1 if
 * any did not take it.
 */
export async function tell(
  terminal: Terminal,
  options: { config: string; test?: string | true; json?: boolean },
): Promise<number> {
  if (options.test === undefined)
    throw new Mistake('say "lockwarden tell --test", or --test and the name of a channel', 2)
  const config = await configOf(terminal, options)
  const channels = config.reach?.tell?.channels ?? []
  if (channels.length === 0) {
    throw new Mistake('the config names no channel, so nobody gets messages; docs/telling.md shows how', 2)
  }
  const { test: wanted } = options
  const names = channels.map(({ name }) => name)
  if (wanted !== true) refuseUnknown('channel', wanted, names)
  const chosen = channels.filter(({ name }) => wanted === true || name === wanted)
  const { post } = await import('../reach/tell/post.ts')
  const came: { channel: string; taken: boolean; words: string }[] = []
  for (const channel of chosen) {
    const message = { text: 'this is a test; nothing is wrong', about: 'test', lock: '' }
    const words = await post(channel, message, null, terminal.signal)
    came.push({ channel: channel.name, taken: words === null, words: words ?? '' })
    if (options.json) continue
    terminal.out(
      words === null
        ? `${channel.name} (${channel.kind}): taken; check that it arrived`
        : `${channel.name} (${channel.kind}): NOT TAKEN: ${words}; check its address and token`,
    )
  }
  const isGood = came.every(({ taken }) => taken)
  if (options.json) printJson(terminal, { ok: isGood, channels: came })
  return isGood ? 0 : 1
}
