import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge as judgeAll } from '../../src/core/judging/judge.ts'
import { operators as everyOperator, operatorNamed } from '../../src/core/language/operators.ts'
import { type Fact, type Facts, type FactType, fixed, running, type Truth, unknown } from '../../src/core/model/fact.ts'
import {
  type Catalogue,
  type Condition,
  type Leaf,
  leavesOf,
  noRules,
  type Rule,
  type RuleSet,
} from '../../src/core/model/rule.ts'
import { comesTo, ruleSchema } from '../../src/core/model/rulekeys.ts'
import type { Trace } from '../../src/core/model/verdicts.ts'

const now = Date.UTC(2026, 1, 28, 12)
const types: FactType[] = [
  'boolean',
  'number',
  'seconds',
  'text',
  'texts',
  'instant',
  'clock',
  'weekday',
  'week',
  'date',
]
const names = types.flatMap((type) => [`${type}.a`, `${type}.b`])
const typeOf = (name: string) => name.split('.')[0] as FactType
const catalogue: Catalogue = new Map(
  names.map((name) => [name, { name, type: typeOf(name), source: 'test', help: '' }] as const),
)

/** What lasts; changes are judged against what was remembered and tested with firing. */
const operators = everyOperator.filter(({ onChange }) => !onChange)

/** The trace of each rule's `when`. */
async function judge(rules: RuleSet, facts: Facts, moment: number): Promise<ReadonlyMap<string, Trace | undefined>> {
  const verdicts = await judgeAll(rules, facts, moment, () => null)
  return new Map([...verdicts].map(([id, { when }]) => [id, when ?? undefined]))
}

function rulesOf(conditions: readonly Condition[]): RuleSet {
  const rules = conditions.map(
    (when, i): Rule => ({
      ...comesTo(ruleSchema.parse({ id: `rule-${i}`, then: ['unfreeze'] })),
      changes: new Map(),
      onlyIf: null,
      longest: 0,
      file: 'test.yaml',
      line: i + 1,
      when,
      digest: '',
      needsNoReading: false,
      reads: [],
      uses: new Set(),
      then: [],
      otherwise: [],
      thenDigest: '',
      lint: (_, message) => ({ place: { file: 'test.yaml', line: i + 1, column: 1 }, message, severity: 'lint' }),
    }),
  )
  const leaves = conditions.flatMap(leavesOf)
  return {
    ...noRules,
    rules,
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    catalogue,
    uses: new Set(leaves.flatMap(({ fact, than }) => ('factName' in than ? [fact, than.factName] : [fact]))),
  }
}

function leaf(fact: string, operator: string, value: Leaf['than'] | { value: unknown }): Leaf {
  return { fact, type: typeOf(fact), operator, than: value as Leaf['than'], text: `${fact} ${operator}` }
}

async function truthOf(condition: Condition, facts: Facts): Promise<Truth | undefined> {
  return (await judge(rulesOf([condition]), facts, now)).get('rule-0')?.truth
}

describe('one leaf', () => {
  const facts: Facts = new Map([
    ['boolean.a', fixed(true, now)],
    ['number.a', fixed(5, now)],
    ['number.b', fixed(7, now)],
    ['seconds.a', running(3600, -1, now - 10_500)],
    ['seconds.b', running(100, 1, now - 10_500)],
    ['text.a', fixed('wearer', now)],
    ['texts.a', fixed(['read', 'write'], now)],
    ['clock.a', fixed(81_000, now)],
    ['weekday.a', fixed(7, now)],
    ['week.a', fixed(4 * 86_400 + 64_800, now)],
    ['date.a', fixed('2026-02-28', now)],
    ['text.b', unknown('stale', now)],
  ])

  test.each([
    ['boolean.a', 'equal', true, true],
    ['boolean.a', 'notEqual', true, false],
    ['number.a', 'equal', 5, true],
    ['number.a', 'lessThan', 5, false],
    ['number.a', 'lessThanInclusive', 5, true],
    ['number.a', 'greaterThan', 5, false],
    ['number.a', 'greaterThanInclusive', 5, true],
    ['number.a', 'between', [5, 5], true],
    ['number.a', 'between', [6, 9], false],
    ['number.a', 'between', [9, 1], false],
    ['number.a', 'in', [1, 5], true],
    ['number.a', 'notIn', [1, 5], false],
    // Texts and numbers are never compared with each other.
    ['number.a', 'equal', '5', null],
    ['number.a', 'notEqual', '5', null],
    ['number.a', 'lessThan', '9', null],
    ['text.a', 'equal', 'wearer', true],
    ['text.a', 'contains', 'ear', true],
    ['text.a', 'doesNotContain', 'ear', false],
    ['texts.a', 'contains', 'write', true],
    ['texts.a', 'contains', 'writ', false],
    ['texts.a', 'doesNotContain', 'admin', true],
    // A running count, in whole seconds.
    ['seconds.a', 'equal', 3590, true],
    ['seconds.b', 'equal', 110, true],
    // Ranges that go round; clock and week ranges end before their end.
    ['clock.a', 'between', [79_200, 21_600], true],
    ['clock.a', 'between', [81_000, 82_000], true],
    ['clock.a', 'between', [80_000, 81_000], false],
    ['clock.a', 'between', [21_600, 79_200], false],
    ['weekday.a', 'between', [6, 7], true],
    ['weekday.a', 'between', [5, 1], true],
    ['weekday.a', 'between', [1, 5], false],
    ['week.a', 'between', [4 * 86_400 + 64_800, 6 * 86_400], true],
    ['week.a', 'between', [6 * 86_400, 4 * 86_400 + 64_800], false],
    ['week.a', 'between', [4 * 86_400, 86_400], true],
    ['date.a', 'lessThan', '2026-03-01', true],
    ['date.a', 'between', ['2026-02-28', '2026-02-28'], true],
    // Unknown.
    ['text.b', 'equal', 'x', null],
    ['text.b', 'notEqual', 'x', null],
    ['text.b', 'in', ['x'], null],
    ['text.b', 'notIn', ['x'], null],
    ['text.b', 'contains', 'x', null],
    ['text.b', 'doesNotContain', 'x', null],
    ['text.b', 'isKnown', null, false],
    ['text.b', 'isUnknown', null, true],
    ['text.a', 'isKnown', null, true],
    ['text.a', 'isUnknown', null, false],
  ] as const)('%s %s %j is %s', async (fact, operator, value, truth) => {
    expect(await truthOf(leaf(fact, operator, { value }), facts)).toBe(truth)
    expect(await truthOf({ not: leaf(fact, operator, { value }) }, facts)).toBe(truth === null ? null : !truth)
    expect(await truthOf({ all: [leaf(fact, operator, { value })] }, facts)).toBe(truth)
    expect(await truthOf({ any: [leaf(fact, operator, { value })] }, facts)).toBe(truth)
  })

  test('facts are compared with facts, and an unknown one on either side makes unknown', async () => {
    expect(await truthOf(leaf('number.a', 'lessThan', { factName: 'number.b' }), facts)).toBe(true)
    expect(await truthOf(leaf('number.b', 'lessThan', { factName: 'number.a' }), facts)).toBe(false)
    expect(await truthOf(leaf('text.a', 'notEqual', { factName: 'text.b' }), facts)).toBe(null)
    expect(await truthOf(leaf('text.b', 'notEqual', { factName: 'text.a' }), facts)).toBe(null)
    expect(await truthOf(leaf('text.b', 'equal', { factName: 'text.b' }), facts)).toBe(null)
    expect(await truthOf(leaf('number.a', 'equal', { factName: 'number.a' }), facts)).toBe(true)
  })

  test('null is no number: neither 0 nor less than anything', async () => {
    const nothing: Facts = new Map([['number.a', fixed(null, now)]])
    for (const operator of ['lessThan', 'lessThanInclusive', 'greaterThanInclusive', 'equal', 'notEqual']) {
      expect(await truthOf(leaf('number.a', operator, { value: 0 }), nothing), operator).toBe(null)
    }
  })
})

describe('groups', () => {
  const of: Record<string, Condition> = {
    true: leaf('boolean.a', 'equal', { value: true }),
    false: leaf('boolean.a', 'equal', { value: false }),
    unknown: leaf('boolean.b', 'equal', { value: true }),
  }
  const facts: Facts = new Map([['boolean.a', fixed(true, now)]])
  const members = (said: string) => said.split(' ').flatMap((word) => of[word] ?? [])

  test.each([
    ['true', true, true],
    ['false', false, false],
    ['unknown', null, null],
    ['true true', true, true],
    ['true false', false, true],
    ['true unknown', null, true],
    ['unknown true', null, true],
    ['false unknown', false, null],
    ['unknown false', false, null],
    ['unknown unknown', null, null],
    ['unknown true false', false, true],
    ['true unknown true', null, true],
    ['false unknown false', false, null],
  ])('%s: all is %s, any is %s', async (said, all, any) => {
    const not = (truth: Truth) => (truth === null ? null : !truth)
    expect(await truthOf({ all: members(said) }, facts)).toBe(all)
    expect(await truthOf({ any: members(said) }, facts)).toBe(any)
    expect(await truthOf({ not: { all: members(said) } }, facts)).toBe(not(all))
    expect(await truthOf({ not: { any: members(said) } }, facts)).toBe(not(any))
    expect(await truthOf({ all: [{ not: { not: { any: members(said) } } }] }, facts)).toBe(any)
  })
})

// What follows says the language over again, as plainly as can be: the judge must agree with it.

/** What is only being read again is neither known nor unknown. */
type Known = { value: unknown } | 'being read' | null

function plainLeaf({ operator, type, fact, than }: Leaf, value: (name: string) => Known): Truth {
  const saw = value(fact)
  if (operator === 'isKnown') return saw === 'being read' ? null : saw !== null
  if (operator === 'isUnknown') return saw === 'being read' ? null : saw === null
  const right: Known = 'factName' in than ? value(than.factName) : { value: than.value }
  if (saw === null || saw === 'being read' || right === null || right === 'being read') return null
  const [a, b] = [saw.value as never, right.value as never] as [number, number]
  const list = right.value as number[]
  const text = a as unknown as string | string[]
  switch (operator) {
    case 'equal':
      return a === b
    case 'notEqual':
      return a !== b
    case 'lessThan':
      return a < b
    case 'lessThanInclusive':
      return a < b || a === b
    case 'greaterThan':
      return b < a
    case 'greaterThanInclusive':
      return b < a || a === b
    case 'in':
      return list.some((one) => one === a)
    case 'notIn':
      return list.every((one) => one !== a)
    case 'contains':
      return text.includes(b as unknown as string)
    case 'doesNotContain':
      return !text.includes(b as unknown as string)
    case 'between': {
      const [from = 0, to = 0] = list
      const round = from > to
      if (type === 'clock' || type === 'week') return round ? !(to <= a && a < from) : from <= a && a < to
      if (type === 'weekday' && round) return !(to < a && a < from)
      return from <= a && a <= to
    }
    default:
      throw new Error(operator)
  }
}

function plain(condition: Condition, value: (name: string) => Known): Truth {
  if ('not' in condition) {
    const inner = plain(condition.not, value)
    return inner === null ? null : !inner
  }
  if ('all' in condition || 'any' in condition) {
    const [members, decisive] = 'all' in condition ? [condition.all, false] : [condition.any, true]
    const truths = members.map((member) => plain(member, value))
    if (truths.includes(decisive)) return decisive
    return truths.includes(null) ? null : !decisive
  }
  return plainLeaf(condition, value)
}

/** Few values of each type, so that they often meet. */
const valuesOf: Record<FactType, fc.Arbitrary<boolean | number | string | string[]>> = {
  boolean: fc.boolean(),
  number: fc.constantFrom(-1, 0, 0.5, 1, 10),
  seconds: fc.constantFrom(0, 1, 60, 3600),
  text: fc.constantFrom('', '9', '10', 'ab', 'b'),
  texts: fc.uniqueArray(fc.constantFrom('ab', 'b', '9'), { maxLength: 3 }),
  instant: fc.constantFrom(0, now, now + 1),
  clock: fc.constantFrom(0, 3600, 43_200, 86_399),
  weekday: fc.integer({ min: 1, max: 7 }),
  week: fc.constantFrom(0, 86_400, 345_600, 604_799),
  date: fc.constantFrom('2026-02-28', '2026-03-01', '2025-12-31'),
}

const oneOfType = (type: FactType) => (type === 'texts' ? fc.constantFrom('ab', 'b', '9') : valuesOf[type])

const anyLeaf: fc.Arbitrary<Leaf> = fc.constantFrom(...names).chain((fact) => {
  const type = typeOf(fact)
  const fitting = operators.filter((operator) => operator.types.includes(type))
  return fc.constantFrom(...fitting).chain((operator) => {
    const other = { factName: `${type}.${fact.endsWith('a') ? 'b' : 'a'}` }
    const than: fc.Arbitrary<unknown> =
      operator.takes === 'nothing'
        ? fc.constant({ value: null })
        : operator.takes === 'one'
          ? type === 'texts'
            ? oneOfType(type).map((value) => ({ value }))
            : fc.oneof(
                oneOfType(type).map((value) => ({ value })),
                fc.constant(other),
              )
          : fc
              .array(oneOfType(type), { minLength: operator.takes === 'range' ? 2 : 1, maxLength: 2 })
              .map((value) => ({ value }))
    return than.map((right) => leaf(fact, operator.name, right as Leaf['than']))
  })
})

const conditionOf = (depth: number): fc.Arbitrary<Condition> => {
  if (depth === 0) return anyLeaf
  const inner = conditionOf(depth - 1)
  const members = fc.array(inner, { minLength: 1, maxLength: 5 })
  return fc.oneof(
    { weight: 2, arbitrary: anyLeaf },
    { weight: 2, arbitrary: members.map((all) => ({ all })) },
    { weight: 2, arbitrary: members.map((any) => ({ any })) },
    { weight: 1, arbitrary: inner.map((not) => ({ not })) },
  )
}
/** Up to four levels, the outermost a group. */
const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.array(conditionOf(3), { minLength: 1, maxLength: 5 }).map((all) => ({ all })),
  fc.array(conditionOf(3), { minLength: 1, maxLength: 5 }).map((any) => ({ any })),
  conditionOf(3).map((not) => ({ not })),
  anyLeaf,
)

const anyFact = (type: FactType): fc.Arbitrary<Fact | null> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('null', 'stale', 'fenced').map((why) => unknown(why as 'null', now)) },
    { weight: 4, arbitrary: valuesOf[type].map((value) => fixed(value, now)) },
  )
/** Facts of every name, some unknown, some not there at all. */
const anyFacts: fc.Arbitrary<Map<string, Fact>> = fc
  .tuple(...names.map((name) => anyFact(typeOf(name)).map((fact) => [name, fact] as const)))
  .map((pairs) => new Map(pairs.flatMap(([name, fact]) => (fact ? [[name, fact] as const] : []))))

const lookIn =
  (facts: Facts) =>
  (name: string): Known => {
    const fact = facts.get(name)
    if (fact?.known) return { value: fact.value }
    return fact?.why === 'fenced' ? 'being read' : null
  }

const notations = (trace: Trace | undefined): unknown => {
  if (!trace) return undefined
  const { truth } = trace
  if ('all' in trace) return { truth, all: trace.all.map(notations) }
  if ('any' in trace) return { truth, any: trace.any.map(notations) }
  if ('not' in trace) return { truth, not: notations(trace.not) }
  return { truth, leaf: trace.leaf, saw: trace.saw }
}

/** The whole trace as it must be: each group's truth, each leaf with what it saw. */
function plainTrace(condition: Condition, facts: Facts): unknown {
  const truth = plain(condition, lookIn(facts))
  if ('all' in condition) return { truth, all: condition.all.map((member) => plainTrace(member, facts)) }
  if ('any' in condition) return { truth, any: condition.any.map((member) => plainTrace(member, facts)) }
  if ('not' in condition) return { truth, not: plainTrace(condition.not, facts) }
  const fact = facts.get(condition.fact)
  const saw = fact?.known ? { known: true, value: fact.value } : { known: false, why: fact ? fact.why : 'unread' }
  return { truth, leaf: condition, saw }
}

describe('against a plain evaluator', () => {
  test('verdict and trace of any condition over any facts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCondition, { minLength: 1, maxLength: 4 }), anyFacts, async (conditions, facts) => {
        const traces = await judge(rulesOf(conditions), facts, now)
        expect(traces.size).toBe(conditions.length)
        conditions.forEach((condition, i) => {
          expect(notations(traces.get(`rule-${i}`))).toEqual(plainTrace(condition, facts))
        })
      }),
      { numRuns: 300 },
    )
  })

  test('with every fact unknown only "is unknown" is true, and only "is known" is false', async () => {
    await fc.assert(
      fc.asyncProperty(anyLeaf, async (one) => {
        const expected = one.operator === 'isUnknown' ? true : one.operator === 'isKnown' ? false : null
        expect(await truthOf(one, new Map())).toBe(expected)
        expect(await truthOf({ not: one }, new Map())).toBe(expected === null ? null : !expected)
      }),
    )
  })

  test('taking a fact away never turns a verdict round, unless something asks whether it is known', async () => {
    const plainOnly = anyCondition.filter((condition) =>
      leavesOf(condition).every(({ operator }) => !/nown$/.test(operator)),
    )
    await fc.assert(
      fc.asyncProperty(plainOnly, anyFacts, fc.constantFrom(...names), async (condition, facts, gone) => {
        const before = await truthOf(condition, facts)
        const after = await truthOf(condition, new Map([...facts].filter(([name]) => name !== gone)))
        expect(after === null || after === before).toBe(true)
      }),
    )
  })

  test('operators are total: no value of any kind makes one throw', () => {
    const saw = fc.oneof(
      fc.constant({ known: false as const, why: 'stale' as const }),
      fc
        .oneof(fc.boolean(), fc.double(), fc.string(), fc.array(fc.string()), fc.constant(null as unknown as number))
        .map((value) => ({ known: true as const, value })),
    )
    fc.assert(
      fc.property(fc.constantFrom(...operators), saw, saw, fc.constantFrom(...types), (operator, left, right, type) => {
        const truth = operator.test(left, right, type, null)
        expect([true, false, null]).toContain(truth)
        if (operator.takes !== 'nothing' && !(left.known && right.known)) expect(truth).toBe(null)
      }),
    )
    expect(operatorNamed('lessThan')?.words).toBe('<')
    expect(operatorNamed('constructor')).toBeUndefined()
  })
})

describe('many rules', () => {
  const facts = (n: number): Facts => new Map([['number.a', fixed(n, now)]])
  const above = (count: number) =>
    Array.from({ length: count }, (_, i): Condition => ({ all: [leaf('number.a', 'greaterThan', { value: i })] }))

  test('200 rules at once, each with its own answer, in the order of the rules', async () => {
    const traces = await judge(rulesOf(above(200)), facts(100), now)
    expect(traces.size).toBe(200)
    expect([...traces.values()].filter((trace) => trace?.truth === true)).toHaveLength(100)
    for (let i = 0; i < 200; i++) expect(traces.get(`rule-${i}`)?.truth, `rule-${i}`).toBe(i < 100)
  })

  test('no rules, no verdicts', async () => {
    expect((await judge(rulesOf([]), facts(1), now)).size).toBe(0)
  })

  test('judgements of one rule set over different facts at the same time do not mix', async () => {
    const rules = rulesOf(above(200))
    const sizes = Array.from({ length: 12 }, (_, i) => i * 17)
    const all = await Promise.all(sizes.map((size) => judge(rules, facts(size), now)))
    all.forEach((traces, i) => {
      const size = sizes[i] ?? 0
      for (let n = 0; n < 200; n++) {
        const trace = traces.get(`rule-${n}`)
        expect(trace?.truth, `rule-${n} with ${size}`).toBe(n < size)
        expect(trace && 'all' in trace && trace.all[0]).toMatchObject({ saw: { known: true, value: size } })
      }
    })
    const again = await judge(rules, facts(3), now)
    expect([...again.values()].filter((trace) => trace?.truth === true)).toHaveLength(3)
  })

  test('conditions and facts are left as they were', async () => {
    await fc.assert(
      fc.asyncProperty(anyCondition, anyFacts, async (condition, given) => {
        const before = JSON.stringify([condition, [...given]])
        await judge(rulesOf([condition]), given, now)
        expect(JSON.stringify([condition, [...given]])).toBe(before)
      }),
      { numRuns: 30 },
    )
  })
})
