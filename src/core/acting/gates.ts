import { truthButForChanges } from '../judging/trace.ts'
import { local } from '../language/ownactions.ts'
import { atMost, sizeFacts } from '../language/size.ts'
import { firingsOf, inHand, withFormer } from '../memory/firings.ts'
import { isOpen, keyText } from '../memory/ledger.ts'
import { draw } from '../model/draw.ts'
import { areKnown } from '../model/expect.ts'
import { type Facts, numberAt } from '../model/fact.ts'
import { neverFired } from '../model/fired.ts'
import { noLock } from '../model/lock.ts'
import type { LedgerRow } from '../model/row.ts'
import { lockIdOf } from '../model/scene.ts'
import { bearerName, type Effect, lockTopicIn, serviceOf, type Topic } from '../model/service.ts'
import { otherLockWords } from '../reading/session.ts'
import { readAt, topicsOf } from '../reading/sources.ts'
import { baseline, unseenTime } from './baseline.ts'
import { withinBudget } from './budget.ts'
import { type Ruling, rule as ruling } from './limits.ts'
import { haltsOnly, isOwn, switchRule } from './own.ts'
import { type ActionPassage, ends, type Gate, type Halted, type Leaving, type Passage, waits } from './passage.ts'
import { sized } from './plan.ts'

/** The question of each gate, by its name. */
export function askedAt(name: string): string {
  return [...rowGates, ...actionGates].find((gate) => gate.name === name)?.asks ?? name
}

/** Whether an action is one at the lock's own service. */
function isAtLock({ kind }: ActionPassage, { order }: Leaving): boolean {
  return kind.service === serviceOf(lockTopicIn(order.services))
}

/** The gates for all rows, in this order: whether the action is still wanted. */
export const rowGates: readonly Gate[] = [
  {
    name: 'clock',
    asks: 'the clock is known to be right',
    pass: (passage, scene) => (scene.clockUnsure && !passage.isStop ? waits(passage) : passage),
  },
  {
    name: 'same lock',
    asks: 'the lock that it was planned for is the active one',
    pass(passage, scene) {
      const { row } = passage
      const isOther = scene.passing.sessionSeen && row.session !== scene.session
      return isOther ? ends(passage, scene, 'cancelled', otherLockWords(scene.session, row.session)) : passage
    },
  },
  {
    name: 'same mode',
    asks: 'the mode is that of its firing',
    pass(passage, scene) {
      const { mode } = scene.order
      return passage.row.mode === mode ? passage : ends(passage, scene, 'cancelled', `the mode is ${mode} now`)
    },
  },
  {
    name: 'list',
    asks: 'no action before it in its list has failed',
    pass(passage, scene) {
      const failure = passage.list.find((other) => other.failed && !other.goesOn)
      // A tally counts even if an action before it failed: what it counts has happened.
      if (!failure || passage.kind?.counts === true) return passage
      return ends(passage, scene, 'cancelled', `${failure.action} before it was ${failure.state}`)
    },
  },
  {
    name: 'same rule',
    asks: 'its rule is there, switched on, and its list was not edited',
    pass(passage, scene) {
      const { row, rule } = passage
      if (isOwn(row)) return passage
      if (!rule) return ends(passage, scene, 'cancelled', 'the rule is gone')
      if (!rule.enabled) return ends(passage, scene, 'cancelled', 'the rule was switched off')
      return rule.thenDigest === row.list ? passage : ends(passage, scene, 'cancelled', 'the rule was edited')
    },
  },
  {
    name: 'known action',
    asks: 'there is such an action',
    pass(passage, scene) {
      const { kind, row } = passage
      return kind ? passage : ends(passage, scene, 'cancelled', `there is no action ${row.action}`)
    },
  },
  {
    name: 'in time',
    asks: 'it does not come too late',
    pass(passage, scene) {
      const { row, isStop } = passage
      const isLate = !isStop && scene.now - row.at > scene.expiresAfterMs
      return isLate ? ends(passage, scene, 'expired', row.note || 'it could not be sent in time') : passage
    },
  },
  {
    name: 'switch',
    asks: 'the wearer has not pressed stop, or it restricts nothing',
    pass(passage, scene) {
      const isHeld = scene.order.stopped && towardNow(passage, scene) === 'restricts'
      return isHeld ? ends(passage, scene, 'refused', pressed, false) : passage
    },
  },
  {
    name: 'its turn',
    asks: 'what comes before it in its list is over, and it is known which lock there is',
    pass(passage, scene) {
      const isLost = !scene.passing.sessionSeen && passage.kind?.service !== local
      return passage.list.some(isOpen) || isLost ? waits(passage) : passage
    },
  },
]

/** Further gates for an action, in this order: whether it may leave now, and with these parameters. */
export const actionGates: readonly Gate<ActionPassage>[] = [
  {
    name: 'own action',
    asks: 'it goes to a service; what is ours is done at once',
    pass(passage, scene) {
      const { row, kind } = passage
      if (kind.service !== local) return passage
      const { now, order } = scene
      const measured = withSizesKnown(passage, scene)
      if ('halts' in measured) return measured
      const { params } = measured
      const state = order.mode === 'dry-run' ? 'dry-run' : 'applied'
      return { halts: { ...row, params, state, endedAt: now, did: kind.did(params, row.effect, null) }, reads: [] }
    },
  },
  {
    name: 'token',
    asks: 'the config has a token for its service',
    pass(passage, scene) {
      const { service } = passage.kind
      if (scene.order.services.some(({ name }) => name === service)) return passage
      return ends(passage, scene, 'refused', `the config has no token for ${service}`)
    },
  },
  {
    name: 'active lock',
    asks: 'a lock is active, where it acts on one',
    pass(passage, scene) {
      const isWithout = isAtLock(passage, scene) && passage.row.session === noLock
      return isWithout ? ends(passage, scene, 'refused', 'there is no active lock') : passage
    },
  },
  {
    name: 'expected people',
    asks: 'it is known whose lock it is, where the config expects somebody',
    pass(passage, scene) {
      const { facts, order } = scene
      const isUnknown = isAtLock(passage, scene) && !passage.isStop && !areKnown(facts, order.expect)
      return isUnknown ? waits(passage, [lockTopicIn(order.services)]) : passage
    },
  },
  {
    name: 'permission',
    asks: 'the service has not refused us this action',
    pass(passage, scene) {
      const refused = scene.passing.forbidden[passage.row.action]
      return refused === undefined || haltsOnly(passage.row) ? passage : ends(passage, scene, 'refused', refused)
    },
  },
  {
    name: 'one at a time',
    asks: 'nothing else is under way to this lock, and its pause is over',
    pass(passage, { closing, now }) {
      const { row, isBusy, isStop } = passage
      const isHeld = (closing || isBusy) && !isStop
      return isHeld || (row.notBefore !== null && now < row.notBefore) ? waits(passage) : passage
    },
  },
  {
    name: 'service well',
    asks: 'its service answers, or a pause after its failure is over',
    pass(passage, { passing, order, now }) {
      const health = passing.health[passage.kind.service]
      const rests = health !== undefined && (health.dead || (health.notBefore !== null && now < health.notBefore))
      return order.mode === 'live' && rests && !passage.isStop ? waits(passage) : passage
    },
  },
  { name: 'still true', asks: 'its condition is true still, where it was delayed', pass: stillTrue },
  { name: 'size', asks: 'every size in it is known', pass: withSizesKnown },
  {
    name: 'facts',
    asks: 'the facts of this moment allow it',
    pass(passage, scene) {
      const planned = passage.kind.plan(passage.params, scene.facts, scene.now, passage.row.at)
      if ('refused' in planned) return ends(passage, scene, 'refused', planned.refused)
      return 'waitsFor' in planned ? waits(passage, planned.waitsFor) : { ...passage, effect: planned.go }
    },
  },
  {
    name: 'something left',
    asks: 'its size comes to more than nothing',
    pass(passage, scene) {
      const { over, effect, row } = passage
      // What would have restricted and only ends something now has no size any more.
      const hasNone = effect.toward === 'relief' && row.effect.toward === 'restricts'
      return over === null || hasNone ? passage : ends(passage, scene, 'refused', over)
    },
  },
  restricting('switch', 'the wearer has not pressed stop', (_, { order }) =>
    order.stopped ? { note: pressed, failed: false } : null,
  ),
  restricting('readable limits', 'the limits in the config can be told', (_, { order }) =>
    order.limitsFaulty ? { note: 'the limits in the config are at fault', failed: false } : null,
  ),
  restricting('outage', 'the hold after an outage is over', ({ kind, rule }, { passing, now }) => {
    const services = [kind.service, ...(rule?.reads ?? [])]
    const isHeld = services.some((service) => now < (passing.heldUntil[service] ?? 0))
    return isHeld ? { note: 'held back after an outage', failed: false } : null
  }),
  {
    name: 'budget',
    asks: 'the budget of its rule leaves something',
    pass(passage, scene) {
      const { row, rule, effect } = passage
      if (rule?.budget == null || effect.counts === null || isOwn(row)) return passage
      const { session, mode } = row
      const { rules, now, order } = scene
      const around = { rules, rows: earlierRows(passage), session, mode, now, zone: order.zone }
      const left = withinBudget(rule.budget, effect, around)
      if ('refused' in left) return ends(passage, scene, 'refused', left.refused)
      return { ...passage, note: left.note, effect: { ...effect, seconds: left.seconds } }
    },
  },
  {
    name: 'limits',
    asks: 'the wearer has agreed to it',
    pass(passage, scene) {
      const allowed = granted(passage, scene)
      if ('refused' in allowed) return ends(passage, scene, 'refused', allowed.refused, allowed.held !== true)
      if ('waitsFor' in allowed) return waits(passage, [lockTopicIn(scene.order.services)])
      const told = allowed.told === undefined ? {} : { told: allowed.told }
      const note = [passage.note, allowed.note].filter((one) => one !== '').join('; ')
      return { ...passage, note, effect: { ...passage.effect, seconds: allowed.seconds, ...told } }
    },
  },
  {
    name: 'baseline',
    asks: 'a fresh reading tells how things stand before it',
    pass(passage, scene) {
      if (scene.order.mode !== 'live') return passage
      const before = baseline(passage, scene)
      return 'waitsFor' in before ? waits(passage, before.waitsFor) : { ...passage, before: before.told }
    },
  },
  {
    name: 'bearer',
    asks: 'the service has not refused the token that it goes by',
    pass(passage, scene) {
      const { kind, params, effect, row } = passage
      const request = kind.request(params, effect, scene.facts, lockIdOf(scene))
      const refused = scene.passing.forbidden[bearerName(request)]
      if (refused !== undefined && !haltsOnly(row)) return ends(passage, scene, 'refused', refused)
      return { ...passage, request }
    },
  },
]

const pressed = 'the wearer pressed stop'

/** The passage with every size worked out; what a fresh reading may tell is waited for. */
function withSizesKnown(passage: ActionPassage, scene: Leaving): ActionPassage | Halted {
  const { row, rows, tally } = passage
  const { kept, order, rules, now } = scene
  const facts = atFiring(passage, scene)
  const number = (name: string) => {
    if (name.startsWith('tally.')) return tally(name.slice('tally.'.length))
    const known = numberAt(facts, name, now)
    if (known === null || name !== 'lock.timeRemainingSeconds') return known
    return known + addedIn(unseenTime(rows.slice(0, passage.index), lockTopicIn(order.services), scene))
  }
  const drawn = (...key: string[]) => draw(kept.seed, keyText(row), ...key)
  const size = sized(passage.params, { draw: drawn, number, due: row.due, now, zone: order.zone })
  if (!('unknownSize' in size)) return { ...passage, params: size.params, over: size.over }
  const saw = facts.get(size.unknownSize)
  const source = rules.catalogue.get(size.unknownSize)?.source ?? ''
  if (saw?.known === false && (saw.why === 'fenced' || saw.why === 'stale') && source.includes('.')) {
    return waits(passage, [source as Topic])
  }
  return ends(passage, scene, 'refused', `its size goes by ${size.unknownSize}, which is unknown`)
}

/** What was added and no reading shows yet, so that it is not made up for twice. */
function addedIn(unseen: readonly LedgerRow[]): number {
  return unseen.reduce((sum, { effect: { counts, seconds } }) => (counts === 'add_time' ? sum + seconds : sum), 0)
}

/** A gate for restricting actions only. If there is a note, the action is refused. */
function restricting(
  name: string,
  asks: string,
  against: (passage: ActionPassage, scene: Leaving) => { note: string; failed: boolean } | null,
): Gate<ActionPassage> {
  return {
    name,
    asks: `${asks}, or it restricts nothing`,
    pass(passage, scene) {
      const found = passage.effect.toward === 'restricts' ? against(passage, scene) : null
      return found ? ends(passage, scene, 'refused', found.note, found.failed) : passage
    },
  }
}

/** The direction in which a row would act on the present facts. If they cannot tell, the worst is assumed. */
function towardNow({ row, kind }: Passage, { facts, now }: Leaving): Effect['toward'] {
  if (!kind || kind.service === local) return row.effect.toward
  const planned = kind.plan(atMost(row.params), facts, now, row.at)
  return 'go' in planned ? planned.go.toward : row.effect.toward
}

/**
 * Whether the condition of a delayed row still holds. A list that has begun goes on, since its own actions may have
 * changed its condition. So does a resend after a lost answer, since its fence hides the facts of its condition.
 */
function stillTrue(passage: ActionPassage, scene: Leaving) {
  const { row, list, rule } = passage
  const { passing, order, now, delayedAfterMs } = scene
  const begun = list.some(({ state }) => state === 'applied')
  if (now - row.at <= delayedAfterMs || begun || row.state === 'unknown' || !rule?.when) return passage
  const topics = topicsOf(rule, order)
  const since = row.notBefore ?? row.at + delayedAfterMs
  if ((readAt(passing, topics, now) ?? Number.NEGATIVE_INFINITY) < since) return waits(passage, topics)
  const trace = passing.verdicts.get(rule.id)?.when
  const truth = trace ? truthButForChanges(trace) : null
  if (truth === null) return waits(passage)
  return truth ? passage : ends(passage, scene, 'cancelled', 'its condition is not true any more')
}

/** The facts by which a row's sizes go: its rule's own counts include its firing, and none after it. */
function atFiring({ row, rows, index, rule }: ActionPassage, { kept: { past }, facts, order }: Leaving): Facts {
  if (!rule || sizeFacts(row.params).length === 0) return facts
  const firings = withFormer(firingsOf({ rows: rows.slice(0, index + 1), past }, row.session, row.mode), [rule])
  return inHand(facts, rule, firings.get(rule.id) ?? neverFired, order.zone)
}

/** What was sent, or planned before it. */
function earlierRows({ rows, index }: Passage): LedgerRow[] {
  return rows.filter((other, i) => i !== index && (i < index || other.sentAt !== null))
}

/** The part that the limits allow. */
function granted(passage: ActionPassage, scene: Leaving): Ruling {
  const { row, effect } = passage
  // What the switch undoes needs no permission.
  if (row.rule === switchRule) return { seconds: effect.seconds, note: '' }
  const earlier = earlierRows(passage)
  const { kept, facts, now, order } = scene
  return ruling(effect, {
    limits: order.limits,
    mode: order.mode,
    zone: order.zone,
    facts,
    now,
    session: row.session,
    rows: earlier,
    past: kept.past,
    unseen: unseenTime(earlier, lockTopicIn(order.services), scene),
  })
}
