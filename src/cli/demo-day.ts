import type { Clock } from '../core/model/ports.ts'
import type { Sandbox } from '../sandbox/index.ts'

/** Examples that are off as they come, and are on in the demo's day. */
const switchedOn = ['away', 'evening-dice']

/** What the demo's day has beside the examples. */
export const ownRules = `# What the demo's day has beside the examples.
rules:
  - id: noon-ice
    description: Frozen over noon
    at: "12:00"
    when: lock.frozen is false
    then:
      - freeze: 90m

  - id: too-much
    description: A rule that asks for more than the wearer agreed to
    at: "17:30"
    then:
      - add_time: 5h
      - log: { title: Five hours were asked for, description: "{{ did }}" }
`

/** The text of an example, with the rules that the demo wants switched on. */
export function asPlayed(text: string): string {
  return text
    .split(/^(?= {2}- id: )/m)
    .map((rule) => {
      const wanted = switchedOn.some((id) => rule.startsWith(`  - id: ${id}\n`))
      return wanted ? rule.replace('    enabled: false\n', '') : rule
    })
    .join('')
}

/** What the demo's day is played on. */
export interface Stage {
  world: Sandbox
  /** The clock's own pace, or slowly, where there is something to see. */
  slowly(is: boolean): void
  say(words: string): void
  press(input: string): void
  /** Takes lockwarden away as a power cut does. */
  crash(): Promise<void>
  /** Starts it on what was on its disk. */
  startAgain(): Promise<void>
  /** Waits until something is so, at most for a quarter of an hour of the demo's clock. */
  until(so: () => boolean): Promise<void>
  /** Whether nothing of a rule is under way any more, and something was. */
  isSettled(rule: string): boolean
}

interface Deed {
  /** Hours since midnight. */
  hour: number
  play(stage: Stage): void | Promise<void>
}

const minute = 1 / 60

/** What people do in the day, and what goes wrong, by the hour. */
const deeds: readonly Deed[] = [
  {
    hour: 11,
    play({ world, say }) {
      say('The keyholder adds 20 min by hand, at Chastify.')
      world.lock.addTime(1200)
    },
  },
  {
    hour: 15,
    play({ world, say }) {
      say('The keyholder assigns a task, worth three points.')
      world.lock.openTask('Write one page about this day', 3)
    },
  },
  {
    hour: 16.1,
    play({ world, say }) {
      say('The wearer does the task and gets its points.')
      world.lock.closeTask('points')
    },
  },
  {
    hour: 20.25,
    play({ press, say }) {
      say('The wearer presses the button "checkin".')
      press('checkin')
    },
  },
]

/** A request that arrives, and whose answer never does: the program is gone meanwhile. */
const crash: Deed = {
  hour: 12 - minute,
  async play(stage) {
    const { world, say, until, slowly } = stage
    const arrived = () => world.applied.some(({ call }) => call === 'freeze')
    const calm = world.fault({ call: 'freeze', kind: 'hang', after: true, times: 1 })
    slowly(true)
    await until(arrived)
    calm()
    if (arrived()) {
      say('Power cut: the freeze has arrived, but lockwarden is gone before it gets the answer.')
      await stage.crash()
      say('lockwarden is started again. It does not freeze a second time; it looks first.')
      await stage.startAgain()
      await until(() => stage.isSettled('noon-ice'))
    }
    slowly(false)
  },
}

/** An answer that is lost on its way back. */
const lostAnswer: Deed = {
  hour: 14 - 2 * minute,
  async play(stage) {
    const { world, say, until, slowly } = stage
    const arrived = () => world.applied.some(({ call }) => call === 'add_time')
    const calm = world.fault({ call: 'add_time', kind: 'drop-after', times: 1 })
    slowly(true)
    await until(arrived)
    calm()
    if (arrived()) {
      say('The connection is cut before the answer comes: did the ten minutes arrive?')
      await until(() => stage.isSettled('away'))
    }
    slowly(false)
  },
}

/**
 * What happens in the day, in its order. `ours`: the rules are those of the demo, so that what goes wrong can be told
 * of them; `watched`: somebody has pages open, whom a restart would sign out.
 */
export function deedsOf({ ours, watched }: { ours: boolean; watched: boolean }): readonly Deed[] {
  const troubles = [...(ours && !watched ? [crash] : []), ...(ours ? [lostAnswer] : [])]
  return [...deeds, ...troubles].sort((one, other) => one.hour - other.hour)
}

/** Waits on a clock until something is so; looks in real time, since it may stand nearly still. */
export async function waitUntil(so: () => boolean, clock: Clock, signal: AbortSignal): Promise<void> {
  const end = clock.ticks() + longestWaitMs
  while (!so() && clock.ticks() < end && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

const longestWaitMs = 900_000
const lookMs = 10
