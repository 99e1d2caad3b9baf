import type { Socket } from 'node:net'
import type { Role } from '../config/console.ts'
import { networkOf } from './address.ts'

/**
 * What a connection has shown: a session of a role, nothing yet, or that it belongs to the proxy and waits for a
 * request.
 */
export type Company = Role | 'stranger' | 'proxy'

interface Held {
  company: Company
  address: string
  /** Its place in the order in which connections came, or last showed something. */
  turn: number
  /** Complete requests that are being answered. */
  atWork: number
}

/** The most connections of each kind. Nobody can take the places of another kind. */
export const mostOf: Readonly<Record<Company, number>> = { stranger: 100, proxy: 120, keyholder: 40, wearer: 40 }
/** The most strangers of one address. A page with all its files takes six, and a household may share an address. */
export const mostOfOneStranger = 50
/** All kinds together, and some that are just ending. */
export const mostConnections = 320

/**
 * The connections to the console. One too many does not have to wait: it ends the oldest connection of its kind that is
 * not being answered, of the address that has the most. So whoever has a session can always show it, however many
 * silent connections there are.
 */
export class Crowd {
  #held = new Map<Socket, Held>()
  #turn = 0

  /** Adds a new connection. */
  add(socket: Socket, address: string, isProxy: boolean): void {
    const company = isProxy ? 'proxy' : 'stranger'
    this.#held.set(socket, { company, address: networkOf(address), turn: ++this.#turn, atWork: 0 })
    socket.once('close', () => this.#held.delete(socket))
    this.#makeRoom(socket, company)
  }

  /** Notes what a request on the connection has shown, and who asks. */
  place(socket: Socket, company: Company, address: string): void {
    const held = this.#held.get(socket)
    if (!held) return
    const network = networkOf(address)
    if (held.company === company && held.address === network) return
    Object.assign(held, { company, address: network, turn: ++this.#turn })
    this.#makeRoom(socket, company)
  }

  /** Notes a complete request. Returns a function to call when it was answered. */
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
