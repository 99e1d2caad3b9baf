import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
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
  external: ['better-sqlite3'],
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
})
// The console reads its pages beside its own code.
if (existsSync('src/console/pages')) await cp('src/console/pages', 'dist/pages', { recursive: true })
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
