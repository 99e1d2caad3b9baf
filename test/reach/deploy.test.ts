// The alert rules and the dashboard: parsed by promtool where it is installed, and asking for nothing that is not told.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { metricsOf } from '../../src/reach/metrics/samples.ts'
import { promtool } from './promtool.ts'

const root = resolve(import.meta.dirname, '../..')
const alertsFile = join(root, 'deploy/alerts.yaml')

interface AlertRule {
  alert: string
  expr: string
  for?: string
  labels: Record<string, string>
  annotations: Record<string, string>
}
interface PromTests {
  tests: {
    input_series: { series: string; values: string }[]
    alert_rule_test: {
      alertname: string
      exp_alerts: { exp_labels: Record<string, string>; exp_annotations: Record<string, string> }[]
    }[]
  }[]
}
interface Panel {
  id: number
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  datasource: { uid: string }
  targets: { expr: string }[]
}

const alerts = (parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: AlertRule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
)
const promtests = parse(readFileSync(join(import.meta.dirname, 'alerts.promtest.yaml'), 'utf8')) as PromTests
const dashboard = JSON.parse(readFileSync(join(root, 'deploy/grafana-dashboard.json'), 'utf8')) as {
  panels: Panel[]
  templating: { list: { name: string; query: string | { query: string } }[] }
  annotations: { list: { expr: string }[] }
}
const shown = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
]

const histograms = ['lockwarden_step_duration_seconds', 'lockwarden_poll_lateness_seconds']
const told = new Set([
  ...metricsOf({ locks: [], faults: 0, limitsFaulty: false, restartNeeded: false, version: '', node: '' }).map(
    ({ name }) => name,
  ),
  ...histograms.map((name) => `${name}_bucket`),
])

function check(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', words, { encoding: 'utf8' })
  return { status, said: status === 0 ? '' : stdout + stderr }
}
const fine = { status: 0, said: '' }

/** An annotation with anything in the place of what is filled in. */
function patternOf(annotation: string): RegExp {
  const parts = annotation.split(/\{\{.*?\}\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.+')}$`)
}

function isBalanced(expr: string): boolean {
  const bare = expr.replace(/"(?:[^"\\]|\\.)*"/g, '')
  return [/[()]/g, /[{}]/g, /[[\]]/g].every((pair) => (bare.match(pair)?.length ?? 0) % 2 === 0)
}

test.each([...alerts.map(({ expr }) => expr), ...shown])('asks for what is told: %s', (expr) => {
  const names = [...expr.matchAll(/\blockwarden_\w+/g)].map(([name]) => name)
  expect(names.filter((name) => !told.has(name))).toEqual([])
  expect(isBalanced(expr)).toBe(true)
})

describe('the alert rules', () => {
  test('have a name of their own each, a severity and a summary', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
    for (const { alert, labels, annotations } of alerts) {
      expect(alert).toMatch(/^Lockwarden[A-Z]\w+$/)
      expect(['critical', 'warning', 'info']).toContain(labels.severity)
      expect(annotations.summary).toMatch(/\w/)
    }
  })

  test('have a case each in which they fire, in their own words, and one in which they do not', () => {
    const cases = promtests.tests.flatMap(({ alert_rule_test }) => alert_rule_test)
    const own = (name: string, wanted: boolean) =>
      cases.filter(({ alertname, exp_alerts }) => alertname === name && exp_alerts.length > 0 === wanted)
    for (const { alert, labels, annotations } of alerts) {
      const fired = own(alert, true).flatMap(({ exp_alerts }) => exp_alerts)
      expect([alert, fired.length > 0, own(alert, false).length > 0]).toEqual([alert, true, true])
      for (const { exp_labels, exp_annotations } of fired) {
        expect([alert, exp_labels]).toEqual([alert, expect.objectContaining(labels)])
        expect(Object.keys(exp_annotations)).toEqual(Object.keys(annotations))
        for (const [key, words] of Object.entries(exp_annotations)) {
          expect([alert, words]).toEqual([alert, expect.stringMatching(patternOf(annotations[key] ?? ''))])
        }
      }
    }
    const names = promtests.tests.flatMap(({ input_series }) => input_series.map(({ series }) => series))
    for (const name of names)
      expect([name, told.has(/^\w+/.exec(name)?.[0] ?? '') || /^up\b/.test(name)]).toEqual([name, true])
  })

  test.skipIf(promtool === null)('pass promtool', () => {
    expect(check('check', 'rules', alertsFile)).toEqual(fine)
    expect(check('test', 'rules', join(import.meta.dirname, 'alerts.promtest.yaml'))).toEqual(fine)
  })
})

describe('the dashboard', () => {
  test('has panels with ids of their own that do not overlap, all of the chosen source', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24)
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`)
    })
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(panels.map(({ datasource }) => datasource.uid))).toEqual(new Set([`\${datasource}`]))
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'lock'])
  })

  test.skipIf(promtool === null)('asks in expressions that promtool reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockwarden-dashboard-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const filled = shown.map((expr) => expr.replaceAll('$lock', 'main').replaceAll('$__rate_interval', '5m'))
    const rules = filled.map((expr, i) => ({ record: `panel:${i}`, expr }))
    writeFileSync(join(folder, 'panels.yaml'), stringify({ groups: [{ name: 'panels', rules }] }))
    expect(check('check', 'rules', join(folder, 'panels.yaml'))).toEqual(fine)
  })
})
