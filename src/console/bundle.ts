import { join, relative } from 'node:path'

/** A file for browsers, with its path below the pages. */
export interface Bundled {
  path: string
  body: Buffer<ArrayBuffer>
}

/**
 * Makes the scripts and styles of the pages from their sources: one script for the first view, and another for writing
 * rules. A build stores them. A program that runs from its sources makes them at its start. `esbuild` is a development
 * package, and starts a process. Throws if it is missing, or a source has a fault.
 */
export async function bundlePages(folder: string): Promise<Bundled[]> {
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.ts'), join(folder, 'console.css')],
    outdir: folder,
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  })
  // Otherwise its process would run as long as ours.
  await stop()
  return outputFiles.map(({ path, contents }) => ({ path: relative(folder, path), body: Buffer.from(contents) }))
}
