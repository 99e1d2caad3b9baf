// What saving again and again can fill, and no more.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { mostSaves, mostVersions, RuleFolder } from '../../src/console/rulefolder.ts'

const who = { role: 'keyholder', address: 'x' } as const

function folders(): { root: string; versions: string; folder: () => RuleFolder } {
  const base = mkdtempSync(join(tmpdir(), 'lockwarden-bounds-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const [root, versions] = [join(base, 'rules'), join(base, 'versions')]
  mkdirSync(root)
  return { root, versions, folder: () => new RuleFolder(root, versions) }
}

async function saves(folder: RuleFolder, name: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const now = await folder.read(name)
    await folder.save(name, text, now?.version ?? null, { who, why: 'save', judge: async () => {} })
  }
}

test('saves in an hour, after which the file is as it was', async () => {
  const { root, folder } = folders()
  const one = folder()
  await saves(
    one,
    'a.yaml',
    Array.from({ length: mostSaves }, (_, i) => `# ${i}\n`),
  )
  await expect(saves(one, 'a.yaml', ['# more\n'])).rejects.toMatchObject({ status: 429 })
  expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe(`# ${mostSaves - 1}\n`)
})

test('versions of a file; the oldest go', async () => {
  const { versions, folder } = folders()
  const kept = join(versions, 'a')
  mkdirSync(kept, { recursive: true })
  for (let i = 1; i <= mostVersions; i++) {
    const id = String(i).padStart(6, '0')
    writeFileSync(join(kept, `${id}.json`), JSON.stringify({ at: i, who, why: 'save', version: 'x' }))
    writeFileSync(join(kept, `${id}.yaml`), `# ${i}\n`)
  }
  const one = folder()
  await saves(one, 'a.yaml', ['# 1\n', '# 2\n'])
  const earlier = await one.earlier('a.yaml')
  expect([earlier.length, earlier[0]?.id, earlier.at(-1)?.id]).toEqual([mostVersions, '000202', '000003'])
  expect(readdirSync(kept)).not.toContain('000001.yaml')
})

test('versions of all files by bytes', async () => {
  const { versions, folder } = folders()
  const large = `# ${'x'.repeat(280_000)}\n`
  for (let file = 0; file < 10; file++) {
    mkdirSync(join(versions, `old-${file}`), { recursive: true })
    for (let i = 1; i <= 10; i++) {
      const path = join(versions, `old-${file}`, String(i).padStart(6, '0'))
      writeFileSync(`${path}.json`, JSON.stringify({ at: i, who, why: 'save', version: 'x' }))
      writeFileSync(`${path}.yaml`, large)
    }
  }
  await saves(folder(), 'a.yaml', ['# 1\n', '# 2\n'])
  const names = readdirSync(versions, { recursive: true }).map(String)
  const left = names.filter((name) => name.endsWith('.yaml'))
  expect(left.length).toBeGreaterThan(50)
  expect(left.length).toBeLessThan(75)
  expect(names).toContain('a/000002.yaml')
})

test('rule files in a folder, and all of them together', async () => {
  const { root, folder } = folders()
  for (let i = 0; i < 200; i++) writeFileSync(join(root, `f${i}.yaml`), '# one\n')
  await expect(saves(folder(), 'a.yaml', ['# 1\n'])).rejects.toMatchObject({ status: 413 })
  await saves(folder(), 'f1.yaml', ['# changed\n'])
  for (let i = 0; i < 11; i++) writeFileSync(join(root, `f${i}.yaml`), `# ${'x'.repeat(280_000)}\n`)
  await expect(saves(folder(), 'f20.yaml', ['# changed\n'])).rejects.toMatchObject({ status: 413 })
})
