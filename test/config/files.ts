import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Config, type Environment, loadConfig } from '../../src/config/load.ts'
import { type Fault, Faulty } from '../../src/document/fault.ts'

/** A folder with these files in it, gone after the test. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockwarden-config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

/** Loads a config out of a folder that holds it and the other files. */
export async function load(text: string, env: Environment = {}, files: Record<string, string> = {}): Promise<Config> {
  const folder = await folderWith({ 'config.yaml': text, ...files })
  return loadConfig(join(folder, 'config.yaml'), env)
}

/** The faults of a config that must have some. */
export async function faultsOf(text: string, env: Environment = {}, files: Record<string, string> = {}) {
  const error: unknown = await load(text, env, files).then(
    () => new Error('the config was loaded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Faulty)) throw error
  return error.faults
}

export function at(fault: Fault): string {
  return `${fault.place.line}:${fault.place.column}`
}

/** A fault's text without the folder, which has another name each time. */
export function said(fault: Fault): string {
  return fault.hint ? `${fault.message}; ${fault.hint}` : fault.message
}
