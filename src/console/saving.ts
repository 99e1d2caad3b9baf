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
  /** Null deletes the file. */
  text: string | null
  /** The version that the editor started from. */
  from: string | null
}

/** The result of a save. */
export interface Saved {
  name: string
  version: string | null
  faults: DraftFault[]
  difference: string[]
}

/**
 * Saves a rule file if the rules have no fault with it, takes it up, and writes it to the audit. Throws a `Refusal` if
 * it is not saved.
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
    // Before the save: no rules may come into force without a notice to the wearer.
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
  // The file is on disk. If reading the files hangs, it is taken up later.
  await Promise.race([around.reload(), pause(longestReloadMs)])
  around.events.stir()
  return { name, version, faults, difference }
}
