// What the books say of numbers, topics and channels is what there is.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { abouts, mqttSchema, tellSchema } from '../../src/config/reach.ts'
import { metricsOf } from '../../src/reach/metrics/samples.ts'
import { promtool } from './promtool.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const metrics = read('docs/metrics.md')
const home = read('docs/home-assistant.md')
const telling = read('docs/telling.md')

test('the list of numbers is complete, and names no other', () => {
  const told = metricsOf({ locks: [], faults: 0, limitsFaulty: false, restartNeeded: false, version: '', node: '' })
  const there = [
    ...told.map(({ name }) => name),
    'lockwarden_step_duration_seconds',
    'lockwarden_poll_lateness_seconds',
  ]
  const listed = [...metrics.matchAll(/`(lockwarden_\w+)`/g)].map(([, name]) => name)
  expect([...new Set(listed)].sort()).toEqual(there.sort())
})

test.each([
  ['docs/home-assistant.md', home, Object.keys(mqttSchema.shape)],
  [
    'docs/telling.md',
    telling,
    [...Object.keys(tellSchema.shape), ...abouts, 'ntfy', 'gotify', 'telegram', 'webhook_file'],
  ],
])('%s names every key', (_, book, keys) => {
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(book))).toEqual([])
})

test('links lead to files that are there', () => {
  for (const [name, book] of [
    ['docs/metrics.md', metrics],
    ['docs/home-assistant.md', home],
    ['docs/telling.md', telling],
  ] as const) {
    for (const [, link = ''] of book.matchAll(/\]\(([^)#]+)(?:#[\w-]+)?\)/g)) {
      expect(() => readFileSync(resolve(root, name, '..', link))).not.toThrow()
    }
  }
})

test('the part of prometheus.yml names this job and these rules', () => {
  const [, block = ''] = /```yaml\n(# part of prometheus\.yml\n[\s\S]*?)```/.exec(metrics) ?? []
  expect(parse(block)).toMatchObject({ rule_files: ['alerts.yaml'], scrape_configs: [{ job_name: 'lockwarden' }] })
  if (promtool === null) return
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-prometheus-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(root, 'deploy/alerts.yaml'), join(folder, 'alerts.yaml'))
  writeFileSync(join(folder, 'prometheus.yml'), block)
  const { status, stderr } = spawnSync(promtool, ['check', 'config', join(folder, 'prometheus.yml')], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
