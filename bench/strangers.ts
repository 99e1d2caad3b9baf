import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hashPassword } from '../src/config/password.ts'
import { serviceApart } from './child.ts'
import type { Figure } from './figure.ts'
import { Folder } from './house.ts'
import { freePort } from './memory.ts'
import { builtOnce, configFileIn } from './package.ts'
import { quietRules } from './quietrules.ts'
import { Board, type Crowd, Stormed, type Told, type Way, ways } from './stormed.ts'

/** What the compose file and the unit allow. */
const allowedMiB = 256
const password = 'kept by bob 1'

interface Round {
  quiet: Told
  /** Of each storm, the first as the first. */
  storms: Told[]
  stops: Record<Way, { quietMs: number; stormMs: number }>
}

/** What strangers and drafts can have the built daemon take: memory, its loop, and the time until the switch is set. */
export async function strangersFigures(size: Crowd & { rounds: number }): Promise<Figure[]> {
  using folder = new Folder()
  const built = await builtOnce()
  const { service, url } = await serviceApart()
  await using _ = service
  const rounds: Round[] = []
  for (let round = 0; round < size.rounds; round++) {
    await using board = await Board.open()
    const port = await freePort()
    const config = configFileIn(folder, `strangers-${round}`, url, quietRules, {
      console: { listen: `127.0.0.1:${port}`, keyholder_password_file: './keyholder' },
      mqtt: { url: board.url },
    })
    writeFileSync(join(dirname(config), 'keyholder'), await hashPassword(password), { mode: 0o600 })
    await using daemon = await Stormed.start(built.main, config, port, password)
    const stops = {} as Round['stops']
    await board.says(false)
    for (const way of ways) stops[way] = { quietMs: await daemon.stop(way, board), stormMs: 0 }
    const quiet = await daemon.told()
    // The daemon is stopped four times, each in the middle of a storm of its own.
    const storms: Told[] = []
    for (const way of ways) {
      stops[way].stormMs = await daemon.storm(size, () => daemon.stop(way, board))
      storms.push(await daemon.told())
    }
    rounds.push({ quiet, storms, stops })
  }
  const all = `${size.signIns} sign-ins, ${size.drafts} drafts and ${size.connections} silent connections at once`
  return [
    {
      ...heldFigure(
        `the most memory the built daemon held, ${all}`,
        rounds.map(({ storms }) => storms[0]?.peakMiB ?? Number.NaN),
      ),
      wanted: { of: 'max', atMost: 2 / 3 },
    },
    heldFigure(
      'the same after four times as many, one crowd after the other',
      rounds.map(({ storms }) => Math.max(...storms.map(({ peakMiB }) => peakMiB))),
    ),
    {
      what: 'the longest pause of its loop meanwhile',
      unit: 'ms',
      ours: rounds.map(pauseOf),
      baseline: 'its start, with one sign-in',
      base: rounds.map(({ quiet }) => quiet.pauseMs),
      compared: rounds.map(pauseOf),
      comparedUnit: 'ms',
      wanted: { of: 'median', atMost: 100 },
    },
    ...ways.map((way): Figure => stopFigure(way, rounds)),
  ]
}

function pauseOf({ storms }: Round): number {
  return Math.max(...storms.map(({ pauseMs }) => pauseMs))
}

function heldFigure(what: string, ours: number[]): Figure {
  return {
    what,
    unit: 'MiB',
    ours,
    baseline: 'what compose file and unit allow',
    base: ours.map(() => allowedMiB),
    compared: ours.map((one) => one / allowedMiB),
    comparedUnit: 'of it',
  }
}

function stopFigure(way: Way, rounds: readonly Round[]): Figure {
  const by = { page: 'the page', command: 'a command, its start included', message: 'a message', file: 'the file' }[way]
  return {
    what: `meanwhile, from a stop by ${by}, to the daemon's saying that it is stopped`,
    unit: 'ms',
    ours: rounds.map(({ stops }) => stops[way].stormMs),
    baseline: 'the same with nobody else there',
    base: rounds.map(({ stops }) => stops[way].quietMs),
    compared: rounds.map(({ stops }) => stops[way].stormMs - stops[way].quietMs),
    comparedUnit: 'ms more',
    wanted: { of: 'median', atMost: 1000 },
  }
}
