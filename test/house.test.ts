import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { houseFaults, rooms, type Source, sourceOf, sourcesIn } from '../scripts/house.ts'

const root = join(import.meta.dirname, '..')
const sources = sourcesIn(join(root, 'src'))

test('every room imports what its line of the list names, and no file is in a circle', () => {
  expect(sources.length).toBeGreaterThan(200)
  expect(houseFaults(sources)).toEqual([])
})

/** The house with one more file, or with another text in the place of one. */
function withFile(path: string, text: string): readonly Source[] {
  return [...sources.filter((source) => source.path !== path), sourceOf(path, text)]
}

test.each([
  [
    'a type of a room that its line does not name',
    "import type { Reader } from '../daemon/loop.ts'",
    'src/core/odd.ts imports src/daemon/loop.ts: core may not import daemon',
  ],
  [
    'a module of Node',
    "import { readFileSync } from 'node:fs'",
    'src/core/odd.ts imports node:fs: core may import none but json-rules-engine, node-cron, temporal-polyfill, zod',
  ],
  [
    'a library that core does not need',
    "import {\n  a,\n  b,\n} from 'mqtt'",
    'src/core/odd.ts imports mqtt: core may import none but json-rules-engine, node-cron, temporal-polyfill, zod',
  ],
  [
    'a file that is loaded later',
    "const later = import('../views/why.ts')",
    'src/core/odd.ts imports src/views/why.ts: core may not import views',
  ],
  [
    'what is passed on',
    "export * from '../store/audit.ts'",
    'src/core/odd.ts imports src/store/audit.ts: core may not import store',
  ],
])('tells of a new file in core that imports %s', (_, text, fault) => {
  expect(houseFaults(withFile('core/odd.ts', text))).toEqual([fault])
})

test('tells of a circle that consists of types alone', () => {
  const one = sourceOf('views/one.ts', "import type { Two } from './two.ts'")
  const two = sourceOf('views/two.ts', "import type { One } from './one.ts'")
  expect(houseFaults([...sources, one, two])).toEqual(['a circle: views/one.ts → views/two.ts → views/one.ts'])
})

test('tells of a room that imports against the order within core', () => {
  const faults = houseFaults(withFile('core/model/odd.ts', "import type { Verdict } from '../judging/judge.ts'"))
  expect(faults).toEqual([
    'src/core/model/odd.ts imports src/core/judging/judge.ts: core/model may not import core/judging',
  ])
})

test('tells of a service that knows another', () => {
  const faults = houseFaults(withFile('services/tracker/odd.ts', "import { x } from '../chastify/session.ts'"))
  expect(faults).toEqual([
    'src/services/tracker/odd.ts imports src/services/chastify/session.ts: a service knows no other',
  ])
})

test('tells of who goes by a service’s folder instead of the list', () => {
  const odd = "import { chastify } from '../services/chastify/index.ts'"
  expect(houseFaults(withFile('config/odd.ts', odd))).toEqual([
    'src/config/odd.ts imports src/services/chastify/index.ts: a service is had by services/index.ts',
  ])
})

test('tells of who goes by the simulation of one service', () => {
  const odd = "import { createPage } from '../services/tracker/simulated/page.ts'"
  expect(houseFaults(withFile('cli/odd.ts', odd))).toEqual([
    'src/cli/odd.ts imports src/services/tracker/simulated/page.ts: a service is had by services/index.ts',
  ])
})

test('tells of a room that nobody has listed', () => {
  expect(houseFaults([...sources, sourceOf('attic/box.ts', '')])).toEqual([
    'src/attic/box.ts stands in a room that scripts/house.ts does not list',
  ])
})

test('tells of an arrow that nobody needs any more', () => {
  const without = sources.map((one) => (one.path.startsWith('views/') ? { ...one, files: [] } : one))
  expect(houseFaults(without)).toEqual(['views may import core, and does not'])
})

test('the architecture page shows the same lists', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([\w/]+)` \| [^|]+ \| ([^|]*)\|$/gm)]
  const shown = rows.map(([, room = '', others = '']) => [
    room,
    [...others.matchAll(/`([\w/]+)`/g)].map(([, other]) => other),
  ])
  const order = (entries: unknown[][]) => Object.fromEntries(entries)
  expect(order(shown)).toEqual(rooms)
  expect(shown.map(([room]) => String(room))).toHaveLength(Object.keys(rooms).length)
})
