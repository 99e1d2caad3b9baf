import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sayZone, zoneDiffers, zoneStatus } from '../../src/cli/zone.ts'
import { moment } from '../core/bench.ts'

const winter = moment('2026-12-01 12:00')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zone-'))
  mkdirSync(join(folder, 'Europe'))
  writeFileSync(join(folder, 'Europe/Berlin'), 'TZif2')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A machine whose `date` runs these lines. */
function machine(script: string): Record<string, string> {
  const date = join(folder, 'date')
  writeFileSync(date, `#!/bin/sh\n${script}\n`)
  chmodSync(date, 0o755)
  return { PATH: folder, TZDIR: folder }
}

const own = /^Europe\/Berlin: \+01:00, from 2027-03-28 03:00:00 on \+02:00 \(zone data \S+\)$/

test('a system that agrees is not spoken of', () => {
  const status = zoneStatus('Europe/Berlin', machine('[ "$2" = @1806195601 ] && echo +0200 || echo +0100'), winter)
  expect(zoneDiffers(status)).toBe(false)
  expect(sayZone(status)).toMatch(own)
})

test.each([
  ['now', 'echo +0200', '+02:00, then +02:00'],
  ['after the next change', 'echo +0100', '+01:00, then +01:00'],
])('one that differs %s is told', (_, script, said) => {
  const status = zoneStatus('Europe/Berlin', machine(script), winter)
  expect(zoneDiffers(status)).toBe(true)
  expect(sayZone(status).endsWith(`; the system's own data have ${said}`)).toBe(true)
})

test.each([
  ['whose date cannot tell', 'exit 1', 'Europe/Berlin'],
  ['whose date says something else', 'echo no', 'Europe/Berlin'],
  ['without data of the zone, whose date says UTC', 'echo +0000', 'America/New_York'],
])('one %s is not held against it', (_, script, zone) => {
  expect(zoneDiffers(zoneStatus(zone, machine(script), winter))).toBe(false)
})

test('one without date is not held against it', () => {
  const env = { PATH: join(folder, 'nothing'), TZDIR: folder }
  expect(sayZone(zoneStatus('Europe/Berlin', env, winter))).toMatch(own)
})

test('a zone without a change ahead says so', () => {
  expect(sayZone(zoneStatus('UTC', { PATH: folder }, winter))).toMatch(/^UTC: \+00:00, no change ahead \(zone data/)
})
