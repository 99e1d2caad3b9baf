import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Figure } from './figure.ts'
import { Folder } from './house.ts'
import { builtOnce, configFileIn } from './package.ts'
import { quietRules } from './quietrules.ts'
import { rounds } from './rounds.ts'

/** From the start of the built program to its first request, against a Node that does nothing. */
export async function startFigures(size: { rounds: number }): Promise<Figure[]> {
  using folder = new Folder()
  const { main } = await builtOnce()
  let heard: (at: number) => void = () => undefined
  const server = createServer((_, response) => {
    heard(performance.now())
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = configFileIn(folder, 'house', url, quietRules)
  const options = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'], env: quietly() }
  const started = async () => {
    const first = new Promise<number>((resolve) => {
      heard = resolve
    })
    const from = performance.now()
    const child = spawn(process.execPath, [main, 'run', '--config', config], options)
    const exit = once(child, 'exit')
    const lost = exit.then(() => Number.NaN)
    const took = (await Promise.race([first, lost])) - from
    child.kill('SIGKILL')
    await exit
    if (Number.isNaN(took)) throw new Error('the built program ended before its first request')
    return took
  }
  const nothing = async () => {
    const from = performance.now()
    await once(spawn(process.execPath, ['-e', '0'], options), 'exit')
    return performance.now() - from
  }
  // The first ones find nothing in the caches of the disk.
  await started()
  await nothing()
  const { ours, base } = await rounds(size.rounds, started, nothing)
  server.close()
  server.closeAllConnections()
  return [
    {
      what: 'built: start to first request',
      unit: 'ms',
      ours,
      baseline: '`node -e 0`',
      base,
      compared: ours.map((one, i) => one - (base[i] ?? 0)),
      comparedUnit: 'ms more',
      wanted: { of: 'median', atMost: 250 },
    },
  ]
}

function quietly(): NodeJS.ProcessEnv {
  return { ...process.env, LOG_LEVEL: 'silent' }
}
