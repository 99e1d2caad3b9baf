// The clone brings the Node that everything in it runs on; npm itself may run on an older one, and would warn of each
// library that could not. `node scripts/engines.ts`, after a change of dependencies, takes those demands out of the lock
// file; what the package needs stands in package.json.
import { readFile, writeFile } from 'node:fs/promises'

interface Lock {
  packages: Record<string, { engines?: { node?: string }; optional?: boolean }>
}

/** Libraries of a lock file of which npm would warn on the oldest Node that a clone is promised to do with. */
export function demanding({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([path, { engines, optional }]) => {
    const wanted = engines?.node
    if (path === '' || optional || wanted === undefined) return []
    return wanted.split('||').some(admitsOldest) ? [] : [path]
  })
}

/** Whether a range admits some Node 20: the newest of them, since that is what people have who have one. */
function admitsOldest(range: string): boolean {
  const [, sign = '', major = '0'] = /^\s*(>=|>|\^|~)?\s*v?(\d+)/.exec(range) ?? []
  return sign.startsWith('>') ? Number(major) <= 20 : Number(major) === 20
}

if (import.meta.main) {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock
  for (const path of demanding(lock)) delete lock.packages[path]?.engines
  await writeFile('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
}
