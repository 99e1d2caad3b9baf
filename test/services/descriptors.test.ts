// What is told where the program may open no more files: that, and not what the errors of its parts say.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('requests, files and the database blame the limit, and go on when there is room again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-full-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(join(folder, 'rules/one.yaml'), 'rules:\n  - { id: one, when: lock.frozen is true, then: [log: x] }\n')
  writeFileSync(join(folder, 'config.yaml'), 'version: 1\nlocks: { main: { chastify: { token: dev-12345678 } } }\n')
  const script = join(import.meta.dirname, 'full.ts')
  const command = 'ulimit -n 100; exec "$0" "$@"'
  const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, script, folder], { encoding: 'utf8' })
  expect(stderr).toBe('')
  const { before, full, after } = JSON.parse(stdout)
  const words = 'too many open files: raise the limit (ulimit -n / LimitNOFILE)'
  expect(full).toEqual({
    address: ['no', 'unreachable', words],
    // A lookup may well say ENOTFOUND then.
    name: ['no', 'unreachable', words],
    config: `the config ${folder}/config.yaml cannot be read (${words})`,
    rules: `the rules cannot be read: ${words}`,
    database: `cannot use ${folder}/lockwarden.db: ${words}`,
  })
  expect(before).toEqual({
    address: 'ok',
    name: ['no', 'unreachable', expect.stringMatching(/getaddrinfo (ENOTFOUND|EAI_AGAIN) nowhere\.invalid/)],
    config: 'read',
    rules: 'undefined',
    database: 'opened',
  })
  expect(after).toEqual(before)
})
