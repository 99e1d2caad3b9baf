import { existsSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { licenceTexts } from './licences.ts'

// What is installed and shipped is one bundle a command needs: it starts faster than sources and a tree of libraries.
// better-sqlite3 stays outside, for it brings its binary along.
await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/main.ts', 'src/console/drafter.ts'],
  entryNames: '[name]',
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
// The console reads its pages beside its own code.
if (existsSync('src/console/pages')) await cp('src/console/pages', 'dist/pages', { recursive: true })
// The terms of what is in the bundle go wherever the bundle goes.
await writeFile('dist/licences.txt', await licenceTexts())
