import { nearest, ofTheFirst, suggestion } from '../../document/fault.ts'
import { issueFaults, shown, withoutEchoes } from '../../document/issues.ts'
import type { Path } from '../../document/yaml.ts'
import type { Objection } from '../model/objection.ts'
import { type Intent, listsIn } from '../model/rule.ts'
import type { ActionKind, FactEntry, Json } from '../model/service.ts'
import { isBranch, readBranch } from './branch.ts'
import type { Reading } from './condition.ts'
import { actionElsewhere } from './elsewhere.ts'
import { factMeant } from './leaf.ts'
import { atMost, change, type Drawn, goesBy, isUnbounded, sizeFacts, sizesIn } from './size.ts'
import { slotsOf, templatesIn } from './text.ts'
import { unitlessIn, unitlessWords } from './unitless.ts'

/** Names that a text may use beside facts: what the action before it in the list did. */
const didNames = ['did', 'did.action', 'did.seconds', 'did.operation', 'did.state']

/** Reads one item of a `then`; null where it is no action, and then its faults are told. */
export function readIntent(reading: Reading, written: unknown, path: Path): Intent | null {
  const { document, faults, actions } = reading
  if (isBranch(written)) return readBranch(reading, written, path, readIntent)
  const entries: [string, unknown][] =
    typeof written === 'string'
      ? [[written, undefined]]
      : typeof written === 'object' && written !== null && !Array.isArray(written)
        ? Object.entries(written)
        : []
  const [name, given] = entries[0] ?? []
  if (name === undefined) {
    faults.push(document.fault(path, `${shown(written)} is no action`, { hint: 'write for example "add_time: 1h"' }))
    return null
  }
  const second = entries[1]
  const elsewhere = actions.has(name) || name === 'draw' ? null : actionElsewhere(name, actions.keys())
  if (second && elsewhere === null) {
    const hint = actions.has(second[0]) ? 'give each action a "-" of its own' : `indent it under "${name}:"`
    faults.push(document.fault([...path, second[0]], `"${second[0]}" stands beside "${name}"`, { key: true, hint }))
    return null
  }
  const key = typeof written !== 'string'
  const at = key ? [...path, name] : path
  if (name === 'draw') return readDraw(reading, given, at)
  const kind = actions.get(name)
  if (!kind) {
    const [, glued = ''] = /^([\w.]+):\S/.exec(name) ?? []
    const [, bare = ''] = /^([\w.]+)\s+\S/.exec(name) ?? []
    const hint = actions.has(glued)
      ? `a space is missing after "${glued}:"`
      : actions.has(bare)
        ? `a ":" is missing after "${bare}"`
        : (commaMeant(reading, written, path) ?? elsewhere ?? suggestion(name, [...actions.keys(), 'draw', 'if']))
    faults.push(document.fault(at, `unknown action "${name}"`, { key, hint }))
    return null
  }
  const slip = kind.slip?.(given)
  if (slip) {
    faults.push(document.fault(at, slip.message, slip))
    return null
  }
  const checked = kind.params.safeParse(given === undefined ? null : given)
  if (!checked.success) {
    if (given === undefined || given === null) {
      // A value that a # made a comment of is told where it stands.
      const cut = document.fault(at, '', {}).hint
      faults.push(document.fault(at, `"${name}" needs more`, { key: key && !cut, hint: kind.help }))
      return null
    }
    const told = ofTheFirst(checked.error.issues, (issue) => issueFaults(document, kind.params, issue, at))
    const hint = sizeMeant(kind, given)
    if (hint !== null) {
      faults.push(...told.map((fault) => ({ ...fault, hint })))
      return null
    }
    faults.push(...withoutEchoes(told))
    return null
  }
  for (const { path: within, number } of unitlessIn(given, (one) => kind.params.safeParse(one).data)) {
    const { message, hint } = unitlessWords(number)
    faults.push(document.fault([...at, ...within], message, { lint: true, hint }))
  }
  checkNames(reading, { action: name, params: checked.data }, given, { at, key })
  return { action: name, params: checked.data }
}

/** What a text is that a comma in `[ ]` cut off from the action before it, as in `[log: Hello, you]`. */
function commaMeant({ document, actions }: Reading, written: unknown, path: Path): string | null {
  const [list, place] = [path.slice(0, -1), path.at(-1)]
  if (typeof written !== 'string' || typeof place !== 'number' || place === 0) return null
  if (nearest(written, actions.keys()) !== null) return null
  const before = list.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown>)?.[step], document.value)
  const [text] = Object.values((before as unknown[])?.[place - 1] ?? {})
  const isBeside = document.place(path).line === document.place([...list, place - 1]).line
  return isBeside && typeof text === 'string' && text.length > 1
    ? `the comma before it parts it from "${text}"; put "${text}, ${written}" in quotes`
    : null
}

const opposite: Readonly<Record<string, string>> = { add_time: 'remove_time', remove_time: 'add_time' }

/** What a size that is none was meant as: a time of day, a length with a sign before it, or one in words. */
function sizeMeant(kind: ActionKind, given: unknown): string | null {
  if (typeof given !== 'string' && typeof given !== 'number') return null
  const written = String(given).trim()
  const takes = (value: unknown) => kind.params.safeParse(value).success
  if (/^\d{1,2}:\d{2}$/.test(written) && takes({ until: written })) return `write { until: "${written}" }`
  const [, sign, length = ''] = /^([+-])\s*(\w+)$/.exec(written) ?? []
  if (sign === '+' && takes(length)) return `write ${length}`
  const other = opposite[kind.name]
  if (sign === '-' && other !== undefined && takes(length)) return `write "${other}: ${length}"`
  const [, amount, unit = ''] = /^(\d+) ?(seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?)$/i.exec(written) ?? []
  const short = `${amount}${unit.slice(0, 1).toLowerCase()}`
  return amount !== undefined && takes(short) ? `write ${short}` : null
}

function readDraw(reading: Reading, given: unknown, path: Path): Intent | null {
  const { document, faults } = reading
  const refuse = (message: string, at: Path = path) => {
    const hint = 'write draw: [ { weight: 2, then: [ … ] }, { weight: 1, then: [ … ] } ]'
    faults.push(document.fault(at, message, { hint }))
    return null
  }
  if (!Array.isArray(given) || given.length < 2) return refuse('"draw" takes a list of at least two choices')
  const choices = given.map((choice: unknown, i) => {
    const at = [...path, i]
    if (typeof choice !== 'object' || choice === null || Array.isArray(choice)) return refuse('this is no choice', at)
    const { weight = 1, then, ...other } = choice as { weight?: unknown; then?: unknown }
    const strange = Object.keys(other)[0]
    if (strange !== undefined) {
      const hint = suggestion(strange, ['weight', 'then'])
      faults.push(document.fault([...at, strange], `unknown key "${strange}"`, { key: true, hint }))
      return null
    }
    if (typeof weight !== 'number' || !(weight > 0) || weight > 1_000_000) {
      return refuse('a weight is a number above 0', [...at, 'weight'])
    }
    // An empty list is a blank on the wheel.
    if (!Array.isArray(then)) return refuse('"then" is missing', at)
    return { weight, then: then.flatMap((item: unknown, k) => readIntent(reading, item, [...at, 'then', k]) ?? []) }
  })
  return { draw: choices.filter((choice) => choice !== null) }
}

/** Holds the names within parameters against what there is: facts in texts and sizes, tallies. */
function checkNames(
  reading: Reading,
  { action, params }: { action: string; params: Json },
  given: unknown,
  { at, key }: { at: Path; key: boolean },
): void {
  const { document, faults, catalogue, uses } = reading
  const templates = templatesIn(params)
  if (templates.some(({ template }) => template.some((part) => typeof part === 'string' && /\$\{\w+\}/.test(part)))) {
    const hint = 'a fact is written {{ lock.lockTitle }}'
    faults.push(document.fault(at, `\${…} is not filled in here, only in the config`, { key, lint: true, hint }))
  }
  for (const slot of templates.flatMap(slotsOf)) {
    if (catalogue.has(slot)) uses.add(slot)
    else if (!didNames.includes(slot)) {
      const meant = factMeant(slot, [...catalogue.keys(), ...didNames])
      const hint = meant === null ? '"lockwarden facts" lists them all' : `did you mean ${meant}?`
      const found = textWith(given, slot)
      const place = found ? { offset: found.offset } : { key }
      faults.push(
        document.fault([...at, ...(found?.path ?? [])], `unknown fact "${slot}" in a text`, { ...place, hint }),
      )
    }
  }
  checkSizes(reading, { action, params }, at, key)
  if (action !== 'tally.add' && action !== 'tally.reset') return
  const { name } = params as { name: string }
  if (reading.tallies.has(name)) return
  const hint =
    reading.tallies.size > 0 ? suggestion(name, reading.tallies) : `write "tallies: { ${name}: {} }" at the top`
  faults.push(document.fault(at, `unknown tally "${name}"`, { key, hint }))
}

/** Holds the facts that sizes go by against what there is. */
function checkSizes(
  { document, faults, catalogue, uses, actions, change: changed }: Reading,
  { action, params }: { action: string; params: Json },
  at: Path,
  key: boolean,
): void {
  for (const name of sizeFacts(params)) if (catalogue.has(name)) uses.add(name)
  for (const drawn of sizesIn(params)) {
    const name = goesBy(drawn)
    if (name === null) continue
    const said = wrongBy(drawn, name, catalogue.get(name === change && 'of' in drawn ? (changed?.fact ?? '') : name))
    if (said) faults.push(document.fault(at, said.message, { key, hint: said.hint ?? hintBy(drawn, name, catalogue) }))
  }
  if (!isUnbounded(params) || actions.get(action)?.worst(atMost(params)).toward !== 'restricts') return
  const hint = 'write "most: …" beside it, as far as it may go'
  faults.push(document.fault(at, 'nothing but the limits keeps this size small', { key, lint: true, hint }))
}

/** Why a size cannot go by a fact. */
function wrongBy(drawn: Drawn['drawn'], name: string, entry: FactEntry | undefined): Objection | null {
  if (name === change && 'of' in drawn && !entry) {
    const hint = 'it needs one "rises", "falls" or "changes" of a number or a length in "when"'
    return { message: 'this rule fires on no change that has a size', hint }
  }
  const use = 'steps' in drawn ? 'count steps by' : 'go by'
  if (!entry) return { message: `unknown fact "${name}" to ${use}` }
  if (entry.type !== 'number' && entry.type !== 'seconds') return { message: `${name} is no number to ${use}` }
  if ('unit' in drawn && drawn.unit !== entry.type) {
    return drawn.unit === 'seconds'
      ? { message: `${entry.name} is no length of time`, hint: `write { each: 10m, of: ${name} }` }
      : { message: `${entry.name} is a length of time`, hint: `write { each: 1, per: 10m, of: ${name} }` }
  }
  if (!('each' in drawn)) return null
  if (drawn.inSeconds && entry.type === 'number') {
    return { message: `${entry.name} is a number, and "per" a length of time`, hint: 'write per: 1' }
  }
  return entry.type === 'seconds' && !drawn.inSeconds
    ? { message: `${entry.name} is a length of time, and "per" is none`, hint: 'write for example per: 10m' }
    : null
}

function hintBy(drawn: Drawn['drawn'], name: string, catalogue: Reading['catalogue']): string {
  const wanted = 'unit' in drawn ? [drawn.unit] : ['number']
  const numbers = [...catalogue.values()].filter(({ type }) => wanted.includes(type)).map((one) => one.name)
  return suggestion(name, numbers)
}

/** Where within parameters a text names a slot. */
function textWith(given: unknown, slot: string): { path: Path; offset: number } | null {
  if (typeof given === 'string') {
    const [before] = new RegExp(`^.*?\\{\\{\\s*(?=${slot.replaceAll('.', '\\.')}[\\s|}])`, 's').exec(given) ?? []
    return before === undefined ? null : { path: [], offset: before.length }
  }
  if (typeof given !== 'object' || given === null) return null
  for (const [key, inner] of Object.entries(given)) {
    const found = textWith(inner, slot)
    if (found) return { ...found, path: [key, ...found.path] }
  }
  return null
}

/** The most actions a list can come to. */
export function longestOf(then: readonly Intent[]): number {
  return then.reduce(
    (sum, intent) => sum + ('action' in intent ? 1 : Math.max(0, ...listsIn(intent).map((one) => longestOf(one.then)))),
    0,
  )
}
