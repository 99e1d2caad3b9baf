import { Draws } from './chance.ts'

/** A question that the services' documents leave open, with the answers that fit them; the first is the plainest. */
export interface Axis {
  name: string
  /** What the documents say of it. */
  documented: string
  answers: readonly { name: string; weight: number }[]
  /** What the daemon does, whichever it is. */
  daemon: string
}

const plain = (name: string) => ({ name, weight: 4 })
const odd = (...names: string[]) => names.map((name) => ({ name, weight: 1 }))

/** Every axis of a world, as docs/worlds.md lists them. */
export const axes = [
  {
    name: 'frozen time',
    documented: 'Nothing on whether the remaining and the locked time go on under a freeze.',
    answers: [plain('both stand'), ...odd('locked time runs', 'both run')],
    daemon: 'Two readings of a frozen lock tell whether the remaining time stands; until then no change is told by it.',
  },
  {
    name: 'second freeze',
    documented: 'Nothing on a freeze of a frozen lock.',
    answers: [plain('replaces'), ...odd('adds', 'fails')],
    daemon: 'It refuses to freeze a lock that is frozen.',
  },
  {
    name: 'readings',
    documented: 'Nothing on how soon a reading shows a write.',
    answers: [plain('at once'), ...odd('lag up to 3 s', 'lag up to 10 s', 'a replica goes back')],
    daemon: 'Within 20 s of a write no reading is proof that it did not arrive, and nothing it explains is a change.',
  },
  {
    name: 'grants',
    documented: 'Nothing on whether what is asked for is granted to the second.',
    answers: [plain('in full'), ...odd('to the minute')],
    daemon: 'What was granted is seen in the next reading; a part of what was asked for is nobody’s change.',
  },
  {
    name: 'beyond the maximum',
    documented: 'The wearer has a maximum; nothing on what becomes of time beyond it.',
    answers: [plain('cut in silence'), ...odd('refused with 200', 'refused with 400', 'refused with 409')],
    daemon: 'It never asks for more than there is room for by the last reading; a refusal ends the action.',
  },
  {
    name: 'lock id',
    documented: 'An id is seen in the answers of some clients; nothing says that it is always there.',
    answers: [plain('present'), ...odd('absent', 'comes and goes')],
    daemon: 'Another id is another lock; without one the count of locked time tells.',
  },
  {
    name: 'time shown',
    documented: 'The time may be hidden; nothing on how that looks, or on the count after its end.',
    answers: [plain('always'), ...odd('hidden at times', 'negative at the end')],
    daemon: 'Hidden time is unknown: no time is added where the maximum could not be kept. Less than 0 is 0.',
  },
  {
    name: 'Date',
    documented: 'Nothing on the header, nor on how right the services’ clocks are.',
    answers: [plain('right'), ...odd('absent', '90 s off', 'drifts')],
    daemon: 'Up to 2 min apart are borne; further apart nothing is decided. Without it the machine’s clock is trusted.',
  },
  {
    name: 'dice',
    documented: 'A game may subtract; nothing on whether the end may come to lie in the past.',
    answers: [plain('never below now'), ...odd('below now')],
    daemon: 'What a game brought is read from its answer or its history, whatever it is.',
  },
  {
    name: 'histories',
    documented: 'Nothing on how soon a game is listed.',
    answers: [plain('at once'), ...odd('up to 15 s late')],
    daemon: 'A lost game is told by readings begun 20 s later at least.',
  },
  {
    name: 'allowances',
    documented: 'Chastify: 300 reads, 120 writes, 30 actions a minute on one page, fewer on an older. Tracker: none.',
    answers: [plain('as published'), ...odd('smaller', 'smaller, without Retry-After')],
    daemon: 'It stays below half of them by itself, and waits when it is told to.',
  },
  {
    name: 'errors',
    documented: 'Both forms of an error are seen: a code, or an object with a code.',
    answers: [plain('an object'), ...odd('a code')],
    daemon: 'It reads both.',
  },
  {
    name: 'envelope',
    documented: 'The lock stands at the top of the answer, or under `data`.',
    answers: [plain('under data'), ...odd('bare')],
    daemon: 'It reads both.',
  },
  {
    name: 'role',
    documented: 'A token is of a wearer or of a keyholder; an untrusted keyholder has three timed freezes a day.',
    answers: [plain('keyholder'), ...odd('wearer', 'untrusted keyholder')],
    daemon: 'A refusal ends the action, and is not asked for again before a restart where it is of the permission.',
  },
  {
    name: 'token',
    documented: 'A token can be revoked; nothing on whether it comes back.',
    answers: [plain('stays'), ...odd('is revoked and given back')],
    daemon: 'A refused token is not used again before its file changes.',
  },
] as const satisfies readonly Axis[]

export type AxisName = (typeof axes)[number]['name']
type AnswerOf<N extends AxisName> = Extract<(typeof axes)[number], { name: N }>['answers'][number]['name']

/** How one world answers all of them. */
export type Answers = { [N in AxisName]: AnswerOf<N> | string }

/** The world of a seed; what is `set` is as it is set. */
export function answersOf(seed: number, set: Readonly<Partial<Answers>> = {}): Answers {
  const drawn = axes.map(({ name, answers }) => {
    const draws = new Draws(seed, `axis ${name}`)
    return [name, draws.weighed(Object.fromEntries(answers.map((one) => [one.name, one.weight])))]
  })
  return { ...(Object.fromEntries(drawn) as Answers), ...set }
}

/** The plainest answer of an axis. */
export function plainest(name: AxisName): string {
  return axes.find((axis) => axis.name === name)?.answers[0]?.name ?? ''
}
