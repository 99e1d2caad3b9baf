import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The commit from which a program was built. */
type Made = { commit?: unknown; date?: unknown } | null

/**
 * A version with the commit and its day, as `1.0.0 (0123456, 2026-11-29)`: a build knows it from what it wrote down, a
 * clone from git. The version alone if neither tells.
 */
export function buildOf(home: string, version: string): string {
  const made = existsSync(join(home, 'dist')) ? written(home) : asked(home)
  const said = `${made?.commit} ${made?.date}`
  const [, commit, date] = /^([0-9a-f]{7})[0-9a-f]* (\d{4}-\d\d-\d\d)$/.exec(said) ?? []
  return commit === undefined ? version : `${version} (${commit}, ${date})`
}

function written(home: string): Made {
  try {
    return JSON.parse(readFileSync(join(home, 'dist/build.json'), 'utf8'))
  } catch {
    return null
  }
}

/** What git says of a clone. It is not asked if the folder only lies inside somebody else's clone. */
function asked(home: string): Made {
  if (!existsSync(join(home, '.git'))) return null
  try {
    const said = execFileSync('git', ['log', '-1', '--format=%H %cs'], {
      cwd: home,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 2000,
    })
    const [commit, date] = said.trim().split(' ')
    return { commit, date }
  } catch {
    return null
  }
}
