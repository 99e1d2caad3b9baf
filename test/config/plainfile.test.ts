import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { loadRules } from '../../src/config/rulefiles.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'
import { folderWith } from './files.ts'

test('a pipe among the rules is told of, not waited for', async () => {
  const folder = await folderWith({
    'rules/a.yaml': 'rules: [{ id: a, when: lock.frozen is true, then: [unfreeze] }]\n',
  })
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')])
  symlinkSync(join(folder, 'pipe'), join(folder, 'rules/b.yaml'))
  const { rules, faults } = await loadRules(join(folder, 'rules'), { services, zone: 'UTC' }, folder)
  expect(rules).toBeNull()
  expect(faults.map(faultLine)).toEqual(['rules/b.yaml:1:1: cannot be read: it is no file'])
  await expect(loadConfig(join(folder, 'pipe'), {})).rejects.toThrow(/pipe cannot be read \(it is no file\)/)
})
