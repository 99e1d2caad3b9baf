import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Mistake } from '../document/fault.ts'

/** A file of the pages, ready to be sent. */
export interface Page {
  body: Buffer<ArrayBuffer>
  type: string
  etag: string
}

/** Files that browsers get unchanged; sources are not among them. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Beside this module: `src/console/pages`, or `dist/pages` in a build. */
const folder = fileURLToPath(new URL('./pages/', import.meta.url))

let made: Promise<ReadonlyMap<string, Page>> | null = null

/**
 * All files of the pages by their paths. They are read once, so that no path of a request reaches the disk. `/` is
 * `index.html`. A program that runs from its sources first makes scripts and styles; throws a `Mistake` if that fails.
 */
export function readPages(): Promise<ReadonlyMap<string, Page>> {
  made ??= read()
  return made
}

async function read(): Promise<ReadonlyMap<string, Page>> {
  const pages = new Map<string, Page>()
  const add = (path: string, body: Buffer<ArrayBuffer>) => {
    const type = types[extname(path)]
    if (type === undefined) return
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
    pages.set(path === 'index.html' ? '/' : `/${path.replaceAll('\\', '/')}`, { body, type, etag })
  }
  const isBuilt = existsSync(join(folder, 'main.js'))
  for (const file of readdirSync(folder, { withFileTypes: true, recursive: isBuilt })) {
    const path = join(file.parentPath, file.name)
    if (file.isFile()) add(relative(folder, path), Buffer.from(readFileSync(path)))
  }
  if (isBuilt) return pages
  const { bundlePages } = await import('./bundle.ts')
  const bundled = await bundlePages(folder).catch((error) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new Mistake(`the console's pages cannot be made from their sources: ${why}; "npm ci" brings what makes them`)
  })
  for (const { path, body } of bundled) add(path, body)
  return pages
}
