import { cpus } from 'node:os'
import { benches, type Extent, type Result } from './benches.ts'
import { clearBuilt } from './package.ts'
import { tableOf } from './table.ts'

const words = process.argv.slice(2)
const extent: Extent = words.includes('--full') ? 'full' : words.includes('--smallest') ? 'smallest' : 'usual'
const names = words.filter((word) => !word.startsWith('--'))
const unknown = names.filter((name) => !Object.hasOwn(benches, name))
const say = (line: string) => void process.stdout.write(`${line}\n`)
const aside = (line: string) => void process.stderr.write(`${line}\n`)

if (unknown.length > 0) {
  aside(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`)
  process.exitCode = 2
} else {
  const results: Result[] = []
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue
    const from = performance.now()
    try {
      results.push(await bench(extent))
      aside(`${name}: ${Math.round((performance.now() - from) / 1000)} s`)
    } catch (error) {
      // The others are worth their table all the same.
      aside(`${name} failed: ${error instanceof Error ? error.stack : error}`)
      process.exitCode = 1
    }
  }
  clearBuilt()
  const figures = results.flatMap((one) => one.figures)
  say(`Node ${process.version}, ${cpus().length} processors; min / median / max of each; ${extent} extent.\n`)
  if (figures.length > 0) say(`${tableOf(figures)}\n`)
  for (const { growth } of results) if (growth) say(`### ${growth.title}\n\n${growth.table}\n`)
}
