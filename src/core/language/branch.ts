import { suggestion } from '../../document/fault.ts'
import { shown } from '../../document/issues.ts'
import type { Path } from '../../document/yaml.ts'
import { actionsIn, type Branch, type Intent, type Leaf } from '../model/rule.ts'
import { type Reading, readMomentary, restsOnIgnorance, withoutText } from './condition.ts'
import { atMost } from './size.ts'

/** The keys of an item of a list that does one of two lists. */
const branchKeys = ['if', 'then', 'else']

/** Whether an item of a list is meant as one that a condition decides. */
export function isBranch(written: unknown): written is { if: unknown } {
  return typeof written === 'object' && written !== null && 'if' in written
}

/** Reads `{ if: condition, then: [ … ], else: [ … ] }`; null where it is wrong, and then its faults are told. */
export function readBranch(
  reading: Reading,
  written: { if: unknown; then?: unknown; else?: unknown },
  path: Path,
  readItem: (reading: Reading, written: unknown, path: Path) => Intent | null,
): Branch | null {
  const { document, faults } = reading
  const strange = Object.keys(written).find((key) => !branchKeys.includes(key))
  if (strange !== undefined) {
    const hint = suggestion(strange, branchKeys) ?? 'write it into the list under "then"'
    faults.push(document.fault([...path, strange], `"${strange}" stands beside "if"`, { key: true, hint }))
    return null
  }
  const condition = readMomentary(reading, written.if, [...path, 'if'], 'if')
  const list = (key: 'then' | 'else', items: unknown = []): Intent[] => {
    if (Array.isArray(items)) return items.flatMap((item, i) => readItem(reading, item, [...path, key, i]) ?? [])
    const hint = `write ${key}: [ … ]`
    faults.push(document.fault([...path, key], `${shown(items)} is no list of actions`, { hint }))
    return []
  }
  const branch = { then: list('then', written.then), else: list('else', written.else) }
  if (written.then === undefined) {
    faults.push(document.fault(path, '"then" is missing', { hint: 'write { if: …, then: [ … ], else: [ … ] }' }))
  }
  if (!condition) return null
  checkPaysForUnknown(reading, restsOnIgnorance(condition), branch.then, [...path, 'if'])
  checkPaysForUnknown(reading, restsOnIgnorance({ not: condition }), branch.else, [...path, 'if'])
  return { if: condition, ...branch }
}

/** A list that restricts for no better reason than that something is not known. */
export function checkPaysForUnknown(
  { document, faults, actions }: Reading,
  ignorant: Leaf | null,
  then: readonly Intent[],
  path: Path,
): void {
  const punishing = actionsIn(then, []).find(
    ({ action, params }) => actions.get(action)?.worst(atMost(params)).toward === 'restricts',
  )
  if (!ignorant || !punishing) return
  const message = `${punishing.action} restricts, but "${ignorant.text}" can be true only because something is not known`
  const hint = 'nobody pays for an outage: use relief, log or notify here, or ask for something that is known'
  faults.push(document.fault(path, message, { hint }))
}

/** A list as data, whatever the layout of its conditions. */
export function withoutPlaces(then: readonly Intent[]): unknown[] {
  return then.map((intent) => {
    if ('action' in intent) return intent
    if ('draw' in intent) return { draw: intent.draw.map((one) => ({ ...one, then: withoutPlaces(one.then) })) }
    return { if: withoutText(intent.if), then: withoutPlaces(intent.then), else: withoutPlaces(intent.else) }
  })
}
