import { channelsOf } from '../config/reach.ts'
import type { DaemonView } from '../queries/daemon.ts'
import { lacking } from '../services/credentials.ts'
import type { OpenStore } from '../store/store.ts'
import {
  type Judged,
  type Preview,
  type Standing,
  type Surroundings,
  standingOf,
  type Task,
  type Tried,
  type Written,
} from './drafting.ts'
import { Turns } from './turns.ts'
import { Workshop } from './workshop.ts'

/** Who asks for a check. */
export interface DraftAsker {
  name: string
  isKnown: boolean
}

/**
 * Checks edited rule files against everything around them, one at a time and in a thread of its own. Nothing is stored
 * or sent.
 */
export class Drafts {
  readonly #asked: DaemonView
  readonly #recorded: Pick<OpenStore, 'flush'> | null
  readonly #looks = {
    turns: new Turns('checking rules', { strangers: 4, ofOne: 3, known: 4 }),
    shop: new Workshop(),
  }
  /** Backtests take longer, so they have a queue of their own: typing must not wait for them. */
  readonly #trials = {
    turns: new Turns('trying rules out', { strangers: 1, ofOne: 1, known: 1 }),
    shop: new Workshop(),
  }

  /** `recorded` stores the readings up to now; null if nothing is recorded. */
  constructor(asked: DaemonView, recorded: Pick<OpenStore, 'flush'> | null) {
    this.#asked = asked
    this.#recorded = recorded
  }

  /** Whether rules can be tried out on the past. */
  get canTry(): boolean {
    return this.#recorded !== null
  }

  /** Whether the rules have no fault with this text among them. */
  check(asker: DraftAsker, written: Written): Promise<Pick<Preview, 'ok' | 'faults'>> {
    return this.#do(this.#looks, asker, () => ({ kind: 'check', around: this.#around(written) }))
  }

  /** What saving a text would do. */
  preview(asker: DraftAsker, written: Written): Promise<Preview> {
    return this.#do(this.#looks, asker, () => {
      const { data } = this.#asked.config
      return { kind: 'preview', around: this.#around(written), standing: this.#standing(written.lock), data }
    })
  }

  /** Whether a text may be saved. */
  judge(asker: DraftAsker, written: Written): Promise<Judged> {
    return this.#do(this.#looks, asker, () => ({ kind: 'judge', around: this.#around(written) }))
  }

  /** Replays the last days with a text. */
  trial(asker: DraftAsker, written: Written, days: number): Promise<Tried> {
    return this.#do(this.#trials, asker, async () => {
      await this.#recorded?.flush()
      const { data } = this.#asked.config
      return { kind: 'trial', around: this.#around(written), standing: this.#standing(written.lock), data, days }
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#looks.shop.close(), this.#trials.shop.close()])
  }

  /** The surroundings of a draft are collected when its turn has come. */
  #do<T>(
    { turns, shop }: { turns: Turns; shop: Workshop },
    asker: DraftAsker,
    task: () => Task | Promise<Task>,
  ): Promise<T> {
    return turns.take(asker.name, asker.isKnown, async () => shop.run<T>(await task()))
  }

  #around(written: Written): Surroundings {
    const { config, inForce, clock } = this.#asked
    const { lock, sources } = inForce.of(written.lock)
    const sharing = inForce.locks.filter((one) => one.lock.rules === lock.rules)
    return {
      written,
      rulesPath: lock.rules,
      neighbours: sharing.map(({ lock: { name, credentials }, limits }) => {
        return { name, limits, lacks: lacking(config.services, credentials), extras: inForce.extrasOf(name) }
      }),
      zone: config.zone,
      channels: channelsOf(config.reach),
      now: clock.now(),
      polls: Object.values(lock.polls),
      inForce: sources,
    }
  }

  #standing(lock: string): Standing | null {
    const [loop, order] = [this.#asked.loops.get(lock), this.#asked.ports.get(lock)?.order()]
    return loop && order ? standingOf(loop.kept, loop.passing, order) : null
  }
}
