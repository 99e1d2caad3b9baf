import { axes, plainest } from './axes.ts'
import { allFaults } from './faults.ts'
import { type Life, live, type Plan } from './life.ts'
import { promises } from './oracle.ts'
import { acts } from './people.ts'

/** How a plan may be made smaller, the greatest steps first. */
function* smaller({ plan, answers, broken, made }: Life): Generator<Plan> {
  const days = Math.ceil(((broken?.at ?? 0) - Date.UTC(2026, 2, 2, 9)) / 86_400_000)
  if (days < plan.days) yield { ...plan, days }
  const off = new Set(plan.off)
  const all = [...allFaults, ...(Object.keys(acts) as (keyof typeof acts)[])].filter((one) => !off.has(one))
  if (all.length > 0) yield { ...plan, off: [...off, ...all] }
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < all.length; from += size)
      yield { ...plan, off: [...off, ...all.slice(from, from + size)] }
  }
  for (const { name } of axes) {
    if (answers[name] !== plainest(name)) yield { ...plan, answers: { ...plan.answers, [name]: plainest(name) } }
  }
  const places = made.map(({ id }) => Number(id.slice(1)))
  if (places.length > 1) for (const place of places) yield { ...plan, rules: places.filter((one) => one !== place) }
}

/** The smallest life found that still breaks the same promise. Of one that breaks none, itself. */
export async function shrunk(life: Life, tries = 200): Promise<Life> {
  if (!life.broken) return life
  let least = life
  let left = tries
  for (let went = true; went && left > 0; ) {
    went = false
    for (const plan of smaller(least)) {
      if (left-- <= 0) break
      const tried = await live(plan)
      if (tried.broken?.promise !== life.broken.promise) continue
      least = tried
      went = true
      break
    }
  }
  return least
}

/** The last lines of a log that are told. */
const mostLines = 60

/**
 * A broken promise as a story: what the world is like, its rules as a file that a rule test can name, and what happened
 * up to the moment, with the plan that lives it again.
 */
export function storyOf({ plan, answers, broken, made, log }: Life): string {
  if (!broken) return `seed ${plan.seed}: no promise was broken`
  const odd = axes.filter(({ name }) => answers[name] !== plainest(name)).map(({ name }) => `${name}: ${answers[name]}`)
  const shown = log.slice(-mostLines)
  return [
    `# ${promises[broken.promise]} – broken`,
    `# ${broken.words}`,
    `# Lived again by: npm run simulate -- --plan '${JSON.stringify(plan)}'`,
    `# In a world of its own: ${odd.join('; ') || 'no, the plainest'}`,
    'rules:',
    ...made.map(({ written }) => `  - ${JSON.stringify(written)}`),
    '# What happened:',
    ...(shown.length < log.length ? [`#   (${log.length - shown.length} lines before)`] : []),
    ...shown.map((line) => `#   ${line}`),
  ].join('\n')
}
