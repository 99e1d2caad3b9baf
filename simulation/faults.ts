import { Draws } from './chance.ts'

/** What becomes of a request on its way, where it is not simply answered. */
export const roadFaults = [
  'unreachable',
  'request lost',
  'answer lost',
  'late request',
  'late answer',
  'doubled',
  'cut in the middle',
  'server error instead',
  'server error after',
  'redirect',
  'page instead',
  'rate limited',
] as const
export type RoadFault = (typeof roadFaults)[number]

/** What becomes of the machine, its disk, its files and its people. */
export const houseFaults = [
  'outage',
  'commit not stored',
  'commit answer lost',
  'commit late',
  'process dies',
  'process ends',
  'clock set',
  'machine sleeps',
  'rules edited',
  'file half written',
  'limits edited',
  'limits faulty',
  'switch',
  'token revoked',
] as const
export type HouseFault = (typeof houseFaults)[number]

export type Fault = RoadFault | HouseFault
export const allFaults: readonly Fault[] = [...roadFaults, ...houseFaults]

/** How much goes wrong in a world. */
export const roughness = ['still', 'calm', 'usual', 'rough'] as const
export type Roughness = (typeof roughness)[number]

const shares: Readonly<Record<Roughness, number>> = { still: 0, calm: 0.005, usual: 0.02, rough: 0.08 }
/** How often a day something befalls the house. */
const daily: Readonly<Record<Roughness, number>> = { still: 0, calm: 0.3, usual: 1, rough: 4 }

/** The faults of one seed; those that are `off` do not come about, and the others as if they did. */
export class Faults {
  readonly rough: Roughness
  readonly #off: ReadonlySet<Fault>
  readonly #road: Draws
  readonly #disk: Draws
  readonly #house: Draws
  /** None come about any more. */
  over = false

  constructor(seed: number, rough: Roughness, off: ReadonlySet<Fault>) {
    this.rough = rough
    this.#off = off
    this.#road = new Draws(seed, 'road')
    this.#disk = new Draws(seed, 'disk')
    this.#house = new Draws(seed, 'house')
  }

  /** What becomes of a request; null: it is answered. */
  onTheRoad(): RoadFault | null {
    const happens = this.#road.happens(shares[this.rough])
    const fault = this.#road.pick(roadFaults)
    return happens && this.is(fault) ? fault : null
  }

  onDisk(): 'commit not stored' | 'commit answer lost' | 'commit late' | null {
    const happens = this.#disk.happens(shares[this.rough] / 2)
    const fault = this.#disk.pick(['commit not stored', 'commit answer lost', 'commit late'] as const)
    return happens && this.is(fault) ? fault : null
  }

  /** Whether a look at what is stored has an answer. */
  answersLook(): boolean {
    return !this.#disk.happens(shares[this.rough]) || !this.is('commit not stored')
  }

  /** How long until something befalls the house again. */
  nextMs(): number {
    const often = daily[this.rough]
    return often === 0 ? Number.POSITIVE_INFINITY : Math.ceil((-Math.log(1 - this.#house.next()) * 86_400_000) / often)
  }

  /** What befalls it. */
  atHome(): HouseFault | null {
    const fault = this.#house.pick(houseFaults)
    return this.is(fault) ? fault : null
  }

  get draws(): Draws {
    return this.#house
  }

  is(fault: Fault): boolean {
    return !this.over && !this.#off.has(fault)
  }
}
