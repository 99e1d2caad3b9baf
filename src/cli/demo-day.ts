import type { Clock } from '../core/model/ports.ts'
import type { Sandbox } from '../sandbox/index.ts'

/** Examples that come switched off, and are on in the demo. */
const switchedOn = ['away', 'evening-dice']

/** The demo's own rules beside the examples. */
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

/** The text of an example, with the demo's rules switched on. */
export function asPlayed(text: string): string {
  return text
    .split(/^(?= {2}- id: )/m)
    .map((rule) => {
      const wanted = switchedOn.some((id) => rule.startsWith(`  - id: ${id}\n`))
      return wanted ? rule.replace('    enabled: false\n', '') : rule
    })
    .join('')
}

/** The parts with which the demo's day is played. */
export interface Stage {
  world: Sandbox
  /** Normal pace, or slow if there is something to see. */
  slowly(is: boolean): void
  say(words: string): void
  press(input: string): void
  /** Ends lockwarden as a power cut does. */
  crash(): Promise<void>
  /** Starts it with what was on its disk. */
  startAgain(): Promise<void>
  /** Waits until something is true, at most for a quarter of an hour of the demo's clock. */
  until(so: () => boolean): Promise<void>
  /** Whether a rule has acted, and none of its actions is under way any more. */
  isSettled(rule: string): boolean
}

interface Deed {
  /** Hours since midnight. */
  hour: number
  play(stage: Stage): void | Promise<void>
}

const minute = 1 / 60

/** What people do, and what goes wrong, by the hour of the day. */
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

/** A request arrives, but its answer does not: the program is gone meanwhile. */
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

/** An answer is lost on its way back. */
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
 * The events of the day, in order. `ours`: the rules are those of the demo, so that its troubles fit them. `watched`:
 * somebody has pages open, and a restart would sign them out.
 */
export function deedsOf({ ours, watched }: { ours: boolean; watched: boolean }): readonly Deed[] {
  const troubles = [...(ours && !watched ? [crash] : []), ...(ours ? [lostAnswer] : [])]
  return [...deeds, ...troubles].sort((one, other) => one.hour - other.hour)
}

/** Waits on a clock until something is true. It looks in real time, since the clock may stand nearly still. */
export async function waitUntil(so: () => boolean, clock: Clock, signal: AbortSignal): Promise<void> {
  const end = clock.ticks() + longestWaitMs
  while (!so() && clock.ticks() < end && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

const longestWaitMs = 900_000
const lookMs = 10
