// A trial: one household, one thing that goes wrong, and what must then be so.
import type { LedgerRow } from '../../src/core/model/row.ts'
import { House, type Setting } from './house.ts'
import { judge } from './judge.ts'
import type { Line } from './line.ts'

export interface Trial {
  readonly name: string
  readonly setting: Setting
  /** Where the ledger is lost on the way, there is nothing to hold the effects against. */
  readonly ledger?: 'lost'
  /** Does it, and answers what was not as it should be. */
  run(house: House, expect: Expect): Promise<void>
}

export interface Expect {
  /** Notes a fault unless this is so. */
  that(so: boolean, otherwise: string): void
  /** States of a rule's rows, in order. */
  states(rule: string, states: readonly LedgerRow['state'][]): void
  /** How often an effect of this call happened. */
  happened(call: string, times: number): void
  /** What the household's last daemon must have said. */
  said(words: RegExp): void
}

/** Runs a trial and judges the whole household at its end. */
export async function hold(scenario: string, { name, setting, ledger, run }: Trial): Promise<Line> {
  await using house = await House.open(setting)
  const faults: string[] = []
  const that: Expect['that'] = (so, otherwise) => {
    if (!so) faults.push(otherwise)
  }
  const expect: Expect = {
    that,
    states(rule, states) {
      const are = house.rows(rule).map(({ state }) => state)
      that(are.join() === states.join(), `${rule} should be ${states.join(', ')}; it is ${are.join(', ')}`)
    },
    happened(call, times) {
      const saw = house.effects().filter((effect) => effect.call === call).length
      that(saw === times, `${call} should have happened ${times} times; it did ${saw} times`)
    },
    said(words) {
      that(words.test(house.daemon?.said ?? ''), `it should have said ${words}; it said ${house.daemon?.said}`)
    },
  }
  try {
    await run(house, expect)
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  }
  const rows = ledger === 'lost' ? null : readable(house)
  const { wrong, happened, late } = judge(rows ?? [], rows ? house.effects() : [])
  const states = [...new Set((rows ?? []).map(({ state }) => state))].sort()
  return {
    scenario,
    call: [...new Set((rows ?? []).map(({ action }) => action))].join(', '),
    stroke: name,
    state: rows === null ? 'lost' : states.join(', '),
    sent: (rows ?? []).reduce((sum, { attempts }) => sum + attempts, 0),
    happened,
    late,
    wrong: [...faults, ...wrong],
  }
}

/** The ledger, or null where the trial has spoilt it for good. */
function readable(house: House): LedgerRow[] | null {
  try {
    return house.rows()
  } catch {
    return null
  }
}
