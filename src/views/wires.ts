import { sayDuration } from '../core/calendar/duration.ts'
import { type Instant, sayInstant } from '../core/calendar/time.ts'
import { isUp, type Wire } from '../core/model/wire.ts'

/** A wire as commands and pages show it. */
export interface WireStatus {
  name: string
  up: boolean | null
  lastGood: string | null
  lastBad: string | null
  words: string
  failures: number
  failed: number
  /** A sentence about it. */
  said: string
}

/** How all of them do, those that fail first. */
export function showWires(wires: readonly Wire[], now: Instant, zone: string): WireStatus[] {
  const moment = (at: Instant | null) => (at === null ? null : sayInstant(at, zone))
  const shown = wires.map((wire) => ({
    name: wire.name,
    up: isUp(wire),
    lastGood: moment(wire.lastGood),
    lastBad: moment(wire.lastBad),
    words: wire.words,
    failures: wire.failures,
    failed: wire.failed,
    said: sayWire(wire, now, zone),
  }))
  return [...shown.filter(({ up }) => up === false), ...shown.filter(({ up }) => up !== false)]
}

function sayWire(wire: Wire, now: Instant, zone: string): string {
  const { lastGood, words, failures } = wire
  const up = isUp(wire)
  if (up === null) return 'nothing was sent yet'
  if (up) {
    const ago = Math.max(0, Math.round((now - (lastGood ?? now)) / 1000))
    return `it was good ${ago < 60 ? 'just now' : `${sayDuration(ago - (ago % 60))} ago`}`
  }
  const often = failures === 1 ? 'once' : `${failures} times in a row`
  const since = lastGood === null ? 'never good since the start' : `last good ${sayInstant(lastGood, zone)}`
  return `${words} (${often}; ${since})`
}

/** The failing wires, a line each. */
export function deadWires(wires: readonly WireStatus[]): string[] {
  return wires.filter(({ up }) => up === false).map(({ name, said }) => `DEAD: ${name}: ${said}; ${wireMend(name)}`)
}

/** All others, in a line; none where there are none. */
export function otherWires(wires: readonly WireStatus[]): string[] {
  const names = (up: boolean | null) => wires.filter((one) => one.up === up).map(({ name }) => name)
  const [good, idle] = [names(true), names(null)]
  const parts = [
    ...(good.length > 0 ? [`good: ${good.join(', ')}`] : []),
    ...(idle.length > 0 ? [`not used since the start: ${idle.join(', ')}`] : []),
  ]
  return parts.length === 0 ? [] : [`doors and channels ${parts.join('; ')}`]
}

/** How to fix a failing wire, by its name. */
export function wireMend(name: string): string {
  if (name === 'mqtt') return 'see that the broker runs, and to mqtt.url, the user name and the password'
  if (name === 'heartbeat') return 'see to the address of the monitor and the network'
  if (name === 'console' || name === 'metrics')
    return `free the port or choose another under ${name}.listen, and restart`
  return `check its address and token; "lockwarden tell --test ${name.replace(/^tell\.channels\./, '')}" tries it`
}
