// The program as it is shipped, built once for all tests: the processes that they start are those that people run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packageIn } from '../scripts/package.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the built program. */
    program: string
  }
}

export default async function build(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockwarden-built-'))
  project.provide('program', await packageIn(folder))
  return () => rmSync(folder, { recursive: true, force: true })
}
