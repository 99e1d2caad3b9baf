// What browsers get of the pages, made from their sources as at the start of the program.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readPages } from '../../src/console/pages.ts'

const pages = await readPages()
const textOf = (path: string) => pages.get(path)?.body.toString() ?? ''

/** A script with those that it imports as it begins, and they theirs. */
function begunWith(path: string, known = new Set<string>()): Set<string> {
  if (known.has(path)) return known
  known.add(path)
  for (const [, name] of textOf(path).matchAll(/(?:import|from)\s*"\.(\/[^"]+)"/g)) begunWith(name ?? '', known)
  return known
}

test('they are a page, its picture, a style and few scripts; no source is among them', () => {
  const paths = [...pages.keys()]
  expect(paths).toEqual(expect.arrayContaining(['/', '/icon.svg', '/console.css', '/main.js']))
  expect(paths.filter((path) => !/^\/(?:[\w-]+\.(?:js|css|svg))?$/.test(path))).toEqual([])
  expect(paths.length).toBeLessThan(10)
})

test('the first view is small: what is for who writes rules is loaded when it is wanted', () => {
  const first = [...begunWith('/main.js')]
  const writing = [...pages.keys()].filter((path) => path.startsWith('/writing-'))
  expect(writing).toHaveLength(1)
  expect(first).not.toContain(writing[0])
  expect(textOf(writing[0] ?? '')).toContain('See what it would do')
  const bytes = ['/', '/console.css', ...first].reduce((sum, path) => sum + textOf(path).length, 0)
  expect(bytes).toBeGreaterThan(30_000)
  expect(bytes).toBeLessThan(100_000)
})

test('the styles are in layers, and no script or style stands in the page', () => {
  expect(textOf('/console.css')).toMatch(/^@layer base,\s*parts,\s*frame,\s*look,\s*rules;/)
  expect(textOf('/console.css')).not.toContain('@import')
  expect(textOf('/')).not.toMatch(/<style|<script(?! type="module" src="\/main\.js"><\/script>)| on\w+=| style=/)
})

test('of the daemon they import types alone', () => {
  const folder = join(import.meta.dirname, '../../src/console/pages')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  const imported = sources.flatMap((path) => {
    const text = readFileSync(join(folder, path), 'utf8')
    return [...text.matchAll(/^(?:import|export) ([^']*?)(?:from )?'(\.[^']+)'/gms)].map(
      ([, words = '', name = '']) => {
        return { path, words, isOutside: !join(folder, dirname(path), name).startsWith(folder) }
      },
    )
  })
  expect(imported.filter(({ isOutside }) => isOutside).length).toBeGreaterThan(10)
  expect(imported.filter(({ words, isOutside }) => isOutside && !words.startsWith('type '))).toEqual([])
})
