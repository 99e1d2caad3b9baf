import { join, relative } from 'node:path'

/** A file as browsers get it, by its path below the pages. */
export interface Bundled {
  path: string
  body: Buffer<ArrayBuffer>
}

/**
 * The scripts and styles of the pages from their sources, as browsers get them: what the first view needs, and another
 * script for who writes rules. What is built has them made; where it runs from its
 * sources, they are made at the start. `esbuild` is a package for development, and starts a program.
 * Throws where it is not there, or a source has a fault.
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
  // Its program would stay for as long as ours.
  await stop()
  return outputFiles.map(({ path, contents }) => ({ path: relative(folder, path), body: Buffer.from(contents) }))
}
