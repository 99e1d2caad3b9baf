import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { axes } from '../../simulation/axes.ts'
import { mutations, past } from '../../simulation/breaks.ts'
import { live } from '../../simulation/life.ts'
import { broken } from '../../simulation/mutations.ts'
import { tableOfAxes } from '../../simulation/page.ts'
import { storyOf } from '../../simulation/story.ts'

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

describe('a life', () => {
  test('of one seed is the same to the byte: twice, and begun in another folder', async () => {
    const [one, other] = [await live({ seed: 7, days: 2 }), await live({ seed: 7, days: 2 })]
    expect(one.log.length).toBeGreaterThan(20)
    expect(other.log).toEqual(one.log)
    const words = [root('simulation/main.ts'), '--seed', '7', '--days', '2', '--worlds', '1', '--log']
    const { stdout } = spawnSync(process.execPath, words, { cwd: tmpdir(), encoding: 'utf8' })
    expect(stdout.split('\n').slice(0, one.log.length)).toEqual(one.log)
  })

  test('of another seed is another', async () => {
    const [one, other] = [await live({ seed: 7, days: 1 }), await live({ seed: 8, days: 1 })]
    expect(other.digest).not.toBe(one.digest)
  })

  test('with the example rules keeps every promise', async () => {
    const names = readdirSync(root('rules')).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    // What is off as shipped is on here.
    const files = names.map((name) =>
      readFileSync(root(`rules/${name}`), 'utf8').replaceAll('enabled: false', 'enabled: true'),
    )
    const life = await live({ seed: 3, days: 5, files })
    expect(life.counts.firings).toBeGreaterThan(10)
    expect(storyOf(life)).toContain('no promise was broken')
  })
})

test.each(Array.from({ length: 20 }, (_, i) => 6000 + i))('world %d keeps every promise', async (seed) => {
  expect(storyOf(await live({ seed, days: 4 }))).toContain('no promise was broken')
})

describe('a break of the program', () => {
  test.each([...mutations, ...past].map((one) => [one.name, one] as const))(
    '%s applies in one place',
    (_, mutation) => {
      const text = readFileSync(root(`src/${mutation.file}`), 'utf8')
      expect(broken(text, mutation)).not.toBe(text)
    },
  )

  test('there are thirty, and eight of the past', () => {
    expect(new Set(mutations.map(({ name }) => name)).size).toBe(30)
    expect(new Set(past.map(({ name }) => name)).size).toBeGreaterThanOrEqual(8)
  })
})

test('docs/worlds.md lists the axes; "node simulation/page.ts" writes them', () => {
  expect(readFileSync(root('docs/worlds.md'), 'utf8')).toContain(tableOfAxes())
  for (const { answers } of axes) expect(answers.length).toBeGreaterThan(1)
})
