// What people get wrong: each file of `corpus` begins with the lines it is to be answered with.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { compileRules } from '../../src/core/language/compile.ts'
import { type Fault, Faulty, faultLine, inReadingOrder } from '../../src/document/fault.ts'
import { parseYaml } from '../../src/document/yaml.ts'
import { services } from '../../src/services/index.ts'
import { checkWith, validatorOf } from './support.ts'

const folder = join(import.meta.dirname, 'corpus')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .sort()
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')
const setOf = (name: string) => name.split('/')[0] ?? ''

interface Expected {
  place: string
  words: string
}

function expectedIn(text: string): Expected[] {
  return [...text.matchAll(/^# expect (\d+:\d+) (.+)$/gm)].map(([, place = '', words = '']) => ({ place, words }))
}

async function faultsOf(name: string): Promise<readonly Fault[]> {
  if (setOf(name) !== 'config') {
    return compileRules([{ file: name, text: textOf(name) }], { services, zone: 'Europe/Berlin' }).faults
  }
  try {
    await loadConfig(join(folder, name), {})
    return []
  } catch (error) {
    if (error instanceof Faulty) return inReadingOrder(error.faults)
    throw error
  }
}

test('there is enough of it', () => {
  expect(files.length).toBeGreaterThanOrEqual(90)
})

describe('the corpus', () => {
  test.each(files)('%s', async (name) => {
    const expected = expectedIn(textOf(name))
    expect(expected.length).toBeGreaterThan(0)
    const faults = await faultsOf(name)
    expect(faults.map(({ place }) => `${place.line}:${place.column}`)).toEqual(expected.map(({ place }) => place))
    for (const [i, fault] of faults.entries()) {
      const line = faultLine(fault)
      expect(line).toContain(expected[i]?.words.replace(/^lint: /, '') ?? '')
      expect(line).not.toMatch(/\n|\bat .*\.ts:|undefined|\[object|Expected|Invalid input/)
      expect(fault.severity).toBe(setOf(name) === 'lints' ? 'lint' : 'fault')
    }
  })
})

const takes = { rules: validatorOf('rules'), config: validatorOf('config') }

function accepts(what: keyof typeof takes, text: string): boolean {
  const { document } = parseYaml('f', text)
  if (!document) throw new Error('this is no YAML')
  return takes[what](document.value)
}

describe('the JSON Schema agrees', () => {
  test.each(files.filter((name) => setOf(name) === 'structure'))('and refuses %s', (name) => {
    expect(accepts('rules', textOf(name))).toBe(false)
  })

  test.each(files.filter((name) => setOf(name) === 'lints'))('and takes %s', (name) => {
    expect(accepts('rules', textOf(name))).toBe(true)
  })

  test.each(files.filter((name) => setOf(name) === 'config' && parseYaml(name, textOf(name)).document))(
    'about %s, but for what needs knowledge of the world',
    (name) => {
      const beyond = ['config/locks-empty.yaml', 'config/timezone-city.yaml']
      expect(accepts('config', textOf(name))).toBe(beyond.includes(name))
    },
  )
})

describe('the command', () => {
  const rules = files.filter((name) => setOf(name) !== 'config')

  test('all faults of all files at once, in reading order, and exit code 1', async () => {
    const said = await checkWith(['structure', 'yaml'], folder)
    expect(said.code).toBe(1)
    for (const name of files.filter((file) => /^(?:structure|yaml)\//.test(file))) {
      // Ids are used over and over here; that is told beside what is wrong.
      const places = said.out.filter((line) => line.startsWith(`${name}:`) && !line.includes('already used'))
      const expected = expectedIn(textOf(name)).map(({ place }) => `${name}:${place}:`)
      expect(places.map((line) => line.split(' ')[0])).toEqual(expected)
    }
    for (const line of said.out.slice(0, -1)) expect(line).toMatch(/^\S+\.yaml:\d+:\d+: \S/)
    expect(said.out.at(-1)).toMatch(/^\d+ faults$/)
  })

  test.each(rules.filter((_, i) => i % 12 === 0))('%s by itself', async (name) => {
    const said = await checkWith([name], folder)
    const expected = expectedIn(textOf(name))
    const lints = setOf(name) === 'lints'
    expect(said.code).toBe(lints ? 0 : 1)
    expect(said.out).toHaveLength(expected.length + 1)
    expect(said.out.join('\n')).not.toMatch(/^ {4}at /m)
  })
})
