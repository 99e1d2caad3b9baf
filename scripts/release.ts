// Makes a release of what is here: `node scripts/release.ts 1.2.0`. It writes the version into every file that holds it,
// makes a dated section of what CHANGELOG has under Unreleased, and prints what is left to be done by hand. Nothing is
// written unless all of it can be.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Files by their names below the folder, as text. */
export type Texts = Readonly<Record<string, string>>

/** What stops a release, in words for whoever makes it. */
export class NoRelease extends Error {}

export const releasedFiles = ['package.json', 'package-lock.json', 'CHANGELOG.md', 'docs/operating.md'] as const

const written = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/

/**
 * The same files for a release of that version on that day (`2026-11-29`). Throws a `NoRelease` where the version is
 * none, is not the next one up, or nothing has changed since the last.
 */
export function released(texts: Texts, version: string, day: string): Record<string, string> {
  const before = versionIn(texts['package.json'] ?? '')
  mustFollow(version, before)
  return {
    'package.json': exchanged(texts, 'package.json', `"version": "${before}"`, `"version": "${version}"`, 1),
    // Of itself a lock file tells twice, before it tells of any library.
    'package-lock.json': exchanged(texts, 'package-lock.json', `"version": "${before}"`, `"version": "${version}"`, 2),
    'CHANGELOG.md': cut(texts['CHANGELOG.md'] ?? '', version, day),
    'docs/operating.md': exchanged(
      texts,
      'docs/operating.md',
      `lockwarden-${before}.tgz`,
      `lockwarden-${version}.tgz`,
      1,
    ),
  }
}

function versionIn(manifest: string): string {
  const { version } = JSON.parse(manifest) as { version?: unknown }
  if (typeof version !== 'string' || !written.test(version)) throw new NoRelease('package.json holds no version')
  return version
}

function mustFollow(version: string, before: string): void {
  if (version.startsWith('v'))
    throw new NoRelease(`"${version}" has a v; write ${version.slice(1)}, the tag gets the v`)
  const wanted = partsOf(version)
  if (!wanted) throw new NoRelease(`"${version}" is no version; write three numbers such as 1.2.0`)
  const [major = 0, minor = 0, patch = 0] = partsOf(before) ?? []
  const next = [
    [major, minor, patch + 1],
    [major, minor + 1, 0],
    [major + 1, 0, 0],
  ].map((parts) => parts.join('.'))
  if (!next.includes(version)) throw new NoRelease(`after ${before} comes ${next.join(', ')}; not ${version}`)
}

function partsOf(version: string): number[] | null {
  return written.exec(version)?.slice(1).map(Number) ?? null
}

/** A file in which the first so many of some words are others. */
function exchanged(texts: Texts, name: string, from: string, to: string, times: number): string {
  let [text, at] = [texts[name] ?? '', 0]
  for (let done = 0; done < times; done += 1) {
    at = text.indexOf(from, at)
    if (at < 0) throw new NoRelease(`${name} does not hold ${from}${times > 1 ? ` ${times} times` : ''}; mend it first`)
    text = text.slice(0, at) + to + text.slice(at + from.length)
    at += to.length
  }
  return text
}

/** CHANGELOG with what is under Unreleased under a heading of its own, and Unreleased left above, for what comes. */
function cut(changelog: string, version: string, day: string): string {
  const heading = '\n## Unreleased\n'
  const [above, below, ...more] = changelog.split(heading)
  if (above === undefined || below === undefined || more.length > 0) {
    throw new NoRelease('CHANGELOG.md has not one heading "## Unreleased"; mend it first')
  }
  if (below.includes(`\n## ${version} - `)) throw new NoRelease(`CHANGELOG.md tells of ${version} already`)
  const [news = ''] = below.split(/^## /m)
  if (!/^- /m.test(news)) throw new NoRelease('CHANGELOG.md has nothing under Unreleased: there is nothing to release')
  return `${above}${heading}\n## ${version} - ${day}\n${below}`
}

if (import.meta.main) {
  try {
    const [version, ...more] = process.argv.slice(2)
    if (version === undefined || more.length > 0)
      throw new NoRelease('say which version: node scripts/release.ts 1.2.0')
    const texts = Object.fromEntries(
      await Promise.all(releasedFiles.map(async (name) => [name, await readFile(join('.', name), 'utf8')])),
    )
    const files = released(texts, version, new Date().toISOString().slice(0, 10))
    for (const [name, text] of Object.entries(files)) await writeFile(name, text)
    process.stdout.write(
      `${version} stands in ${Object.keys(files).join(', ')}. Look through it, then:\n` +
        `  git commit -am "Release ${version}" && git tag -a v${version} -m "Release ${version}"\n` +
        '  git push --follow-tags\n',
    )
  } catch (error) {
    if (!(error instanceof NoRelease)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  }
}
