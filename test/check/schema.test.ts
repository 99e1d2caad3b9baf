import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { schemaNames, schemas } from '../../src/cli/schema.ts'
import { catalogueOf } from '../../src/core/language/catalogue.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import type { JsonSchema } from '../../src/core/language/jsonschema.ts'
import { localActions } from '../../src/core/language/ownactions.ts'
import { parseYaml } from '../../src/document/yaml.ts'
import { services } from '../../src/services/index.ts'
import { say, validatorOf } from './support.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')
const parsed = (text: string) => {
  const { document, faults } = parseYaml('f', text)
  if (!document) throw new Error(JSON.stringify(faults))
  return document.value
}
const actions = [...services.flatMap((service) => service.actions), ...localActions]

describe('the committed schemas', () => {
  test.each(schemaNames)('%s is what is generated; else: node scripts/schemas.ts', async (name) => {
    expect(JSON.parse(read('docs', 'schema', `${name}.schema.json`))).toEqual(schemas[name](services))
    const said = await say(['schema', name], root)
    expect(said).toMatchObject({ code: 0, err: [] })
    expect(JSON.parse(said.out.join('\n'))).toEqual(schemas[name](services))
  })

  test('another kind is refused with the known ones', async () => {
    const said = await say(['schema', 'rule'], root)
    expect(said.code).toBe(2)
    expect(said.err.join(' ')).toContain('config, rules, test')
  })
})

const takesRules = validatorOf('rules')
const rule = (more: object) => ({ rules: [{ id: 'a', when: 'lock.frozen is true', then: ['unfreeze'], ...more }] })

describe('what a rule file may hold', () => {
  const files = readdirSync(join(root, 'rules')).filter((name) => /\.yaml$/.test(name))

  test.each(files.filter((name) => !name.includes('.test.')))('the example %s', (name) => {
    expect(takesRules(parsed(read('rules', name)))).toBe(true)
  })

  test('the example config, and tests', () => {
    expect(validatorOf('config')(parsed(read('config.example.yaml')))).toBe(true)
    const takesTests = validatorOf('test')
    for (const name of files.filter((file) => file.includes('.test.'))) {
      expect([name, takesTests(parsed(read('rules', name)))]).toEqual([name, true])
    }
  })

  test.each([
    'lock.timeRemainingSeconds<1h',
    'tracker.lastFull is known',
    'rule.other.firedTimesToday > 1',
    'input.vacation is true',
    'input.check-in.agoSeconds > 1d',
    'streak.check-in >= 7',
    'input.check-in.pressedToday is false',
    'input.check-in.timesThisWeek >= 3',
    'tally.strikes >= 3',
    'lock.mood is good',
    'time.week between fri 18:00 and sun 22:00',
    ['lock.frozen is true', { any: ['lock.active is true', { not: 'lock.trusted is true' }] }],
    { fact: 'lock.timeRemainingSeconds', operator: 'lessThan', value: { fact: 'lock.maxTimeRemainingSeconds' } },
    { fact: 'time.weekday', operator: 'in', value: ['sat', 'sun'] },
    { fact: 'lock.frozen', operator: 'isKnown' },
  ])('the condition %j', (when) => {
    expect(takesRules(rule({ when }))).toBe(true)
  })

  test.each([
    'frozen is true',
    'lock.frozen > true',
    'lock.frozen becomess true',
    { all: ['lock.frozen is true'], any: ['lock.frozen is true'] },
    { not: [] },
    { fact: 'lock.frozen', operator: 'equal', value: true, priority: 1 },
    { fact: 'weather', operator: 'equal', value: true },
    null,
    7,
  ])('not the condition %j', (when) => {
    expect(takesRules(rule({ when }))).toBe(false)
  })

  test.each([
    [{ add_time: '1h' }],
    [{ add_time: { between: ['10m', '1h'] } }],
    [{ add_time: { steps: ['15m', 3600], by: 'tally.strikes' } }],
    [{ freeze: { until: '07:00' } }],
    [{ unfreeze: null }],
    ['pillory.end', 'task.complete', 'tracker.session.start'],
    [{ 'settings.patch': { params: { a: [1, { b: null }] } } }],
    [{ draw: [{ weight: 2, then: ['unfreeze'] }, { then: [] }] }],
    [{ 'tally.add': 'strikes' }, { 'tally.reset': { name: 'strikes' } }],
  ])('the actions %j', (...then) => {
    expect(takesRules(rule({ then }))).toBe(true)
    const tallies = { strikes: {} }
    const text = JSON.stringify({ tallies, ...rule({ then }) })
    expect(compileRules([{ file: 'f', text }], { services, zone: 'UTC' }).faults).toEqual([])
  })

  test('a rule needs moments or a condition', () => {
    const then = ['unfreeze']
    expect(takesRules({ rules: [{ id: 'a', then }] })).toBe(false)
    expect(takesRules({ rules: [{ id: 'a', at: '09:00', then }] })).toBe(true)
    expect(takesRules({ rules: [{ id: 'a', at: '09:00', when: 'lock.frozen is true', then }] })).toBe(true)
  })
})

describe('the help in the schemas', () => {
  const whole = schemas.rules(services)
  const text = JSON.stringify(whole)

  test('each fact and action has its line', () => {
    for (const { help } of [...catalogueOf(services).values(), ...actions]) expect(text).toContain(JSON.stringify(help))
  })

  test('and so has each key people write', () => {
    const bare: string[] = []
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return
      const { properties } = schema as { properties?: Record<string, JsonSchema> }
      for (const [key, value] of Object.entries(properties ?? {})) {
        if (value.description === undefined && value.$ref === undefined) bare.push(`${path}.${key}`)
      }
      for (const [key, value] of Object.entries(schema)) walk(value, `${path}.${key}`)
    }
    for (const name of schemaNames) walk(schemas[name](services), name)
    expect(bare.filter((path) => !path.startsWith('rules.definitions.rule.anyOf.'))).toEqual([])
  })
})
