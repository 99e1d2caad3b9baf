import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A library that is shipped: bundled into what is built, or installed along with it. */
interface Library {
  name: string
  version: string
  licence: string
  /** Where it is installed, as the lock file has it. */
  path: string
}

/** The libraries of the lock file that are no mere tools of development, by name and version. */
export async function shippedLibraries(): Promise<Library[]> {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { version?: string; license?: string; dev?: boolean; devOptional?: boolean }>
  }
  const libraries = Object.entries(packages).flatMap(([path, { version = '', license, dev, devOptional }]) => {
    if (path === '' || dev || devOptional) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return { name, version, licence: license ?? 'unknown', path }
  })
  const order = ({ name, version }: Library) => `${name} ${version}`
  return libraries.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

/** They as a page of the documentation. */
export async function licencePage(): Promise<string> {
  const libraries = await shippedLibraries()
  const counts = Map.groupBy(libraries, ({ licence }) => licence)
  const said = [...counts].sort(([, a], [, b]) => b.length - a.length).map(([name, of]) => `${of.length} ${name}`)
  return [
    '# Licences',
    '',
    'lockwarden is under the MIT licence ([LICENSE](../LICENSE)). These libraries are shipped with it, and the texts of',
    'their licences, in `dist/licences.txt`. `npm run licences` writes this page; a test compares it with what is',
    `installed. In all: ${said.join(', ')}.`,
    '',
    '| library | version | licence |',
    '|---|---|---|',
    ...libraries.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
    '',
  ].join('\n')
}

/** The licences in full, as their terms ask of those who hand copies on. */
export async function licenceTexts(): Promise<string> {
  const texts = (await shippedLibraries()).map(async ({ name, version, licence, path }) => {
    const files = await readdir(path).catch(() => [])
    const named = files.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
    const found = await Promise.all(named.map((file) => readFile(join(path, file), 'utf8')))
    return [`${name} ${version} (${licence})`, ...found.map((text) => text.trim())].join('\n\n')
  })
  return `${(await Promise.all(texts)).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

if (import.meta.main) await writeFile('docs/licences.md', await licencePage())
