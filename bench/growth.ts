import { changeOf } from '../src/core/memory/changes.ts'
import type { Kept } from '../src/core/model/kept.ts'
import type { LedgerRow } from '../src/core/model/row.ts'
import { retained } from '../src/core/retention.ts'
import { openDatabase } from '../src/store/database.ts'
import { openJournal } from '../src/store/journal.ts'
import { BareEngine } from './bareengine.ts'
import { spreadOf } from './figure.ts'
import { Folder } from './house.ts'
import { sayingAfter } from './madeup.ts'
import { compiled } from './madeuprules.ts'
import { dayMs, recordOf } from './record.ts'
import { gone, rulesOf } from './replays.ts'
import { worked } from './rounds.ts'
import { Settled } from './steps.ts'
import { rowsOf, spread } from './table.ts'

const pollMs = 30_000

/** How a step grows with the rules, over as many facts. */
export async function rulesGrowth(counts: readonly number[], rounds: number): Promise<string> {
  const lines: string[][] = []
  for (const rules of counts) {
    const settled = await Settled.of({ rules, facts: rules, rounds })
    const engine = new BareEngine(settled.written)
    const changed = sayingAfter(settled.saying, pollMs, 0.02, 9)
    const [some, none] = [changed, sayingAfter(settled.saying, pollMs, 0, 9)].map((one) => settled.madeUp.reading(one))
    if (!some || !none) throw new Error('nothing was said')
    const [few, clock, bare]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < rounds; round++) {
      few.push(await worked(() => settled.step(some)))
      clock.push(await worked(() => settled.step(none)))
      bare.push(await worked(() => engine.run(changed, false)))
    }
    const read = await worked(async () => compiled(settled.written, settled.madeUp))
    lines.push([rules.toLocaleString('en-GB'), spread(few), spread(clock), spread(bare), spread([read])])
  }
  const head = [
    'rules and facts',
    'step, 2 % changed, ms',
    'step, clock only, ms',
    'bare engine, ms',
    'reading the file, ms',
  ]
  return rowsOf([head, ...lines])
}

/** Firings a day in the ledgers that are made up. */
const rowsADay = 10

/** How a step, the start and the disk grow with what lies behind a lock; weeks are replayed as far as `replayed` goes. */
export async function historyGrowth(days: readonly number[], replayed: number, rounds: number): Promise<string> {
  const rules = rulesOf(50)
  const lines: string[][] = []
  for (const count of days) {
    const settled = await Settled.of({ rules: 50, facts: 50, rounds })
    const whole = withHistory(settled.kept, count)
    settled.kept = retained({ ...settled, kept: whole, now: settled.saying.at })
    const reading = settled.madeUp.reading(sayingAfter(settled.saying, pollMs, 0, 9))
    const steps: number[] = []
    for (let round = 0; round < rounds; round++) steps.push(await worked(() => settled.step(reading)))
    const { openMs, bytes } = await stored(whole, settled.kept)
    const replay = count > replayed ? null : await gone(rules, recordOf(count), 'lull')
    lines.push([
      count.toLocaleString('en-GB'),
      (count * rowsADay).toLocaleString('en-GB'),
      settled.kept.rows.length.toLocaleString('en-GB'),
      spread(steps),
      spread([openMs]),
      spread([bytes / 1024]),
      replay === null ? 'not run' : spread([replay.totalMs / 1000]),
      replay === null ? '' : spread([replay.ms]),
    ])
  }
  const head = [
    'days',
    'ledger rows',
    'of them in memory',
    'step, clock only, 50 rules, ms',
    'opening the journal, ms',
    'database, KiB',
    'replaying it, s',
    'of that a reading, ms',
  ]
  return rowsOf([head, ...lines])
}

/** What is remembered, with so many days of firings that are over before it. */
function withHistory(kept: Kept, days: number): Kept {
  const [like] = kept.rows
  if (!like) throw new Error('nothing has fired')
  const rows = Array.from({ length: days * rowsADay }, (_, i): LedgerRow => {
    const at = like.at - dayMs * days + (i * dayMs) / rowsADay
    return { ...like, rule: `r${i % 50}`, occurrence: `before ${i}`, at, due: at, endedAt: at }
  })
  return { ...kept, rows: [...rows, ...kept.rows] }
}

/** How long it takes to open a ledger of which what is retained is in memory, and how large the file is. */
async function stored(whole: Kept, lean: Kept): Promise<{ openMs: number; bytes: number }> {
  using folder = new Folder()
  const database = openDatabase(folder.path)
  const journal = openJournal(database)
  let { kept, version } = await journal.open('main')
  for (const next of [whole, lean]) {
    const change = changeOf(kept, next)
    const to = change && (await journal.commit('main', version, change))
    if (typeof to === 'number') version = to
    kept = next
  }
  const opened: number[] = []
  for (let i = 0; i < 5; i++) opened.push(await worked(() => journal.open('main')))
  const pages = Number(database.pragma('page_count', { simple: true }))
  const bytes = pages * Number(database.pragma('page_size', { simple: true }))
  database.close()
  return { openMs: spreadOf(opened).median, bytes }
}
