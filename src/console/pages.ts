import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the pages, ready to be sent. */
export interface Page {
  body: Buffer<ArrayBuffer>
  type: string
  etag: string
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
}

/** Beside this module: `src/console/pages`, and `dist/pages` of what is built. */
const usualFolder = fileURLToPath(new URL('./pages/', import.meta.url))

/**
 * All files of the pages by their paths, read once: no path of a request ever reaches the disk. `/` is `index.html`.
 * What is no file for a browser is left out.
 */
export function readPages(folder: string = usualFolder): ReadonlyMap<string, Page> {
  const pages = new Map<string, Page>()
  for (const file of filesBelow(folder)) {
    const type = types[extname(file)]
    if (type === undefined) continue
    const body = Buffer.from(readFileSync(file))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
    const path = `/${relative(folder, file).replaceAll('\\', '/')}`
    pages.set(path === '/index.html' ? '/' : path, { body, type, etag })
  }
  return pages
}

function filesBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}
