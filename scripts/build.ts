import { rm } from 'node:fs/promises'
import { build } from 'esbuild'

// What is installed and shipped is one bundle a command needs: it starts faster than sources and a tree of libraries.
// better-sqlite3 stays outside, for it brings its binary along.
await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['better-sqlite3'],
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
})
