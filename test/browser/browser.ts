// A real browser for the pages: the one at CHROMIUM_PATH, else the one that a development package brings along.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const cache = resolve(import.meta.dirname, '../../node_modules/.cache')

/** Whether there is a browser to be had: the package's runs on 64-bit Linux alone. */
export const hasBrowser =
  process.env.CHROMIUM_PATH !== undefined || (process.platform === 'linux' && process.arch === 'x64')

export async function startBrowser(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH
  const { executablePath, libraries } = given ? { executablePath: given, libraries: null } : await unpacked()
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
  try {
    return await chromium.launch({ executablePath, args })
  } catch (error) {
    if (libraries === null || !/shared librar/.test(String(error))) throw error
    // A machine without a desktop lacks some; the package has them.
    const env = { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(libraries, '../../fonts') }
    return await chromium.launch({ executablePath, args, env: env as Record<string, string> })
  }
}

/** The package's browser, unpacked once for each of its versions; whoever is second finds it whole. */
async function unpacked(): Promise<{ executablePath: string; libraries: string }> {
  const { resolve: find } = createRequire(import.meta.url)
  const home = resolve(dirname(find('@sparticuz/chromium')), '..')
  const { default: about } = await import(join(home, 'package.json'), { with: { type: 'json' } })
  const folder = join(cache, `chromium-${about.version}`)
  const place = { executablePath: join(folder, 'chromium'), libraries: join(folder, 'al2023/lib') }
  if (existsSync(folder)) return place
  const making = `${folder}.${process.pid}`
  mkdirSync(making, { recursive: true })
  const { TMPDIR } = process.env
  try {
    // The package unpacks into the temporary folder, where another version, or another user, may have been.
    process.env.TMPDIR = making
    const { inflate } = await import('@sparticuz/chromium')
    const parts = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br']
    await Promise.all(parts.map((part) => inflate(join(home, 'bin', part))))
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
  try {
    renameSync(making, folder)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return place
}
