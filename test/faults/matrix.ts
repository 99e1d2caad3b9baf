// Every stroke at every kind of call, one after the other on one household a call.
import type { LedgerRow } from '../../src/core/model/row.ts'
import type { Call } from './calls.ts'
import { House, idle, ruleFile } from './house.ts'
import { judge } from './judge.ts'
import type { Line } from './line.ts'
import type { Stroke } from './strokes.ts'

/** A call struck once, and perhaps the readings that could tell of it as well. */
export interface Blow {
  readonly call: Call
  readonly stroke: Stroke | null
  /** A stroke at the reading: before the call leaves, or as soon as it has been struck. */
  readonly reading?: { stroke: Stroke; of: string; times: number; when: 'before' | 'after' }
}

interface Expected {
  readonly state: 'applied' | 'unsettled' | 'rejected'
  readonly sent: readonly number[]
  readonly happened: number
  readonly late: number
}

/** What the semantics promise. */
export function expectedOf({ call, stroke }: Blow): Expected {
  const applied = { state: 'applied', sent: [1], happened: 1, late: 0 } as const
  if (!stroke || stroke.answer === 'given') return applied
  if (stroke.answer === 'refused') return { state: 'rejected', sent: [1], happened: 0, late: 0 }
  if (stroke.answer === 'later') return { ...applied, sent: [2] }
  const lands = stroke.lands === 'at once' || stroke.lands === 'within the window'
  const late = stroke.lands === 'beyond the window' ? 1 : 0
  switch (call.telling) {
    case 'told':
      return lands ? applied : { ...applied, sent: [2], late: call.twiceAtMost ? 0 : late }
    case 'harmless':
      return { ...applied, sent: [2] }
    case 'said':
    case 'untold':
      return { state: 'unsettled', sent: [1], happened: lands ? 1 : 0, late }
  }
}

function nameOf({ stroke, reading }: Blow): string {
  const at = reading ? `${reading.stroke.name} × ${reading.times} at ${reading.of}` : ''
  if (!stroke) return at === '' ? 'none' : at
  return at === '' ? stroke.name : `${stroke.name}, ${reading?.when === 'after' ? 'then' : 'with'} ${at}`
}

/** Strikes these blows one after the other in one household. Rejects only where no daemon runs. */
export async function strike(blows: readonly Blow[], speed = 20): Promise<Line[]> {
  const rules = blows.map(({ call }, n) => ({ id: `blow-${n}`, then: [call.item(n)] }))
  await using house = await House.open({ rules: ruleFile(rules), speed })
  house.start()
  await house.readings(1)
  const begins: number[] = []
  const troubles: string[] = []
  for (const [n, blow] of blows.entries()) {
    await blow.call.prepare?.(house)
    begins.push(house.sandbox.applied.length)
    troubles.push(await strikeOne(house, `blow-${n}`, blow))
    house.sandbox.lock.patch({ lockTitle: idle })
    // The next one is to find an episode that has ended.
    await house.readings(1)
  }
  // What is done once too often is seen only by waiting for it.
  await house.readings(8)
  const rows = house.rows()
  return blows.map((blow, n) => {
    const own = rows.filter(({ rule }) => rule === `blow-${n}`)
    return lineOf(blow, own, house.effects(begins[n], begins[n + 1]), troubles[n] ?? '')
  })
}

async function strikeOne(house: House, rule: string, { call, stroke, reading }: Blow): Promise<string> {
  const { sandbox } = house
  const ofReading = reading && { ...reading.stroke.rule, call: reading.of, times: reading.times }
  const offs: (() => void)[] = []
  if (stroke) {
    const followedBy = ofReading && reading.when === 'after' ? { followedBy: ofReading } : {}
    offs.push(house.fault({ ...stroke.rule, call: call.call, times: 1, ...followedBy }))
  }
  if (ofReading && reading.when === 'before') offs.push(house.fault(ofReading))
  const from = sandbox.seen.length
  house.call(rule)
  try {
    await house.settled(rule, 1)
    const lost = sandbox.seen.slice(from).find(({ fault }) => fault === 'late')
    if (lost && stroke?.rule.delayMs !== undefined) {
      const lands = lost.at + stroke.rule.delayMs
      house.lands(lands, stroke.rule.delayMs)
      await house.moment(lands + 1000)
    }
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    for (const off of offs) off()
  }
}

function lineOf(blow: Blow, rows: readonly LedgerRow[], effects: ReturnType<House['effects']>, trouble: string): Line {
  const { wrong, late, happened } = judge(rows, effects)
  const state = rows.map((row) => row.state).join(' ') || 'no row'
  const sent = rows.reduce((sum, { attempts }) => sum + attempts, 0)
  const expected = expectedOf(blow)
  const asExpected =
    state === expected.state && expected.sent.includes(sent) && happened === expected.happened && late === expected.late
  const notes = rows.map(({ note }) => note).join('; ')
  const differs = `expected ${expected.state}, sent ${expected.sent.join(' or ')}, happened ${expected.happened} + ${expected.late} late; it is ${state}, sent ${sent}, happened ${happened} + ${late} late (${notes})`
  return {
    scenario: 'stroke',
    call: blow.call.name,
    stroke: nameOf(blow),
    state,
    sent,
    happened,
    late,
    wrong: [...(trouble === '' ? [] : [trouble]), ...wrong, ...(asExpected ? [] : [differs])],
  }
}
