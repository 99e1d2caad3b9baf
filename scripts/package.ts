import { execFile } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const home = fileURLToPath(new URL('..', import.meta.url))
const parts = [
  'src',
  'scripts',
  'bin',
  'rules',
  'docs',
  'config.example.yaml',
  'node_modules',
  'package.json',
  'package-lock.json',
  'LICENSE',
]

/** Builds the program in a folder that exists and is empty, beside the checkout's own files; resolves to its path. */
export async function packageIn(folder: string): Promise<string> {
  for (const part of parts) symlinkSync(join(home, part), join(folder, part))
  await promisify(execFile)(process.execPath, ['scripts/build.ts'], { cwd: folder })
  return join(folder, 'dist', 'main.js')
}
