import { BlockList, isIP, isIPv6 } from 'node:net'

/** An address in its plain form: without a zone, and an IPv4 address without the IPv6 prefix. */
function bareOf(address: string): string {
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
}

/**
 * The addresses that count as one person: an IPv4 address, or the network of an IPv6 address, since a person usually
 * has a whole network.
 */
export function networkOf(address: string): string {
  const bare = bareOf(address)
  if (!isIPv6(bare)) return bare
  const [left = '', right] = bare.split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const missing = right === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** More hops than any chain of proxies has; a longer list is an attack. */
const mostHops = 50

/** The proxies whose `X-Forwarded-For` is believed. */
export class Proxies {
  readonly #list = new BlockList()

  /** Addresses and networks, in the form of the config. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/')
      const family = isIPv6(address) ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(bits), family)
    }
  }

  has(address: string): boolean {
    const bare = bareOf(address)
    const version = isIP(bare)
    return version !== 0 && this.#list.check(bare, version === 6 ? 'ipv6' : 'ipv4')
  }

  /**
   * The sender: the last address in `X-Forwarded-For` that is not a trusted proxy. Each proxy adds the address that
   * asked it, so anything before that may be forged. Without a trusted proxy it is the connected address.
   */
  clientOf(connected: string, forwarded: string | undefined): string {
    let client = connected
    const hops = (forwarded ?? '').split(',').slice(-mostHops).reverse()
    for (const hop of hops) {
      if (!this.has(client)) return client
      const written = hop.trim()
      // Some proxies add the port.
      const address = bareOf(/^\[(.+)\](?::\d+)?$/.exec(written)?.[1] ?? written.replace(/^([\d.]+):\d+$/, '$1'))
      if (isIP(address) === 0) return client
      client = address
    }
    return client
  }
}
