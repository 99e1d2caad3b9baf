// What a keyholder may take for granted of every example.
import { expect, test } from 'vitest'
import { limitsOf } from '../../src/core/acting/limits.ts'
import { lint } from '../../src/core/language/lint.ts'
import { atMost } from '../../src/core/language/size.ts'
import { actionsOf, leavesOf, type Rule } from '../../src/core/model/rule.ts'
import { faultLine } from '../../src/document/fault.ts'
import { casesIn, compiled, ruleFiles, testFiles, zone } from './examples.ts'

const { rules: all, faults } = compiled(ruleFiles)
if (!all) throw new Error(faults.join('\n'))
const { rules, actions } = all
const effectsOf = (rule: Rule) =>
  actionsOf(rule).flatMap(({ action, params }) => actions.get(action)?.worst(atMost(params)) ?? [])
const restricts = (rule: Rule) => effectsOf(rule).some(({ toward }) => toward === 'restricts')
const ids = (some: readonly Rule[]) => some.map(({ id }) => id)

const fired = new Set(
  testFiles.flatMap((file) => casesIn(file, all).cases).flatMap(({ expected }) => expected.map(({ rule }) => rule)),
)

test('nothing in them is even odd', () => {
  const around = { limits: limitsOf([], zone), lacks: [], tested: fired, now: 0, zone }
  expect([...faults, ...lint(all, around).map(faultLine)]).toEqual([])
})

test('each file begins with one line about it, and each rule says what it is for', () => {
  for (const { text } of [...ruleFiles, ...testFiles]) expect(text).toMatch(/^# [A-Z].+[.]\n[a-z]/)
  expect(ids(rules.filter(({ description }) => description === ''))).toEqual([])
})

test('what restricts is off', () => {
  expect(ids(rules.filter((rule) => rule.enabled && restricts(rule)))).toEqual([])
})

test('what restricts pauses on vacation', () => {
  const asksForVacation = ({ onlyIf }: Rule) =>
    onlyIf !== null && leavesOf(onlyIf).some(({ text }) => text === 'input.vacation is false')
  expect(ids(rules.filter((rule) => restricts(rule) && !asksForVacation(rule)))).toEqual([])
})

test('what is on is allowed by the usual limits', () => {
  const { allow } = limitsOf([], zone)
  const wanted = rules.filter(({ enabled }) => enabled).flatMap(effectsOf)
  expect(wanted.filter((effect) => effect.allow !== '' && !allow.includes(effect.allow))).toEqual([])
})

test('each rule fires in some test', () => {
  expect(ids(rules.filter(({ id }) => !fired.has(id)))).toEqual([])
})
