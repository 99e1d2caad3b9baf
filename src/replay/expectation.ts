import { isOwn } from '../core/acting/own.ts'
import { parseDuration } from '../core/calendar/duration.ts'
import type { Instant } from '../core/calendar/time.ts'
import { local } from '../core/language/ownactions.ts'
import { finalParams } from '../core/memory/ledger.ts'
import type { LedgerRow } from '../core/model/row.ts'
import type { ActionKind, Json } from '../core/model/service.ts'
import { type Fault, suggestion } from '../document/fault.ts'
import { issueFaults } from '../document/issues.ts'
import type { Path, YamlDocument } from '../document/yaml.ts'

/** An action that a test expects to be sent. */
export interface ExpectedAction {
  action: string
  /** As written; undefined matches any. */
  params: unknown
  /** As people read it. */
  said: string
}

/** What a test expects of a rule at a moment. */
export interface Expected {
  at: Instant
  rule: string
  withinMs: number
  does: readonly ExpectedAction[]
  /** Words in the reason why something of it is refused; null where that is not asked for. */
  refused: string | null
}

/** Reads one item of `do`; null where it is no action, and then its faults are told. */
export function readExpectedAction(
  written: unknown,
  actions: ReadonlyMap<string, ActionKind>,
  document: YamlDocument,
  path: Path,
  faults: Fault[],
): ExpectedAction | null {
  const entries: [string, unknown][] =
    typeof written === 'string' ? [[written, undefined]] : Object.entries(written as Record<string, unknown>)
  const [name = '', params] = entries[0] ?? []
  const second = entries[1]
  const at = typeof written === 'string' ? path : [...path, name]
  const kind = actions.get(name)
  if (second || !kind) {
    const fault = second
      ? document.fault([...path, second[0]], `"${second[0]}" stands beside "${name}"`, {
          key: true,
          hint: 'give each action an item of its own',
        })
      : document.fault(at, `unknown action "${name}"`, {
          key: typeof written !== 'string',
          hint: suggestion(name, actions.keys()),
        })
    faults.push(fault)
    return null
  }
  if (params !== undefined && params !== null) faults.push(...paramFaults(kind, params, document, at))
  return { action: name, params: params ?? undefined, said: sayWritten(name, params) }
}

/** What cannot be right in parameters of which some may be left out. */
function paramFaults(kind: ActionKind, params: unknown, document: YamlDocument, at: Path): Fault[] {
  const isMap = typeof params === 'object' && !Array.isArray(params)
  if (isMap && 'between' in (params as object)) return []
  const checked = kind.params.safeParse(params)
  if (checked.success) return []
  // What several keys come to together cannot be told of some of them.
  const issues = checked.error.issues.filter(({ code }) => !isMap || code !== 'custom')
  const faults = issues.flatMap((issue) => issueFaults(document, kind.params, issue, at))
  return faults.filter(({ message }) => !/^".+" is missing$/.test(message))
}

function sayWritten(name: string, params: unknown): string {
  if (params === undefined || params === null) return name
  if (typeof params !== 'object') return `${name} ${params}`
  const said = Object.entries(params).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  return `${name} ${said.join(', ')}`
}

/** Whether a sent row is the action that was expected. */
export function isAsExpected(expected: ExpectedAction, row: LedgerRow, kind: ActionKind | undefined): boolean {
  if (expected.action !== row.action) return false
  const { params } = expected
  if (params === undefined) return true
  if (typeof params === 'object' && params !== null && !Array.isArray(params)) {
    return Object.entries(params).every(([key, value]) => hasParam(row, key, value))
  }
  const size = sizeOf(row)
  if (size !== null) return secondsOf(params) === size
  // A short form stands for one of the parameters: the one that reading it puts the words into.
  const read = kind?.params.safeParse(params)
  if (!read?.success) return false
  if (typeof read.data !== 'object' || read.data === null) return same(params, finalParams(row))
  const meant = Object.entries(read.data).find(([, value]) => same(params, plain(value as Json)))
  return meant !== undefined && hasParam(row, meant[0], params)
}

function hasParam(row: LedgerRow, key: string, wanted: unknown): boolean {
  if (key === 'length') return secondsOf(wanted) === sizeOf(row)
  if (key === 'between') {
    const [low, high] = Array.isArray(wanted) ? wanted.map(secondsOf) : []
    const size = sizeOf(row)
    return low != null && high != null && size !== null && size >= low && size <= high
  }
  const params = finalParams(row)
  if (key === 'successful') return params === wanted
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return false
  const held = params as { readonly [key: string]: Json }
  if (key === 'if_open') return held.replace === (wanted === 'replace')
  if (key === 'params' && typeof held.params === 'string') return same(wanted, JSON.parse(held.params) as Json)
  if (key === 'penalty') return held.as === 'owner' && held.game === 'link'
  if (key === 'dom') return (held.as === 'dom') === (wanted === 1)
  if (key === 'scheduled_end') {
    const end = held.end as { date: string; time: string } | null | undefined
    return end ? `${end.date} ${end.time}` === wanted : false
  }
  const name = key === 'locked_by' ? 'lockedBy' : key
  return same(wanted, plain(held[name] ?? null))
}

/** A text that was read as a template and has no slots, as the text. */
function plain(value: Json): Json {
  const parts = (value as { template?: Json } | null)?.template
  return Array.isArray(parts) ? parts.filter((part) => typeof part === 'string').join('') : value
}

/** The length an action really has, after draw and clamp, with a minus where it takes time off by its sign. */
function sizeOf(row: LedgerRow): number | null {
  const { action, effect } = row
  const params = finalParams(row)
  if (typeof params !== 'number') return null
  return action === 'apply_time' && params < 0 ? -effect.seconds : effect.seconds || params
}

function secondsOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return null
  const [, sign = '', length = ''] = /^\s*([+-]?)\s*(.*)$/.exec(value) ?? []
  const seconds = /^\d+$/.test(length) ? Number(length) : parseDuration(length)
  return seconds === null ? null : sign === '-' ? -seconds : seconds
}

function same(wanted: unknown, is: Json): boolean {
  if (typeof is === 'string') return is.includes(String(wanted))
  if (typeof is === 'number') return secondsOf(wanted) === is
  if (typeof is !== 'object' || is === null || typeof wanted !== 'object' || wanted === null) return wanted === is
  return Object.entries(wanted).every(([key, value]) => same(value, (is as Record<string, Json>)[key] ?? null))
}

/** How one expected action, or one that was sent, came out; of a pair that fits, both sides are there. */
export interface Compared {
  at: Instant
  rule: string
  expected: { at: Instant; said: string } | null
  actual: LedgerRow | null
}

/** When a row left, or ended without leaving. */
export function momentOfRow(row: LedgerRow): Instant {
  return row.sentAt ?? row.endedAt ?? row.at
}

/** Whether a row, or the firing it belongs to, came near enough; what is milliseconds late is in time. */
function isNear(row: LedgerRow, { at, withinMs }: Expected): boolean {
  return Math.min(Math.abs(row.at - at), Math.abs(momentOfRow(row) - at)) <= withinMs + 1000
}

/**
 * Holds what was sent against what was expected. Each expected action takes the first row of its rule that fits and is
 * near enough, in the order of its list; what is left on either side is a difference. Tallies are sent to nobody: they
 * may be expected, and need not be.
 */
export function compare(
  expected: readonly Expected[],
  rows: readonly LedgerRow[],
  actions: ReadonlyMap<string, ActionKind>,
): Compared[] {
  const sent = rows.filter((row) => row.state === 'applied' || row.state === 'rejected' || row.state === 'unsettled')
  const unsent = rows.filter(
    ({ state }) => state === 'refused' || state === 'cancelled' || state === 'expired' || state === 'rejected',
  )
  const taken = new Set<LedgerRow>()
  const compared: Compared[] = []
  const find = (
    among: readonly LedgerRow[],
    wanted: Expected,
    from: LedgerRow | null,
    fits: (row: LedgerRow) => boolean,
  ) => {
    const after = from === null ? -1 : among.indexOf(from)
    const found = among.find(
      (row, i) => i > after && !taken.has(row) && row.rule === wanted.rule && isNear(row, wanted) && fits(row),
    )
    if (found) taken.add(found)
    return found ?? null
  }
  for (const wanted of expected) {
    let last: LedgerRow | null = null
    for (const action of wanted.does) {
      const actual: LedgerRow | null = find(sent, wanted, last, (row) =>
        isAsExpected(action, row, actions.get(row.action)),
      )
      last = actual ?? last
      compared.push({ at: wanted.at, rule: wanted.rule, expected: { at: wanted.at, said: action.said }, actual })
    }
    const { refused } = wanted
    if (refused === null) continue
    const actual = find(unsent, wanted, null, (row) => `${row.state}: ${row.note}`.includes(refused))
    compared.push({
      at: wanted.at,
      rule: wanted.rule,
      expected: { at: wanted.at, said: `refused: ${refused}` },
      actual,
    })
  }
  for (const row of sent) {
    if (taken.has(row) || isOwn(row) || actions.get(row.action)?.service === local) continue
    compared.push({ at: momentOfRow(row), rule: row.rule, expected: null, actual: row })
  }
  return compared.sort((a, b) => a.at - b.at)
}
