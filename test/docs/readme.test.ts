// What the first page shows is what the program says and what the examples are.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demanding } from '../../scripts/engines.ts'
import { texts, withTexts } from '../../scripts/pictures.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const page = read('README.md')
const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[\w-]+)?\)/g)].map(([, link = '']) => link)

test('its blocks from the program are what the program says; "npm run pictures" writes them', async () => {
  expect(page.match(/<!-- from the program: \w+ -->/g)).toHaveLength(3)
  expect(withTexts(page, await texts())).toBe(page)
})

test('its rule is the one of the examples, switched on', () => {
  const [, shown = ''] = /```yaml\nrules:\n([\s\S]*?)```/.exec(page) ?? []
  const example = read('rules/presence.yaml').replaceAll('    enabled: false\n', '')
  expect(shown).not.toBe('')
  expect(example).toContain(shown)
})

describe('its pictures', () => {
  const pictures = [...page.matchAll(/<img src="([^"]+)" width="\d+" alt="([^"]+)">/g)]

  test('are those that there are, each with words for who does not see it', () => {
    expect(pictures.map(([, file = '']) => file).sort()).toEqual(
      readdirSync(join(root, 'docs/pictures')).map((name) => `docs/pictures/${name}`),
    )
  })

  test.each(pictures.map(([, file = '']) => file))('%s is of a phone, and not large', (file) => {
    const bytes = readFileSync(join(root, file))
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([780, 1688])
    expect(statSync(join(root, file)).size).toBeLessThan(300_000)
  })
})

test('its links lead to files that are there', () => {
  for (const link of links) expect(() => statSync(join(root, link))).not.toThrow()
})

test('its list of the books has each page once', () => {
  const list = page.slice(page.indexOf('## The books'))
  const listed = [...list.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
  expect(listed).toHaveLength(new Set(listed).size)
  const books = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  expect(listed.filter((link) => link.startsWith('docs/')).sort()).toEqual(books.map((name) => `docs/${name}`).sort())
})

test('its container is made as the book of operating makes it', () => {
  const recipe = (text: string) => /```sh\n(mkdir -m 700 -p data [\s\S]*?)```/.exec(text)?.[1] ?? ''
  expect(recipe(page)).not.toBe('')
  expect(recipe(page)).toBe(recipe(read('docs/operating.md')))
})

describe('with the oldest Node that it promises to do with', () => {
  const { devEngines } = JSON.parse(read('package.json'))

  test('npm warns of nothing; "node scripts/engines.ts" mends the lock file after a change of dependencies', () => {
    expect(demanding(JSON.parse(read('package-lock.json')))).toEqual([])
    expect(page).toContain('Node 20 or newer')
    expect(devEngines.runtime).toMatchObject({ name: 'node', version: '>=20' })
  })

  test.each([
    ['>=22', true],
    ['^22.17.0 || >=24.0.0', true],
    ['>=20', false],
    ['^20.19.0 || >=22.12.0', false],
    ['20 || >=22', false],
    ['>= 10.x', false],
    ['^18', true],
  ])('%s is more than that: %s', (node, is) => {
    expect(demanding({ packages: { 'node_modules/a': { engines: { node } } } })).toEqual(is ? ['node_modules/a'] : [])
  })
})
