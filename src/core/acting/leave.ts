import { keyText, mayGoAgain, openRows, sameFiring, sameRow } from '../memory/ledger.ts'
import { tallyOf } from '../memory/tallies.ts'
import type { Waiting } from '../model/passing.ts'
import type { LedgerRow } from '../model/row.ts'
import type { RuleSet } from '../model/rule.ts'
import type { Topic } from '../model/service.ts'
import { didOf } from './did.ts'
import { actionGates, rowGates } from './gates.ts'
import { isOwnStop } from './own.ts'
import type { ActionPassage, Gate, Halted, Leaving, Passage } from './passage.ts'
import { finished } from './plan.ts'

/** The gate that it did not pass; left out if it passed all. */
type HaltedAt = Halted & { gate?: string }

/** The result of the gates: the present rows, and what must be read before the rest can leave. */
export interface Passed {
  rows: readonly LedgerRow[]
  read: ReadonlySet<Topic>
  /** Where each waiting row waits, by the text of its key. */
  waiting: ReadonlyMap<string, Waiting>
}

/**
 * Takes every open row through the gates, in the order in which they were planned, and claims the first that may leave:
 * one write to a lock at a time. Rows that may never leave end here, with the reason.
 */
export function passGates(scene: Leaving): Passed {
  const { rows } = scene.kept
  if (openRows(rows).length === 0) return { rows, read: nothing, waiting: nowhere }
  const read = new Set<Topic>()
  const waiting = new Map<string, Waiting>()
  let after: LedgerRow[] | null = null
  let isBusy = rows.some((row) => row.state === 'sending')
  for (let index = 0; index < rows.length; index++) {
    const before = (after ?? rows)[index]
    if (before === undefined || !waitsToLeave(before, scene.rules)) continue
    const { halts: row, reads, gate } = passed(passageOf(after ?? rows, index, before, scene.rules, isBusy), scene)
    for (const topic of reads) read.add(topic)
    if (row === before && gate !== undefined) waiting.set(keyText(row), { gate, reads })
    if (row === before) continue
    after ??= [...rows]
    after[index] = row
    if (row.state === 'sending') isBusy = true
  }
  return { rows: after ?? rows, read, waiting }
}

const nothing: ReadonlySet<Topic> = new Set()
const nowhere: ReadonlyMap<string, Waiting> = new Map()

/** Whether a row should leave as soon as it may: for the first time, or again. */
function waitsToLeave(row: LedgerRow, rules: RuleSet): boolean {
  switch (row.state) {
    case 'planned':
    case 'not-sent':
      return true
    case 'not-applied':
      return mayGoAgain(row)
    case 'unknown':
      return rules.actions.get(row.action)?.repeatable(row.sent) === true && mayGoAgain(row)
    default:
      return false
  }
}

/** Whether a row would change the facts by which another row is read back. */
function wouldHide(rows: readonly LedgerRow[], row: LedgerRow, rules: RuleSet): boolean {
  const fences = rules.actions.get(row.action)?.fences ?? []
  return rows.some(
    (other) =>
      other.state === 'unknown' &&
      !sameRow(other, row) &&
      rules.actions.get(other.action)?.readBack?.by.some((name) => fences.includes(name)) === true,
  )
}

function passageOf(
  rows: readonly LedgerRow[],
  index: number,
  row: LedgerRow,
  rules: RuleSet,
  isBusy: boolean,
): Passage {
  return {
    row,
    rows,
    index,
    list: rows.filter((other) => other.position < row.position && sameFiring(other, row)),
    rule: rules.byId.get(row.rule),
    kind: rules.actions.get(row.action),
    isStop: isOwnStop(row),
    isBusy: isBusy || wouldHide(rows, row, rules),
  }
}

/** The row after its gates: on its way, over, or still waiting. */
function passed(passage: Passage, scene: Leaving): HaltedAt {
  const meant = through(rowGates, passage, scene)
  if ('halts' in meant) return meant
  const action = through(actionGates, actionOf(meant, scene), scene)
  return 'halts' in action ? action : { halts: claimed(action, scene), reads: [] }
}

/** Asks the gates in turn, until one does not let the row pass. */
function through<P extends Passage>(gates: readonly Gate<P>[], passage: P, scene: Leaving): P | HaltedAt {
  let on = passage
  for (const gate of gates) {
    const said = gate.pass(on, scene)
    if ('halts' in said) return { ...said, gate: gate.name }
    on = said
  }
  return on
}

/** The passage of a row with a known action; its texts are filled in with what its list has done so far. */
function actionOf(passage: Passage, { kept: { past }, order, rules, now }: Leaving): ActionPassage {
  const { row, rows, list, kind } = passage
  if (!kind) throw new Error(`the gates let ${row.action} pass, which is no action`)
  // A list sees the tallies as they were at its firing, and what it has added itself.
  const counted = rows.filter((other) => other.at < row.at || sameFiring(other, row))
  const whose = { session: row.session, mode: row.mode, now }
  const tally = (name: string) =>
    tallyOf(name, rules.tallies.get(name)?.lasts ?? 'this lock', { rows: counted, past }, whose, order.zone)
  const params = finished(row.params, didOf(list), tally, order.zone)
  return { ...passage, kind, tally, params, effect: row.effect, over: null, note: '', before: null, request: null }
}

/** A row that may leave: claimed by this process, or finished in a dry run. */
function claimed({ row, kind, params, effect, note, before, request }: ActionPassage, scene: Leaving): LedgerRow {
  const { now, order } = scene
  const ready = { ...row, sent: params, effect, request, note }
  if (order.mode === 'dry-run') {
    return { ...ready, state: 'dry-run', endedAt: now, did: kind.did(params, effect, null) }
  }
  return {
    ...ready,
    state: 'sending',
    sentAt: now,
    endedAt: null,
    notBefore: null,
    attempts: row.attempts + 1,
    before,
    // Only a later reading tells that an earlier sending did not arrive.
    absentAt: row.state === 'unknown' ? null : row.absentAt,
    run: order.run,
  }
}
