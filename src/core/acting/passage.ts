import { ending } from '../memory/ledger.ts'
import type { LedgerRow } from '../model/row.ts'
import type { Rule } from '../model/rule.ts'
import type { Scene } from '../model/scene.ts'
import type { ActionKind, Effect, Json, Request, Topic } from '../model/service.ts'

/** A step's scene, with what matters to rows that want to leave. */
export interface Leaving extends Scene {
  /** The clock may be wrong: but for the stops of devices nothing moves, and nothing comes too late. */
  readonly clockUnsure: boolean
  /** Nothing new leaves; what waits stays planned. */
  readonly closing: boolean
  /** Topics that were read well just now. */
  readonly heard: ReadonlySet<Topic>
  /** A row not away after this many milliseconds expires. */
  readonly expiresAfterMs: number
  /** One that waited longer than this needs its condition to be true still. */
  readonly delayedAfterMs: number
}

/** A row on its way through the gates. */
export interface Passage {
  readonly row: LedgerRow
  /** All rows as they stand while it passes, and its place among them. */
  readonly rows: readonly LedgerRow[]
  readonly index: number
  /** The rows of its firing that come before it. */
  readonly list: readonly LedgerRow[]
  readonly rule: Rule | undefined
  readonly kind: ActionKind | undefined
  /** The program's own stop of a device: nothing of ours holds it back. */
  readonly isStop: boolean
  /** Another write is under way, or this one would hide what became of another. */
  readonly isBusy: boolean
}

/** The same once it is known what it does; each gate leaves here what the next ones need. */
export interface ActionPassage extends Passage {
  readonly kind: ActionKind
  /** What the list has added to a tally until this row. */
  readonly tally: (name: string) => number
  /** Texts and sizes are filled in, as far as the gates have come. */
  readonly params: Json
  /** What it is going to do: at its worst until the facts of this moment have told. */
  readonly effect: Effect
  /** Why nothing is left of its size. */
  readonly over: string | null
  /** What a limit made smaller, for people. */
  readonly note: string
  /** What later readings are held against. */
  readonly before: Json
  readonly request: Request | null
}

/** A row that does not pass: as it now stands, and what must be read before it can. */
export interface Halted {
  readonly halts: LedgerRow
  readonly reads: readonly Topic[]
}

/** One question that a row must pass. */
export interface Gate<P extends Passage = Passage> {
  /** What people know it by. */
  readonly name: string
  /** What must be so. */
  readonly asks: string
  /** The passage, perhaps with more in it, where the row passes. */
  pass(passage: P, scene: Leaving): P | Halted
}

/** Not yet; perhaps after these topics were read. */
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
