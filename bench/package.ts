import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { packageIn } from '../scripts/package.ts'
import { Folder } from './house.ts'

/** What the running daemon loads of others' code; the console's libraries are not among it. */
const libraries = `
  import 'json-rules-engine'
  import 'yaml'
  import 'zod'
  import 'node-cron'
  import 'temporal-polyfill'
  import 'ky'
  import 'pino'
  import 'commander'
  import Database from 'better-sqlite3'
  new Database(':memory:').close()
  setInterval(() => undefined, 60_000)
`

/** What was built: the program, its libraries alone as they are installed, and those as they are bundled. */
export interface Built {
  main: string
  libraries: string
  bundledLibraries: string
}

let built: { folder: Folder; of: Promise<Built> } | null = null

/** The program as it is shipped, and beside it only its libraries: built once for this process. */
export function builtOnce(): Promise<Built> {
  if (built === null) {
    const folder = new Folder()
    built = { folder, of: buildIn(folder) }
  }
  return built.of
}

/** Takes away what was built. */
export function clearBuilt(): void {
  built?.folder[Symbol.dispose]()
  built = null
}

async function buildIn(folder: Folder): Promise<Built> {
  const path = folder.folder('package')
  const main = await packageIn(path)
  const plain = join(path, 'libraries.mjs')
  const bundledLibraries = join(path, 'dist', 'libraries.js')
  writeFileSync(plain, libraries)
  await build({
    entryPoints: [plain],
    outfile: bundledLibraries,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['better-sqlite3'],
    ignoreAnnotations: true,
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  })
  return { main, libraries: plain, bundledLibraries }
}

/** A config file for one lock, as people write it, whose service is at this address; with more sections or without. */
export function configFileIn(folder: Folder, name: string, url: string, rules: string, more: object = {}): string {
  const home = folder.folder(name)
  mkdirSync(join(home, 'rules'), { recursive: true })
  writeFileSync(join(home, 'rules', 'rules.yaml'), rules)
  const config = {
    version: 1,
    mode: 'live',
    timezone: 'UTC',
    data: './data',
    locks: { main: { chastify: { token: 'a'.repeat(30), base_url: url }, new_lock: 'auto', rules: './rules' } },
    ...more,
  }
  const file = join(home, 'config.yaml')
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}
