// What the books show can be loaded as it stands; what they call wrong is wrong in the words they quote.
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { compileRules } from '../../src/core/language/compile.ts'
import { lint } from '../../src/core/language/lint.ts'
import { operators } from '../../src/core/language/operators.ts'
import { localActions } from '../../src/core/language/ownactions.ts'
import { filterNames } from '../../src/core/language/text.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { ruleKeys } from '../../src/core/model/rulekeys.ts'
import { silenceNames } from '../../src/core/model/silence.ts'
import { faultLine } from '../../src/document/fault.ts'
import { casesOf, readTestFile } from '../../src/replay/cases.ts'
import { testSchema } from '../../src/replay/schema.ts'
import { runCase } from '../../src/replay/verdict.ts'
import { services } from '../../src/services/index.ts'
import { load } from '../config/files.ts'

const zone = 'Europe/Berlin'
const root = resolve(import.meta.dirname, '../..')

/** A block of a book: its language, its text, and what stands in the block after it. */
interface Block {
  name: string
  text: string
  /** The next block where it is plain text: what a command says to this one. */
  said: string | null
}

function blocksOf(book: string): Block[] {
  const text = readFileSync(resolve(root, book), 'utf8')
  const found = [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```/gm)].map(
    ([all, indent = '', language, inner = ''], i, every) => ({
      line: text.slice(0, every[i]?.index ?? 0).split('\n').length,
      language,
      inner: inner.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      all,
    }),
  )
  return found.flatMap(({ line, language, inner }, i) => {
    if (language !== 'yaml') return []
    const next = found[i + 1]
    return { name: `${book}:${line}`, text: inner, said: next?.language === 'text' ? next.inner.trimEnd() : null }
  })
}

const books = [
  'docs/rules.md',
  'docs/devices.md',
  'docs/metrics.md',
  'docs/home-assistant.md',
  'docs/telling.md',
  'README.md',
]
const blocks = books.flatMap(blocksOf)
const isWrong = ({ text }: Block) => text.startsWith('# wrong\n')
const isPart = ({ text }: Block) => text.startsWith('# part of config.yaml\n')
/** What belongs into a file of another program. */
const isOthers = ({ text }: Block) => /^# (part of prometheus\.yml|an automation of Home Assistant)\n/.test(text)
const has = (key: string) => (block: Block) => new RegExp(`^${key}:`, 'm').test(block.text) && !isWrong(block)
const ruleBlocks = blocks.filter(
  (block) => has('rules')(block) || (!isWrong(block) && /^(inputs|tallies|values|budgets):/m.test(block.text)),
)
const testBlocks = blocks.filter(has('tests'))
const configBlocks = blocks.filter((block) => (has('version')(block) && !has('rules')(block)) || isPart(block))

/** The rules of a text with all that `check` says of them. */
function compiled(text: string): { rules: RuleSet | null; said: string[] } {
  const { rules, faults } = compileRules([{ file: 'hello.yaml', text }], { services, zone, longestList: 5 })
  const odd = rules ? lint(rules, { limits: null, lacks: [], tested: null, now: 0, zone }) : []
  return { rules, said: [...faults, ...odd].map(faultLine) }
}

test('every block of YAML is of one of the kinds that are checked', () => {
  const others = blocks.filter((block) => isWrong(block) || isOthers(block))
  const checked = new Set([...ruleBlocks, ...testBlocks, ...configBlocks, ...others])
  expect(blocks.filter((block) => !checked.has(block)).map(({ name }) => name)).toEqual([])
  expect(blocks.length).toBeGreaterThan(20)
})

test.each(ruleBlocks)('$name: rules without a fault', ({ text }) => {
  expect(compiled(text)).toMatchObject({ rules: expect.anything(), said: [] })
})

test.each(testBlocks)('$name: tests that can be read, and pass', async ({ text }) => {
  const { document, faults } = readTestFile('book.test.yaml', text)
  expect(faults).toEqual([])
  if (!document) throw new Error('no document')
  const wanted = /^ +rules: \[([\w, -]+)\]/m.exec(text)?.[1]?.split(', ') ?? []
  const tested = ruleBlocks.find((block) => wanted.every((id) => compiled(block.text).rules?.byId.has(id)))
  const { rules } = compiled(tested?.text ?? '')
  if (!rules) throw new Error(`no block has the rules ${wanted}`)
  const read = casesOf(document, { rules, services, zone })
  expect(read.faults.map(faultLine)).toEqual([])
  expect(read.cases.length).toBeGreaterThan(0)
  for (const one of read.cases) {
    expect((await runCase(one)).differences.map(({ compared }) => compared)).toEqual([])
  }
})

test.each(configBlocks)('$name: a config without a fault', async (block) => {
  const around = 'version: 1\nlocks:\n  main:\n    chastify: { token: a-token }\n'
  const text = isPart(block) ? around + block.text : block.text
  const variables = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, `token-${name}`])
  const files = [...text.matchAll(/(\w+_file): ([^\s,}]+)/g)].map(([, key = '', path = '']) => {
    const holdsAddress = /^(ntfy|discord|webhook|url)_file$/.test(key)
    return [path, holdsAddress ? `https://example.net/${path.length}` : `token-${path.length}`]
  })
  const config = await load(text, Object.fromEntries(variables), Object.fromEntries(files))
  expect(config.locks.length).toBeGreaterThan(0)
})

test.each(blocks.filter(isOthers))('$name: YAML for another program', ({ text }) => {
  expect(parse(text)).toBeTypeOf('object')
})

test.each(blocks.filter(isWrong))('$name: wrong, and told in the words that follow', ({ text, said }) => {
  expect(compiled(text).said.join('\n')).toBe(said)
})

describe('the book of rules', () => {
  const book = readFileSync(resolve(root, 'docs/rules.md'), 'utf8')
  const code = [...book.matchAll(/`([^`\n]+)`|```[\s\S]*?```/g)].map(([all]) => all).join('\n')
  const named = (name: string) => new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?![\\w.]*\\w)`).test(code)

  test.each([
    ['key of a test', Object.keys(testSchema.shape)],
    ['operator', operators.flatMap(({ words, name }) => [words, name])],
    ['action', [...services.flatMap(({ actions }) => actions), ...localActions].map(({ name }) => name)],
    ['filter', filterNames],
  ])('names every %s', (_, names) => {
    expect(names.filter((name) => !named(name) && !code.includes(`\`${name}`))).toEqual([])
  })

  /** What is named in the first column of the tables with such a head. */
  const firstColumn = (text: string, head: string) => {
    const tables = [...text.matchAll(new RegExp(`^\\| ${head} \\|.*\n\\|[-|]+\\|\n((?:\\|.*\n)+)`, 'gm'))]
    const cells = tables.flatMap(([, rows = '']) => [...rows.matchAll(/^\| ([^|]+) \|/gm)])
    return new Set(cells.flatMap(([, cell = '']) => [...cell.matchAll(/`([^`:]+)[^`]*`/g)].map(([, name]) => name)))
  }

  test('has every key of a rule in a table of keys, and no other', () => {
    const [aboutRules = ''] = book.split('## Testing a rule')
    expect(firstColumn(aboutRules, 'key')).toEqual(new Set(ruleKeys.map(({ name }) => name)))
  })

  test('says in which order a rule is asked for its keys', () => {
    const [, said = ''] = /They are asked in this order: ([^.]+)\./.exec(book) ?? []
    const asked = ruleKeys.filter(({ silences: own }) => own).map(({ name }) => name)
    expect([...said.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(asked)
  })

  test('explains every silence, and no other', () => {
    expect(firstColumn(book, 'it says')).toEqual(new Set(silenceNames))
  })

  test('names no fact that there is not', () => {
    const { rules } = compiled(
      'inputs: { vacation: { type: switch }, checkin: { type: button } }\ntallies: { strikes: {}, pages: {} }\nstreaks: { checkin: { of: input.checkin } }\n' +
        'rules: [{ id: away, when: lock.active is true, then: [unfreeze] }]\n',
    )
    const facts = [...book.matchAll(/`((?:lock|task|tracker|time|service|tally|input|rule)\.(?!yaml`)[\w.-]+)`/g)].map(
      ([, name = '']) => name,
    )
    const known = (name: string) =>
      rules?.catalogue.has(name) || rules?.actions.has(name) || name === 'tracker.game.link'
    expect(facts.filter((name) => !known(name))).toEqual([])
    expect(facts.length).toBeGreaterThan(30)
  })

  test('its contents lead somewhere', () => {
    const headings = [...book.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'))
    const links = [...book.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
    expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([])
  })

  test('lists every example there is', () => {
    const files = [...book.matchAll(/^\| `([\w-]+\.yaml)` \|/gm)].map(([, file]) => file)
    const there = readdirSync(resolve(root, 'rules'))
      .filter((file) => !file.endsWith('.test.yaml'))
      .sort()
    expect([...files].sort()).toEqual(there)
  })
})
