import { states } from '../../core/model/row.ts'
import { silenceNames } from '../../core/model/silence.ts'
import { isUp, type Wire } from '../../core/model/wire.ts'
import { standstills } from '../../core/standstill.ts'
import type { Sight } from '../sight.ts'
import type { Counts } from './counts.ts'

/** One number with its labels. Labels hold names from the config and the rules, and words of the program. */
export interface Sample {
  labels: Readonly<Record<string, string>>
  value: number
}

/** All samples of one name, by the conventions of Prometheus. */
export interface Metric {
  name: string
  help: string
  type: 'gauge' | 'counter'
  samples: Sample[]
}

/** What the numbers are made from. */
export interface Numbered {
  locks: readonly { sight: Sight; counts: Counts }[]
  /** The present faults of the config and the rules. */
  faults: number
  limitsFaulty: boolean
  restartNeeded: boolean
  /** The age of the newest automatic backup, and whether the last attempt failed; null without backups. */
  backups?: { ageSeconds: number | null; failed: boolean } | null
  /** The state of the channels, the broker and the ports. */
  wires?: readonly Wire[]
  version: string
  node: string
}

type Labelled = (readonly [labels: Record<string, string>, value: number | boolean | null | undefined])[]

/** "Nothing new was read" is no problem. */
const troubles = standstills.filter((why) => why !== 'nothing new read')

/** All present numbers. Unknown ones are left out. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table: each metric in turn
export function metricsOf(numbered: Numbered): Metric[] {
  const { locks } = numbered
  const metrics: Metric[] = []
  const add = (type: Metric['type'], name: string, help: string, labelled: Labelled) => {
    const samples = labelled.flatMap(([labels, value]) =>
      value === null || value === undefined ? [] : { labels, value: Number(value) },
    )
    metrics.push({ name: `lockwarden_${name}`, help, type, samples })
  }
  /** One sample a lock. */
  const each = (name: string, help: string, value: (sight: Sight) => number | boolean | null) =>
    add(
      'gauge',
      name,
      help,
      locks.map(({ sight }) => [{ lock: sight.lock }, value(sight)]),
    )
  /** Several samples a lock. */
  const many = (type: Metric['type'], name: string, help: string, of: (sight: Sight, counts: Counts) => Labelled) =>
    add(
      type,
      name,
      help,
      locks.flatMap(({ sight, counts }) =>
        of(sight, counts).map(([labels, value]) => [{ lock: sight.lock, ...labels }, value] as const),
      ),
    )

  add('gauge', 'build_info', 'What runs; always 1.', [[{ version: numbered.version, node: numbered.node }, 1]])
  add('gauge', 'config_faults', 'Faults in the config and the rules; while there are any, older rules are in force.', [
    [{}, numbered.faults],
  ])
  add('gauge', 'limits_faulty', '1 while the config cannot be read and nothing restrictive is sent.', [
    [{}, numbered.limitsFaulty],
  ])
  add('gauge', 'restart_needed', '1 if the config says something that only a restart takes up.', [
    [{}, numbered.restartNeeded],
  ])
  const { backups = null } = numbered
  add('gauge', 'backup_age_seconds', 'Age of the newest automatic backup.', [[{}, backups?.ageSeconds]])
  add('gauge', 'backup_failed', '1 if the last backup could not be made.', [[{}, backups?.failed]])

  const wire = (type: Metric['type'], name: string, help: string, value: (one: Wire) => number | boolean | null) =>
    add(
      type,
      name,
      help,
      (numbered.wires ?? []).map((one) => [{ channel: one.name }, value(one)]),
    )
  wire('gauge', 'channel_up', '1 if the last message to it arrived; left out before the first.', isUp)
  wire('counter', 'channel_failures_total', 'How often it failed since the start.', ({ failed }) => failed)
  wire('gauge', 'channel_consecutive_failures', 'How often in a row it failed.', ({ failures }) => failures)
  wire('gauge', 'channel_last_good_timestamp_seconds', 'When it was last good.', ({ lastGood }) => seconds(lastGood))

  each('live', '1 if actions are sent, 0 in a dry run.', ({ mode }) => mode === 'live')
  each('stopped', "1 while the wearer's switch is set.", ({ stopped }) => stopped)
  each('ready', '1 once the lock was read since the start, or is known not to be there.', ({ read }) => read)
  each('lock_active', '1 if there is a lock.', ({ active }) => active)
  each('lock_remaining_seconds', 'How long the lock still runs.', ({ remainingSeconds }) => remainingSeconds)
  each('lock_frozen', '1 while the lock is frozen.', ({ frozen }) => frozen)
  each('task_open', '1 while a task is open.', ({ taskOpen }) => taskOpen)
  many('gauge', 'standstill', '1 for the reason why nothing is decided, if there is one.', ({ standstill }) =>
    troubles.map((reason) => [{ reason }, reason === standstill]),
  )
  each('loop_stuck_seconds', 'How long the loop has stood still; 0 while it runs.', ({ stuckSeconds }) => stuckSeconds)
  each('next_look_timestamp_seconds', 'When the loop looks next.', ({ nextLook }) => seconds(nextLook))

  // "increase" does not see the first event of a series that begins with it. So each series begins at 0 with the
  // process.
  many('counter', 'polls_total', 'Readings, by what came of them.', ({ topics }, { polls }) =>
    both(topics, Object.keys(polls)).flatMap((topic) => [
      [{ topic, outcome: 'ok' }, polls[topic]?.ok ?? 0],
      [{ topic, outcome: 'failed' }, polls[topic]?.failed ?? 0],
    ]),
  )
  many('gauge', 'reading_age_seconds', 'How old the last good reading is.', ({ readings }) =>
    readings.map(({ topic, ageSeconds }) => [{ topic }, ageSeconds]),
  )
  const service = (name: string, help: string, value: (one: Sight['services'][number]) => number | boolean | null) =>
    many('gauge', name, help, ({ services }) => services.map((one) => [{ service: one.name }, value(one)]))
  service('service_healthy', '1 if the service answers; left out before it was asked.', ({ asked, healthy }) =>
    asked ? healthy : null,
  )
  service('service_token_refused', '1 if the service has refused our token.', ({ dead }) => dead)
  service('service_consecutive_failures', 'How often in a row it failed.', ({ failures }) => failures)
  service('service_last_good_timestamp_seconds', 'Its last good answer.', ({ lastGood }) => seconds(lastGood))
  service('service_clock_ahead_seconds', 'Our clock minus its own.', ({ clockAheadSeconds }) => clockAheadSeconds)

  many('counter', 'steps_total', 'Steps of the loop: how often it has decided what to do.', (_, { steps }) => [
    [{}, steps],
  ])
  many('counter', 'rule_firings_total', 'How often a rule fired since the start.', ({ rules }, { firings }) =>
    rules.map(({ id }) => [{ rule: id }, firings[id] ?? 0]),
  )
  many('gauge', 'rule_last_fired_timestamp_seconds', 'When a rule fired last on this lock.', ({ rules }) =>
    rules.map(({ id, lastFired }) => [{ rule: id }, seconds(lastFired)]),
  )
  many('gauge', 'rule_enabled', '1 if the rule is switched on.', ({ rules }) =>
    rules.map(({ id, enabled }) => [{ rule: id }, enabled]),
  )
  many('counter', 'rule_silences_total', 'Judgements that let a rule be silent, by reason.', ({ rules }, counts) =>
    rules.flatMap(({ id }) =>
      silenceNames.map((reason) => [{ rule: id, reason }, counts.silences[id]?.[reason] ?? 0] as const),
    ),
  )

  many('gauge', 'ledger_rows', 'Rows of the ledger by state.', ({ rows }) =>
    Object.entries(rows).map(([state, often]) => [{ state }, often]),
  )
  many('counter', 'actions_total', 'Actions that came into a state since the start.', (sight, { actions }) =>
    both(sight.actions, Object.keys(actions)).flatMap((action) =>
      states.map((state) => [{ action, state }, actions[action]?.[state] ?? 0] as const),
    ),
  )
  each('actions_held', 'Actions that wait to be sent.', ({ held }) => held)
  each('actions_unsettled', 'Actions that may or may not have happened.', ({ unsettled }) => unsettled.length)
  const limit = (name: string, help: string, unit: 'seconds' | 'times', value: 'used' | 'of') =>
    many('gauge', name, help, ({ limits }) =>
      limits.filter((one) => one.unit === unit).map((one) => [{ limit: one.limit, per: one.per }, one[value]]),
    )
  limit('limit_used_seconds', 'How much is used of a limit on a length of time.', 'seconds', 'used')
  limit('limit_allowed_seconds', 'How much a limit on a length of time allows.', 'seconds', 'of')
  limit('limit_used_times', 'How much is used of a limit on how often.', 'times', 'used')
  limit('limit_allowed_times', 'How much a limit on how often allows.', 'times', 'of')
  return metrics
}

/** The possible labels, and those of rules that no longer exist. */
function both(possible: readonly string[], counted: readonly string[]): string[] {
  return [...new Set([...possible, ...counted])]
}

function seconds(moment: number | null): number | null {
  return moment === null ? null : moment / 1000
}
