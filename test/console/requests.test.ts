// Requests and pages that are not as ours are.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashPassword, isPassword, parsePasswordHash } from '../../src/config/password.ts'
import { exportCsv } from '../../src/views/export.ts'
import { House, home } from './house.ts'

describe.concurrent('a request', () => {
  test('with a field too many, or one of another type, changes nothing', async () => {
    await using house = await House.open()
    const keyholder = await house.as('keyholder')
    for (const raw of [
      '{"lock":"main","role":"wearer"}',
      '{"__proto__":{"lock":"main"},"x":1}',
      '{"lock":["main"]}',
      '[]',
      'null',
      '{"lock":',
    ]) {
      expect([raw, (await keyholder.ask('/api/stop', { raw })).status]).toEqual([raw, 400])
    }
    expect(house.has('data/STOP')).toBe(false)
  })

  test('by another method, or by GET, changes nothing', async () => {
    await using house = await House.open()
    const wearer = await house.as('wearer')
    for (const method of ['DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'HEAD']) {
      expect([method, (await wearer.ask('/api/stop', { method })).status]).toEqual([method, 405])
    }
    expect((await wearer.ask('/api/stop')).status).toBe(404)
    expect(house.has('data/STOP')).toBe(false)
  })

  test('cannot say by a header who it is from', async () => {
    await using house = await House.open()
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-user': 'wearer', 'x-real-ip': '203.0.113.9' }
    expect((await house.ask('/api/resume', { body: {}, headers })).status).toBe(401)
    await house.ask('/api/sign-in', { body: { role: 'wearer', password: 'wrong password' }, headers })
    const { json } = await (await house.as('wearer')).ask('/api/audit')
    expect(json.map(({ who }: { who: { address: string } }) => who.address)).toEqual(['127.0.0.1', '127.0.0.1'])
  })
})

describe('the sources', () => {
  const folder = join(home, 'src')
  const files = readdirSync(folder, { recursive: true }).map(String)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')

  test('of pages put texts in as texts, and hold no other site', () => {
    for (const name of files.filter((one) => one.startsWith('console/pages/') && one.endsWith('.ts'))) {
      const text = read(name)
      expect([
        name,
        text.match(
          /innerHTML|outerHTML|insertAdjacentHTML|unsafe(?:HTML|SVG)|unsafeStatic|document\.write|postMessage/,
        ),
      ]).toEqual([name, null])
      expect([name, text.match(/\beval\(|new Function|https:\/\/(?!lock\.example)/)]).toEqual([name, null])
    }
    expect(read('console/pages/look/signin.ts')).toContain('type="password"')
    // The frame around every page.
    expect(read('console/pages/frame.ts')).toContain('Sign out</button>')
  })

  test('start no other program but the system’s date and notifier and git, without a shell, and run no text as code', () => {
    const asksTheSystem = 'cli/zone.ts'
    const starts: Record<string, RegExp> = {
      [asksTheSystem]: /spawnSync\('date', \[\.\.\.how, '\+%z'\]/g,
      'cli/build.ts': /execFileSync\('git', \['log', '-1', '--format=%H %cs'\]/g,
      'cli/systemd.ts': /spawn\(speaker, words, \{ stdio: 'ignore', env: \{ PATH, NOTIFY_SOCKET \} \}\)/g,
    }
    for (const name of files.filter((one) => one.endsWith('.ts'))) {
      expect([name, read(name).match(/node:vm'|\beval\(|new Function/)]).toEqual([name, null])
      const [known] = Object.entries(starts).filter(([one]) => one === name)
      if (!known) {
        expect([name, read(name).match(/child_process/)]).toEqual([name, null])
        continue
      }
      expect([name, read(name).match(known[1])?.length]).toEqual([name, 1])
      expect([name, read(name).match(/(?<!\.)\b(?:spawn|exec|execFile|fork)(?:Sync)?\(/g)?.length]).toEqual([name, 1])
      expect([name, read(name).match(/shell:/)]).toEqual([name, null])
    }
  })
})

test('a long password of any characters is taken whole, and as it was typed', async () => {
  const password = ` ${'Größe 😀 x'.repeat(12)} `
  const hash = parsePasswordHash(await hashPassword(password))
  if (!hash) throw new Error('no hash')
  expect(await isPassword(password, hash)).toBe(true)
  for (const other of [password.trim(), password.toLowerCase(), password.slice(0, 72)]) {
    expect(await isPassword(other, hash)).toBe(false)
  }
})

test('a table for spreadsheets holds no formula', () => {
  const row = { rule: '=HYPERLINK("http://x")', said: '+1', note: '@x', trouble: '-1' } as never
  const [, line] = exportCsv([row]).split('\n')
  expect(line).toContain(`"'=HYPERLINK(""http://x"")"`)
  for (const cell of ["'+1", "'@x", "'-1"]) expect(line?.split(',')).toContain(cell)
})
