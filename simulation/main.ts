import { parseArgs } from 'node:util'
import { live } from './life.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '30' },
    worlds: { type: 'string', default: '1' },
    log: { type: 'boolean', default: false },
    rough: { type: 'string' },
  },
})
const began = process.cpuUsage()
let days = 0
let steps = 0
for (let n = 0; n < Number(values.worlds); n++) {
  const seed = Number(values.seed) + n
  const life = await live({ seed, days: Number(values.days), ...(values.rough ? { rough: values.rough as never } : {}) }, values.log)
  days += life.lived
  steps += life.counts.steps
  if (values.log) console.log([JSON.stringify(life.answers), ...life.made.map((one) => JSON.stringify(one.written)), ...life.log].join('\n'))
  if (life.broken || values.log) console.log(`seed ${seed} ${life.digest.slice(0, 12)} ${life.broken?.promise}: ${life.broken?.words} at ${new Date(life.broken?.at ?? 0).toISOString()} ${JSON.stringify(Object.fromEntries(life.risks))}`)
}
const { user, system } = process.cpuUsage(began)
const seconds = (user + system) / 1e6
console.log(`${days} lock-days, ${Math.round(steps / days)} steps a day, ${seconds.toFixed(1)} s of the processor: ${Math.round((days / seconds) * 60)} lock-days a minute`)
