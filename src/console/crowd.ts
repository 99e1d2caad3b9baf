import type { Socket } from 'node:net'
import type { Role } from '../config/console.ts'
import { networkOf } from './address.ts'

/** What a connection has shown: a session of a role, nothing yet, or that it is the proxy's and waits for somebody. */
export type Company = Role | 'stranger' | 'proxy'

interface Held {
  company: Company
  address: string
  /** Of the order in which they came, or last showed something. */
  turn: number
  /** Requests that were taken in whole and are being answered. */
  atWork: number
}

/** So many connections of each kind: nobody takes the place of others, whatever they do with their own. */
export const mostOf: Readonly<Record<Company, number>> = { stranger: 100, proxy: 120, keyholder: 40, wearer: 40 }
/** Of the strangers, those of one address; a page with all its files takes six, and a house may have one address. */
export const mostOfOneStranger = 50
/** All together, and some that are just ending. */
export const mostConnections = 320

/**
 * The connections to the console. One that is too many does not wait outside: the oldest of its kind that is not being
 * answered ends for it, taken from the address that has the most. So whoever has a session can always show it,
 * however many others sit silent.
 */
export class Crowd {
  #held = new Map<Socket, Held>()
  #turn = 0

  /** A connection that was just made. */
  add(socket: Socket, address: string, isProxy: boolean): void {
    const company = isProxy ? 'proxy' : 'stranger'
    this.#held.set(socket, { company, address: networkOf(address), turn: ++this.#turn, atWork: 0 })
    socket.once('close', () => this.#held.delete(socket))
    this.#makeRoom(socket, company)
  }

  /** What a request on it has shown, and who asks. */
  place(socket: Socket, company: Company, address: string): void {
    const held = this.#held.get(socket)
    if (!held) return
    const network = networkOf(address)
    if (held.company === company && held.address === network) return
    Object.assign(held, { company, address: network, turn: ++this.#turn })
    this.#makeRoom(socket, company)
  }

  /** A request was taken in whole; returns what is to be called when it was answered. */
  work(socket: Socket): () => void {
    const held = this.#held.get(socket)
    if (!held) return () => undefined
    held.atWork += 1
    return () => {
      held.atWork -= 1
    }
  }

  #makeRoom(newcomer: Socket, company: Company): void {
    const like = [...this.#held].filter(([, held]) => held.company === company)
    const byAddress = Map.groupBy(like, ([, { address }]) => address)
    const fullest = [...byAddress.values()].reduce((most, one) => (one.length > most.length ? one : most), [])
    const isOneTooMany = company === 'stranger' && fullest.length > mostOfOneStranger
    if (!isOneTooMany && like.length <= mostOf[company]) return
    const idle = fullest.filter(([socket, { atWork }]) => atWork === 0 && socket !== newcomer)
    const [oldest] = idle.sort(([, one], [, other]) => one.turn - other.turn)
    const leaves = oldest?.[0] ?? newcomer
    this.#held.delete(leaves)
    leaves.destroy()
  }
}
