import { parseArgs } from 'node:util'
import { live, type Plan } from './life.ts'
import { promises } from './oracle.ts'
import { shrunk, storyOf } from './story.ts'

/**
 * Lives worlds one after the other, each of the next seed, until so many or so many seconds of the processor are over.
 * The first broken promise ends it with 1, made as small as it goes and told as a story.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      days: { type: 'string', default: '30' },
      worlds: { type: 'string', default: '100' },
      minutes: { type: 'string' },
      plan: { type: 'string' },
      log: { type: 'boolean', default: false },
      on: { type: 'boolean', default: false },
      bare: { type: 'boolean', default: false },
    },
  })
  const first = Number(values.seed)
  const worlds = values.plan !== undefined ? 1 : values.minutes === undefined ? Number(values.worlds) : Infinity
  const most = values.minutes === undefined ? Infinity : Number(values.minutes) * 60
  const began = process.cpuUsage()
  const spent = () => Object.values(process.cpuUsage(began)).reduce((sum, micros) => sum + micros, 0) / 1e6
  const total = { worlds: 0, days: 0, steps: 0, effects: 0, firings: 0 }
  const risks = new Map<string, number>()
  let broken = 0
  for (; total.worlds < worlds && spent() < most; total.worlds++) {
    const plan: Plan = values.plan ? JSON.parse(values.plan) : { seed: first + total.worlds, days: Number(values.days) }
    const life = await live(plan, values.log || values.plan !== undefined)
    total.days += life.lived
    for (const key of ['steps', 'effects', 'firings'] as const) total[key] += life.counts[key]
    for (const [risk, count] of life.risks) risks.set(risk, (risks.get(risk) ?? 0) + count)
    if (values.log) process.stdout.write(`${life.log.join('\n')}\n`)
    if (!life.broken) continue
    broken++
    process.stdout.write(`seed ${plan.seed}: ${life.broken.promise}: ${life.broken.words}\n`)
    if (!values.bare) process.stdout.write(`${storyOf(await shrunk(await live(plan)))}\n`)
    if (!values.on) break
  }
  const seconds = spent()
  const perDay = Math.round(total.steps / total.days)
  process.stdout.write(
    `${total.worlds} worlds, ${Math.round(total.days)} lock-days of ${perDay} steps, ${total.firings} firings, ${total.effects} effects: ` +
      `${broken === 0 ? `none of ${Object.keys(promises).length} promises broken` : `${broken} broken`}\n` +
      `${[...risks].map(([risk, count]) => `${risk}: ${count}\n`).join('')}` +
      `${seconds.toFixed(1)} s of the processor, ${Math.round((total.days / seconds) * 60)} lock-days a minute\n`,
  )
  return broken === 0 ? 0 : 1
}

process.exitCode = await main()
