import { type Around, askerOf, folderOf, pause, record } from './around.ts'
import type { Asking } from './asking.ts'
import { differenceOf } from './difference.ts'
import type { DraftFault, Judged } from './drafting.ts'
import { Refusal } from './refusal.ts'

const longestReloadMs = 5000

/** What is to be saved. */
interface Saving {
  what: 'save' | 'undo'
  lock: string
  name: string
  /** Null takes the file away. */
  text: string | null
  /** The version that the editor started from. */
  from: string | null
}

/** What came of a save. */
export interface Saved {
  name: string
  version: string | null
  faults: DraftFault[]
  difference: string[]
}

/**
 * Saves a rule file if the rules are without a fault with it, has it taken up, and writes it down. Throws a `Refusal`
 * where it is not saved.
 */
export async function save(around: Around, asked: Asking, saving: Saving): Promise<Saved> {
  const { what, lock, name, text, from } = saving
  const folder = folderOf(around, lock)
  const path = await folder.pathOf(name)
  let judged: Judged = { ok: true, faults: [], change: null }
  let takeBack = () => {}
  const said = `${what === 'undo' ? 'took back' : text === null ? 'took away' : 'saved'} ${name}`
  const { who } = asked.var
  const judge = async () => {
    const written = { lock, name, path, text, folder: await folder.folder() }
    judged = await around.drafts.judge(askerOf(asked), written)
    const { ok, faults, change } = judged
    if (!ok) throw new Refusal(422, 'faults', 'the rules would have a fault', { faults })
    // Before the save: rules that the wearer is not told of are not to be in force.
    if (change?.raised) takeBack = around.notices.add({ lock, who, said, worst: change })
  }
  const { before, version } = await folder.save(name, text, from, { who, why: what, judge }).catch((error) => {
    takeBack()
    throw error
  })
  const { change, faults } = judged as Judged
  const difference = differenceOf(before?.text ?? '', text ?? '')
  const worse = change?.raised ? { worst: { before: change.before, after: change.after } } : {}
  record(around, asked, { what, lock, said, difference, ...worse })
  // It is on disk; where looking at the files hangs, it is taken up later.
  await Promise.race([around.reload(), pause(longestReloadMs)])
  around.events.stir()
  return { name, version, faults, difference }
}
