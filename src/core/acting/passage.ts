import { ending } from '../memory/ledger.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Rule } from '../model/rule.ts'
import type { Scene } from '../model/scene.ts'
import type { ActionKind, Effect, Json, Request, Topic } from '../model/service.ts'

/** A step's scene, with the data for rows that want to leave. */
export interface Leaving extends Scene {
  /** The clock may be wrong: only stops of devices move, and no row expires. */
  readonly clockUnsure: boolean
  /** Nothing new leaves; waiting rows stay planned. */
  readonly closing: boolean
  /** Topics that were read well just now. */
  readonly heard: ReadonlySet<Topic>
  /** A row that has not left after this many milliseconds expires. */
  readonly expiresAfterMs: number
  /** If it has waited longer than this, its condition must still be true. */
  readonly delayedAfterMs: number
}

/** A row on its way through the gates. */
export interface Passage {
  readonly row: LedgerRow
  /** All present rows, and its place among them. */
  readonly rows: readonly LedgerRow[]
  readonly index: number
  /** The rows before it in its firing. */
  readonly list: readonly LedgerRow[]
  readonly rule: Rule | undefined
  readonly kind: ActionKind | undefined
  /** The program's own stop of a device: nothing of ours holds it back. */
  readonly isStop: boolean
  /** Another write is under way, or this one would hide the outcome of another. */
  readonly isBusy: boolean
}

/** The same once its action is known; each gate adds what the next ones need. */
export interface ActionPassage extends Passage {
  readonly kind: ActionKind
  /** What the list has added to a tally until this row. */
  readonly tally: (name: string) => number
  /** Parameters with texts and sizes, as far as the gates have filled them in. */
  readonly params: Json
  /** Its effect: the worst case until the present facts are known. */
  readonly effect: Effect
  /** Why nothing is left of its size. */
  readonly over: string | null
  /** How a limit clamped it, for people. */
  readonly note: string
  /** The baseline for later readings. */
  readonly before: Json
  readonly request: Request | null
}

/** A row that does not pass: its present state, and what must be read before it can pass. */
export interface Halted {
  readonly halts: LedgerRow
  readonly reads: readonly Topic[]
}

/** One question that a row must pass. */
export interface Gate<P extends Passage = Passage> {
  /** Its name for people. */
  readonly name: string
  /** The question. */
  readonly asks: string
  /** If the row passes: the passage, perhaps with additions. */
  pass(passage: P, scene: Leaving): P | Halted
}

/** Not yet; perhaps after a reading of these topics. */
export function waits({ row }: Passage, reads: readonly Topic[] = []): Halted {
  return { halts: row, reads }
}

/** Never; `failed` cancels the rest of its list. */
export function ends(
  { row }: Passage,
  { now }: Leaving,
  state: 'refused' | 'cancelled' | 'expired',
  note: string,
  failed = true,
): Halted {
  return { halts: { ...ending(row, state, note), failed, endedAt: now }, reads: [] }
}
