import { expect, test } from 'vitest'
import { live, type Plan } from '../../simulation/life.ts'
import { storyOf } from '../../simulation/story.ts'

/** What the simulation has found, each with the life in which it did. */
const found: readonly (readonly [what: string, plan: Plan])[] = [
  [
    'a rule on two services acted on what was read of the lock before, since the other had answered first',
    { seed: 5058, days: 8 },
  ],
  ['a clock that was set back looked like time that somebody took off', { seed: 5096, days: 3 }],
]

test.each(found)('%s', async (_, plan) => {
  expect(storyOf(await live(plan))).toContain('no promise was broken')
})
