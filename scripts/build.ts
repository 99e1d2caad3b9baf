import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundlePages } from '../src/console/bundle.ts'
import { licenceTexts } from './licences.ts'

// What is installed and shipped is one bundle a command needs: it starts faster than sources and a tree of libraries.
// better-sqlite3 stays outside, for it brings its binary along.
await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/main.ts', 'src/console/drafter.ts', 'src/store/shelver.ts'],
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Only what runs from its sources makes its pages.
  external: ['better-sqlite3', 'esbuild'],
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
})
// The console reads its pages beside its own code.
await mkdir('dist/pages')
for (const name of ['index.html', 'icon.svg']) await cp(join('src/console/pages', name), join('dist/pages', name))
for (const { path, body } of await bundlePages('src/console/pages')) await writeFile(join('dist/pages', path), body)
// What it was made of: by git, else by who builds without it.
const [commit = process.env.COMMIT, date = process.env.COMMIT_DATE] = lastCommit()
if (commit && date) await writeFile('dist/build.json', `${JSON.stringify({ commit, date })}\n`)
// The terms of what is in the bundle go wherever the bundle goes.
await writeFile('dist/licences.txt', await licenceTexts())

function lastCommit(): string[] {
  if (!existsSync('.git')) return []
  try {
    return execFileSync('git', ['log', '-1', '--format=%H %cs'], { encoding: 'utf8' }).trim().split(' ')
  } catch {
    return []
  }
}
