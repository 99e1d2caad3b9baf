import { afterAll, describe, expect, it } from 'vitest'
import { benches } from '../../bench/benches.ts'
import { type Figure, isReached, spreadOf } from '../../bench/figure.ts'
import { clearBuilt } from '../../bench/package.ts'
import { mustAgree } from '../../bench/steps.ts'
import { tableOf } from '../../bench/table.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import { Verdicts } from '../../src/core/model/verdicts.ts'

describe('the benches', () => {
  afterAll(clearBuilt)

  for (const [name, bench] of Object.entries(benches)) {
    it(`${name} runs in its smallest form, and finds equal what is to be equal`, async () => {
      const { figures, growth } = await bench('smallest')
      expect(figures.length > 0 || growth !== undefined).toBe(true)
      for (const { ours, base, compared } of figures) {
        for (const figure of [...ours, ...base, ...compared]) expect(Number.isFinite(figure)).toBe(true)
      }
    })
  }

  it('do not go on where a verdict is another than that of the engine', () => {
    const verdicts = new Verdicts([{ when: { truth: true, all: [] }, onlyIf: null }], new Map([['a', 0]]))
    const passing = { ...nothingSeen, verdicts }
    expect(() => mustAgree(passing, new Map([['a', true]]))).not.toThrow()
    expect(() => mustAgree(passing, new Map([['a', false]]))).toThrow('rule a is true, but the engine says false')
    expect(() => mustAgree(passing, new Map([['b', false]]))).toThrow('rule b is undefined')
  })
})

describe('the table', () => {
  const figure: Figure = {
    what: 'it',
    unit: 'ms',
    ours: [3, 1, 2],
    baseline: 'other',
    base: [30, 20, 25],
    compared: [10, 20, 12.5],
    comparedUnit: 'times faster',
    wanted: { of: 'median', atLeast: 12.5 },
  }

  it('tells least, middle and greatest, and whether what was wanted is there', () => {
    const [, , line] = tableOf([figure]).split('\n')
    expect(line).toBe(
      '| it | 1 / 2 / 3 ms | 20 / 25 / 30 ms, other | **10 / 12.5 / 20** times faster | ≥ 12.5 times faster | yes |',
    )
  })

  it('says so where it is not', () => {
    expect(isReached({ ...figure, wanted: { of: 'median', atLeast: 13 } })).toBe(false)
    expect(isReached({ ...figure, wanted: { of: 'max', atMost: 19 } })).toBe(false)
    expect(isReached({ ...figure, wanted: { of: 'max', atMost: 20 } })).toBe(true)
  })

  it('takes the middle of two', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 })
  })
})
