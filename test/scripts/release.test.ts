// How a release is made: in a folder that has the files a release changes, by the real script.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { releasedFiles } from '../../scripts/release.ts'
import { project } from '../e2e/daemon.ts'

const news = '# Changelog\n\n## Unreleased\n\n### Added\n\n- Something new.\n\n## 1.1.9 - 2026-01-02\n\n- Old.\n'

/** A clone's files as of version 1.1.9, with that changelog. */
function clone(changelog = news) {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-release-'))
  mkdirSync(join(folder, 'docs'))
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  for (const name of releasedFiles) {
    const text = readFileSync(join(project, name), 'utf8')
    // Of libraries the versions stay what they are, be one the same.
    const ours = text.replaceAll(/(?<=lockwarden(-|",\s+"version": "))[\d.]+(?="|\.tgz)/g, '1.1.9')
    writeFileSync(join(folder, name), name === 'CHANGELOG.md' ? changelog : ours)
  }
  return {
    read,
    release(...words: string[]) {
      const script = join(project, 'scripts/release.ts')
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
        cwd: folder,
        encoding: 'utf8',
      })
      return { status, stdout, stderr }
    },
    all: () => releasedFiles.map(read),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

test('the version stands in every file, the changelog has a section of its day, and the rest is said', () => {
  using here = clone()
  const { status, stdout, stderr } = here.release('1.2.0')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('git tag -a v1.2.0')
  expect(JSON.parse(here.read('package.json')).version).toBe('1.2.0')
  const lock = JSON.parse(here.read('package-lock.json'))
  expect([lock.version, lock.packages[''].version]).toEqual(['1.2.0', '1.2.0'])
  const libraries = ({ packages: { '': _, ...rest } }: typeof lock) => rest
  expect(libraries(lock)).toEqual(libraries(JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))))
  expect(here.read('docs/operating.md')).toContain('lockwarden-1.2.0.tgz')
  expect(here.read('CHANGELOG.md').replace(/\d{4}-\d\d-\d\d(?=\n\n### Added)/, 'TODAY')).toBe(
    news.replace('## Unreleased\n', '## Unreleased\n\n## 1.2.0 - TODAY\n'),
  )
})

test('a second one needs something new, and a version that comes after', () => {
  using here = clone()
  expect(here.release('2.0.0').status).toBe(0)
  expect(here.release('2.0.0')).toMatchObject({
    status: 2,
    stderr: 'after 2.0.0 comes 2.0.1, 2.1.0, 3.0.0; not 2.0.0\n',
  })
  expect(here.release('2.0.1').stderr).toBe('CHANGELOG.md has nothing under Unreleased: there is nothing to release\n')
})

test.each([
  [[], /^say which version: node scripts\/release\.ts 1\.2\.0\n$/],
  [['1.2.0', 'now'], /^say which version/],
  [['v1.2.0'], /^"v1\.2\.0" has a v; write 1\.2\.0, the tag gets the v\n$/],
  [['1.2'], /^"1\.2" is no version; write three numbers such as 1\.2\.0\n$/],
  [['01.2.0'], /is no version/],
  [['1.2.0-rc.1'], /is no version/],
  [['1.1.9'], /^after 1\.1\.9 comes 1\.1\.10, 1\.2\.0, 2\.0\.0; not 1\.1\.9\n$/],
  [['1.1.8'], /; not 1\.1\.8\n$/],
  [['1.3.0'], /; not 1\.3\.0\n$/],
])('with %j nothing is written, and it says why', (words, why) => {
  using here = clone()
  const before = here.all()
  expect(here.release(...words)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(why) })
  expect(here.all()).toEqual(before)
})

test.each([
  ['# Changelog\n', /^CHANGELOG\.md has not one heading "## Unreleased"; mend it first\n$/],
  ['# Changelog\n\n## Unreleased\n\n## Unreleased\n\n- x\n', /has not one heading/],
  ['# Changelog\n\n## Unreleased\n\n### Added\n', /there is nothing to release\n$/],
  ['# Changelog\n\n## Unreleased\n\n- x\n\n## 1.2.0 - 2026-01-01\n', /^CHANGELOG\.md tells of 1\.2\.0 already\n$/],
])('a changelog that cannot be cut: nothing is written, and it says why', (changelog, why) => {
  using here = clone(changelog)
  const before = here.all()
  expect(here.release('1.2.0')).toMatchObject({ status: 2, stderr: expect.stringMatching(why) })
  expect(here.all()).toEqual(before)
})
