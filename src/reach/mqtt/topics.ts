import { sayInstant } from '../../core/calendar/time.ts'
import { positionIn } from '../../queries/given.ts'
import type { Sight } from '../sight.ts'

/** Under which names everything is published. */
export interface Naming {
  /** Before all topics of ours. */
  topic: string
  /** Home Assistant's prefix for discovery; null: nothing is announced. */
  discovery: string | null
  version: string
}

/** What is to stand on the broker, by topic; all of it is retained. */
export type Board = ReadonlyMap<string, string>

/** Whether the daemon is there: `online`, or `offline` as its last will. */
export function statusTopic({ topic }: Pick<Naming, 'topic'>): string {
  return `${topic}/status`
}

/**
 * Remaining time is published in steps of so many seconds, so that the running clock does not fill a broker's history.
 */
const remainingStep = 60

/** Everything there is to say of these locks. */
export function boardOf(sights: readonly Sight[], naming: Naming): Board {
  const board = new Map<string, string>()
  for (const sight of sights) {
    const base = `${naming.topic}/${sight.lock}`
    board.set(`${base}/state`, JSON.stringify(stateOf(sight)))
    if (sight.lastFiring) {
      const { rule, at, actions } = sight.lastFiring
      board.set(`${base}/firing`, JSON.stringify({ rule, at: isoTime(at), actions }))
    }
    if (naming.discovery === null) continue
    for (const { component, name, config } of entitiesOf(sight, naming)) {
      board.set(
        `${naming.discovery}/${component}/${nodeOf(naming)}/${sight.lock}_${name}/config`,
        JSON.stringify(config),
      )
    }
  }
  return board
}

/** The topics of this daemon's announcements, former ones too. */
export function announcements(naming: Naming): string | null {
  return naming.discovery === null ? null : `${naming.discovery}/+/${nodeOf(naming)}/+/config`
}

/** Whether a topic is one where an announcement of this daemon's name may be. */
export function announcementIn(naming: Naming): (topic: string) => boolean {
  const { discovery } = naming
  if (discovery === null) return () => false
  return (topic) => {
    const [component, node, entity, config, ...more] = topic.slice(discovery.length + 1).split('/')
    const named = component !== undefined && entity !== undefined && node === nodeOf(naming)
    return topic.startsWith(`${discovery}/`) && named && config === 'config' && more.length === 0
  }
}

function nodeOf({ topic }: Pick<Naming, 'topic'>): string {
  return topic.replaceAll('/', '_')
}

function onOff(value: boolean | null): 'ON' | 'OFF' | null {
  return value === null ? null : value ? 'ON' : 'OFF'
}

/** A lock's state; null means unknown. */
function stateOf(sight: Sight): Record<string, unknown> {
  const { remainingSeconds } = sight
  return {
    mode: sight.mode,
    active: onOff(sight.active),
    remaining_seconds: remainingSeconds === null ? null : Math.ceil(remainingSeconds / remainingStep) * remainingStep,
    frozen: onOff(sight.frozen),
    task: onOff(sight.taskOpen),
    points: sight.points,
    points_required: sight.pointsRequired,
    stopped: onOff(sight.stopped),
    standstill: sight.standstill,
    held: sight.held,
    unsettled: sight.unsettled.length,
    services: Object.fromEntries(
      sight.services.map(({ name, asked, healthy }) => [name, asked ? onOff(healthy) : null]),
    ),
    inputs: Object.fromEntries(
      sight.inputs.flatMap(({ name, type, on }) => (type === 'switch' ? [[name, onOff(on)]] : [])),
    ),
    rules: Object.fromEntries(sight.rules.map(({ id, enabled }) => [id, onOff(enabled)])),
  }
}

/** A moment as Home Assistant reads it. */
function isoTime(moment: number): string {
  return `${sayInstant(moment, 'UTC').replace(' ', 'T')}Z`
}

interface Entity {
  component: 'sensor' | 'binary_sensor' | 'button' | 'switch'
  /** Unique for a lock; letters, digits, _ and -. */
  name: string
  config: Record<string, unknown>
}

/**
 * How Home Assistant is to show a lock: one device, and what is on it. It shows the rules that are on or have fired,
 * and the inputs that enabled rules ask for. Examples that are switched off are of no interest there.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table: each entity in turn
function entitiesOf(sight: Sight, naming: Naming): Entity[] {
  const base = `${naming.topic}/${sight.lock}`
  const state = { state_topic: `${base}/state` }
  const device = {
    identifiers: [`${nodeOf(naming)}_${sight.lock}`],
    name: `lockwarden ${sight.lock}`,
    manufacturer: 'lockwarden',
    model: 'lock',
    sw_version: naming.version,
  }
  const value = (path: string) => ({ value_template: `{{ value_json${path} }}` })
  const key = (section: string, name: string) => value(`['${section}']['${name}']`)
  const entity = (
    component: Entity['component'],
    name: string,
    shown: string,
    config: Record<string, unknown>,
  ): Entity => ({
    component,
    name,
    config: {
      name: shown,
      unique_id: `${nodeOf(naming)}_${sight.lock}_${name}`,
      // Automations use an entity's id, so the id must not depend on the shown name.
      default_entity_id: `${component}.${`${nodeOf(naming)}_${sight.lock}_${name}`.toLowerCase().replace(/\W/g, '_')}`,
      ...config,
      availability_topic: statusTopic(naming),
      device,
      origin: { name: 'lockwarden', sw_version: naming.version },
    },
  })
  const diagnostic = { entity_category: 'diagnostic' }
  return [
    entity('sensor', 'remaining', 'Remaining time', {
      ...state,
      ...value('.remaining_seconds'),
      device_class: 'duration',
      unit_of_measurement: 's',
      state_class: 'measurement',
    }),
    entity('binary_sensor', 'frozen', 'Frozen', { ...state, ...value('.frozen'), icon: 'mdi:snowflake' }),
    entity('binary_sensor', 'task', 'Task open', { ...state, ...value('.task'), icon: 'mdi:clipboard-text' }),
    entity('sensor', 'points', 'Task points', {
      ...state,
      ...value('.points'),
      state_class: 'measurement',
      icon: 'mdi:star',
    }),
    entity('sensor', 'last_firing', 'Last firing', {
      state_topic: `${base}/firing`,
      ...value('.rule'),
      json_attributes_topic: `${base}/firing`,
      icon: 'mdi:flash',
    }),
    entity('sensor', 'last_firing_at', 'Last firing at', {
      state_topic: `${base}/firing`,
      ...value('.at'),
      device_class: 'timestamp',
    }),
    entity('sensor', 'unsettled', 'Unsettled actions', {
      ...state,
      ...value('.unsettled'),
      icon: 'mdi:help-circle',
      ...diagnostic,
    }),
    entity('button', 'stop', 'Stop', { command_topic: `${base}/stop/set`, icon: 'mdi:stop-circle' }),
    entity('binary_sensor', 'stopped', 'Stopped', { ...state, ...value('.stopped'), icon: 'mdi:stop-circle' }),
    ...sight.services.map(({ name }) =>
      entity('binary_sensor', `service_${name}`, `Service ${name}`, {
        ...state,
        ...key('services', name),
        device_class: 'connectivity',
        ...diagnostic,
      }),
    ),
    ...sight.inputs.flatMap(({ name, type, wearers, asked }) => {
      if (!asked) return []
      const command_topic = `${base}/input/${name}/set`
      if (type === 'button') return wearers ? [entity('button', `input_${name}`, name, { command_topic })] : []
      const position = { ...state, ...key('inputs', name) }
      // An input that only the keyholder may set is shown, but people at the screen cannot change it.
      if (!wearers) return [entity('binary_sensor', `input_${name}`, name, position)]
      return [entity('switch', `input_${name}`, name, { ...position, command_topic })]
    }),
    ...sight.rules
      .filter(({ enabled, lastFired }) => enabled || lastFired !== null)
      .map(({ id }) =>
        entity('binary_sensor', `rule_${id}`, `Rule ${id}`, { ...state, ...key('rules', id), ...diagnostic }),
      ),
  ]
}

/** A command in a message. */
export type Command = { lock: string } & ({ stop: true } | { input: string; set: boolean | 'press' })

/** The topics for commands. */
export function commandTopics({ topic }: Pick<Naming, 'topic'>): string[] {
  return [`${topic}/+/stop/set`, `${topic}/+/input/+/set`]
}

/**
 * The command in a message, or null if it is not known. Only the wearer's inputs can be set, and no message takes the
 * switch off: only the wearer does that, by the command line or the console.
 */
export function commandOf(
  topic: string,
  payload: string,
  sights: readonly Sight[],
  naming: Pick<Naming, 'topic'>,
): Command | null {
  const sight = sights.find(({ lock }) => topic.startsWith(`${naming.topic}/${lock}/`))
  if (!sight) return null
  const { lock } = sight
  const rest = topic.slice(`${naming.topic}/${lock}/`.length)
  // A message to stop is a stop, whatever its payload, even an empty one.
  if (rest === 'stop/set') return { lock, stop: true }
  const name = /^input\/([^/]+)\/set$/.exec(rest)?.[1]
  const input = sight.inputs.find((one) => one.name === name)
  if (!input?.wearers) return null
  // Home Assistant writes in capitals, people as they like.
  const set = positionIn(payload.trim())
  return set === null || (set === 'press') !== (input.type === 'button') ? null : { lock, input: input.name, set }
}
