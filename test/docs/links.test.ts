// What is shipped leads to nothing that is not: each link of a page is a file of the package, or a folder of it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'
import { project } from '../e2e/daemon.ts'

const { files } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { files: string[] }
/** Made when it is packed. */
const made = new Set(['dist'])
const left = files.flatMap((name) => (name.startsWith('!') ? [name.slice(1)] : []))
const named = [...files.filter((name) => !name.startsWith('!')), 'README.md', 'LICENSE', 'package.json'].filter(
  (name) => !made.has(name),
)
const shipped = new Set(
  named.flatMap((name) => {
    const path = join(project, name)
    if (!statSync(path).isDirectory()) return [name]
    const below = readdirSync(path, { recursive: true, withFileTypes: true })
    return [name, ...below.map((one) => relative(project, join(one.parentPath, one.name)))].filter(
      (one) => !left.some((away) => one === away || one.startsWith(`${away}/`)),
    )
  }),
)
const pages = [...shipped].filter((name) => name.endsWith('.md'))

/** The names that headings of a page have in links. */
function headingsOf(page: string): Set<string> {
  const text = readFileSync(join(project, page), 'utf8').replace(/```.*?```/gs, '')
  const heads = [...text.matchAll(/^#+ (.*)$/gm)].map(([, words = '']) => words)
  return new Set(
    heads.map((words) =>
      words
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('there are pages with links', () => expect(pages.length).toBeGreaterThan(10))

test.each(pages)('%s', (page) => {
  const text = readFileSync(join(project, page), 'utf8').replace(/```.*?```/gs, '')
  for (const [, path = '', heading] of text.matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)) {
    if (/^[a-z]+:/.test(path)) continue
    const target = path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, '')
    expect([path, shipped.has(target) && existsSync(join(project, target))]).toEqual([path, true])
    if (heading !== undefined) expect([path, heading, headingsOf(target).has(heading)]).toEqual([path, heading, true])
  }
})
