import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What each room of `src` may import of the others, in the order in which the data goes: no room stands before one
 * that it imports. `core` stands for all of its rooms. docs/architecture.md shows the same list.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  errno: [],
  document: [],
  'core/calendar': [],
  'core/model': ['core/calendar', 'document'],
  'core/memory': ['core/calendar', 'core/model'],
  'core/language': ['core/calendar', 'core/model', 'document'],
  'core/judging': ['core/calendar', 'core/model', 'core/memory', 'core/language'],
  'core/waking': ['core/calendar', 'core/model', 'core/memory'],
  'core/reading': ['core/calendar', 'core/model', 'core/memory', 'core/judging', 'core/waking'],
  'core/acting': ['core/calendar', 'core/model', 'core/memory', 'core/language', 'core/judging', 'core/reading'],
  'core/facts': ['core/calendar', 'core/model', 'core/memory', 'core/reading', 'core/acting'],
  'core/firing': [
    'core/calendar',
    'core/model',
    'core/memory',
    'core/language',
    'core/judging',
    'core/waking',
    'core/reading',
    'core/acting',
  ],
  core: [
    'core/calendar',
    'core/model',
    'core/memory',
    'core/judging',
    'core/waking',
    'core/reading',
    'core/acting',
    'core/facts',
    'core/firing',
  ],
  services: ['core', 'document', 'errno'],
  replay: ['core', 'document', 'services'],
  views: ['core'],
  config: ['core', 'document', 'errno', 'services'],
  store: ['core', 'document', 'errno', 'services', 'config'],
  queries: ['core', 'document', 'services', 'config', 'store', 'views'],
  daemon: ['core', 'document', 'errno', 'store', 'queries'],
  reach: ['core', 'document', 'errno', 'services', 'config', 'views', 'queries'],
  console: ['core', 'document', 'errno', 'services', 'config', 'store', 'replay', 'views', 'queries'],
  'console/pages': ['core', 'config', 'store', 'views', 'queries', 'console'],
  app: ['core', 'document', 'services', 'config', 'store', 'daemon', 'views', 'queries', 'reach', 'console'],
  sandbox: ['services'],
  cli: [
    'core',
    'document',
    'errno',
    'services',
    'config',
    'store',
    'daemon',
    'replay',
    'views',
    'queries',
    'reach',
    'app',
    'sandbox',
  ],
  main: ['document', 'cli'],
}

/** The libraries that `core` may import. */
const coreLibraries = new Set(['json-rules-engine', 'node-cron', 'temporal-polyfill', 'zod'])

/** A file under `src` with what it imports, types included: files under `src`, and packages. */
export interface Source {
  /** From `src`, as `core/step.ts`. */
  path: string
  files: readonly string[]
  packages: readonly string[]
}

const imported =
  /^(?:import|export) (?:type )?(?:\{[^}]*\}|\* as \w+|\*|\w+(?:, \{[^}]*\})?) from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'/gm

/** All sources of a tree. */
export function sourcesIn(src: string): Source[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return files.map((path) => sourceOf(path, readFileSync(join(src, path), 'utf8')))
}

/** What the text of one file imports. */
export function sourceOf(path: string, text: string): Source {
  const names = [...text.matchAll(imported)].flatMap(([, of, whole, later]) => of ?? whole ?? later ?? [])
  const isOurs = (name: string) => name.startsWith('.')
  return {
    path,
    files: names.filter(isOurs).map((name) => normalize(join(dirname(path), name))),
    packages: names.filter((name) => !isOurs(name)),
  }
}

/** The room that a file stands in; null where no room is known for it. */
export function roomOf(path: string): string | null {
  const [first = '', second = '', third] = path.split('/')
  const isInner = (third !== undefined && first === 'core') || (first === 'console' && second === 'pages')
  const room = isInner ? `${first}/${second}` : first.replace(/\.ts$/, '')
  return room in rooms ? room : null
}

/** What of these sources the list of rooms does not allow, and each circle of files; none where all is well. */
export function houseFaults(sources: readonly Source[]): string[] {
  return [...orderFaults(), ...sources.flatMap(sourceFaults), ...circles(sources), ...unusedArrows(sources)]
}

/** No room may stand before one that it imports: so there is no circle of rooms. */
function orderFaults(): string[] {
  const names = Object.keys(rooms)
  return names.flatMap((name, place) =>
    (rooms[name] ?? [])
      .filter((other) => names.indexOf(other) >= place)
      .map((other) => `the list of rooms has ${name} before ${other}, which it may import`),
  )
}

function mayImport(room: string, other: string): boolean {
  if (room === other) return true
  const allowed = rooms[room] ?? []
  return allowed.includes(other) || (!room.startsWith('core') && other.startsWith('core/') && allowed.includes('core'))
}

/** The one file that imports from the folders of services. */
const serviceList = 'services/index.ts'
/** A service's simulation, and who has it: the list of all of them, and the sandbox, which puts it on HTTP. */
const simulation = /^services\/\w+\/simulated\//
const hasSimulations = /^(services\/simulations\.ts$|sandbox\/)/

function sourceFaults({ path, files, packages }: Source): string[] {
  const room = roomOf(path)
  if (room === null) return [`src/${path} stands in a room that scripts/house.ts does not list`]
  const arrows = files.flatMap((file) => {
    const other = roomOf(file)
    if (other === null || !mayImport(room, other)) {
      return [`src/${path} imports src/${file}: ${room} may not import ${other ?? 'it'}`]
    }
    const [service, otherService] = [path, file].map((one) => /^services\/(\w+)\//.exec(one)?.[1])
    if (otherService === undefined || service === otherService || path === serviceList) return []
    if (simulation.test(file) && hasSimulations.test(path)) return []
    const why = service === undefined ? `a service is had by ${serviceList}` : 'a service knows no other'
    return [`src/${path} imports src/${file}: ${why}`]
  })
  const foreign = packages.filter((name) => {
    const library = name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/')
    return room.startsWith('core') && !coreLibraries.has(library)
  })
  return [
    ...arrows,
    ...foreign.map((name) => `src/${path} imports ${name}: core may import none but ${[...coreLibraries].join(', ')}`),
  ]
}

/** Arrows that the list allows and nobody needs: a list that says more than there is protects nothing. */
function unusedArrows(sources: readonly Source[]): string[] {
  const used = new Set<string>()
  for (const { path, files } of sources) {
    for (const file of files) {
      const [room, other] = [roomOf(path) ?? '', roomOf(file) ?? '']
      used.add(`${room} ${other}`)
      if (other.startsWith('core/') && !room.startsWith('core')) used.add(`${room} core`)
    }
  }
  return Object.entries(rooms).flatMap(([room, others]) =>
    others.filter((other) => !used.has(`${room} ${other}`)).map((other) => `${room} may import ${other}, and does not`),
  )
}

/** Files that import each other, by way of others or not. */
function circles(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source.files]))
  const done = new Set<string>()
  const found: string[] = []
  const follow = (path: string, way: readonly string[]): void => {
    const from = way.indexOf(path)
    if (from !== -1) found.push(`a circle: ${[...way.slice(from), path].join(' → ')}`)
    if (from !== -1 || done.has(path)) return
    for (const file of byPath.get(path) ?? []) follow(file, [...way, path])
    done.add(path)
  }
  for (const { path } of sources) follow(path, [])
  return found
}

const here = fileURLToPath(import.meta.url)
if (process.argv[1] === here) {
  const src = join(dirname(here), '../src')
  const faults = houseFaults(sourcesIn(src))
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.stdout.write(
    `${relative(process.cwd(), src) || 'src'}: ${faults.length === 0 ? 'every room imports what it may' : `${faults.length} faults`}\n`,
  )
  process.exitCode = faults.length === 0 ? 0 : 1
}
