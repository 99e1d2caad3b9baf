import type { Instant } from '../calendar/time.ts'
import { type Facts, knownValue } from '../model/fact.ts'
import type { Kept } from '../model/kept.ts'
import { type LockSession, noLock, noTask } from '../model/lock.ts'
import type { LockEvidence } from '../model/service.ts'

/** Why an action that was planned in one session (with or without a lock) is not done in the present one. */
export function otherLockWords(session: string, meant: string): string {
  if (session === noLock) return 'no lock is active'
  return meant === noLock ? 'a lock is active by now' : 'another lock is active'
}

/** How far the count of locked seconds may deviate before it means another lock. */
const toleranceSeconds = 60

/**
 * Which lock session a reading belongs to, as of `asked`. A lock is new if its id differs. If one side has no id, it is
 * new if its locked time fell, or rose faster than time. A session that returns is resumed. `evidence` is null if the
 * service says that there is no active lock; `latest` is the last reading of a lock in this process, newer than the
 * stored one.
 */
export function identify(
  kept: Kept,
  evidence: LockEvidence | null,
  asked: Instant,
  latest: (LockEvidence & { asked: Instant }) | null,
): Kept {
  const found = evidence === null ? sessionWithoutLock(kept, asked) : sessionOf(kept, evidence, asked, latest)
  if (kept.session === found.key && kept.sessions[found.key] === found) return kept
  return {
    ...kept,
    session: found.key,
    lastLock: found.key === noLock ? kept.lastLock : found.key,
    sessions: { ...kept.sessions, [found.key]: found },
  }
}

function sessionWithoutLock(kept: Kept, asked: Instant): LockSession {
  return kept.sessions[noLock] ?? opened(noLock, { id: null, timeLockedSeconds: null }, asked)
}

function sessionOf(
  kept: Kept,
  evidence: LockEvidence,
  asked: Instant,
  latest: (LockEvidence & { asked: Instant }) | null,
): LockSession {
  const sessions = Object.values(kept.sessions)
  if (evidence.id !== null) {
    const same = sessions.find(({ lockId }) => lockId === evidence.id)
    if (same) return same
  }
  const last = kept.lastLock === null ? undefined : kept.sessions[kept.lastLock]
  // After the service said that there is no lock, only an id or a continuing count shows that it is the same lock.
  const proven = kept.session !== noLock || (last?.timeLockedSeconds !== null && evidence.timeLockedSeconds !== null)
  const oneLacksId = last !== undefined && proven && (evidence.id === null || last.lockId === null)
  const compared = last && latest ? witnessed(last, latest, latest.asked) : last
  if (last && compared && oneLacksId && continues(compared, evidence, asked)) {
    return evidence.id === null || last.lockId !== null ? last : { ...last, lockId: evidence.id }
  }
  const locks = sessions.filter(({ key }) => key !== noLock).length
  return opened(evidence.id ?? `lock-${locks + 1}`, evidence, asked)
}

function opened(key: string, evidence: LockEvidence, asked: Instant): LockSession {
  return {
    key,
    lockId: evidence.id,
    timeLockedSeconds: evidence.timeLockedSeconds,
    wearer: evidence.wearer ?? null,
    seenAt: asked,
    since: asked,
    accepted: false,
    task: noTask,
    frozen: null,
    thawedAt: null,
    standsFrozen: null,
  }
}

function continues(last: LockSession, evidence: LockEvidence, asked: Instant): boolean {
  const { wearer = null } = evidence
  const othersLock = last.wearer !== null && wearer !== null && last.wearer !== wearer
  if (othersLock) return false
  if (last.timeLockedSeconds === null || evidence.timeLockedSeconds === null) return true
  const rose = evidence.timeLockedSeconds - last.timeLockedSeconds
  const passed = (asked - last.seenAt) / 1000
  return rose >= -toleranceSeconds && rose <= passed + toleranceSeconds
}

/** The session with what its last reading said, for the next comparison. */
export function witnessed(session: LockSession, evidence: LockEvidence, asked: Instant): LockSession {
  return {
    ...session,
    timeLockedSeconds: evidence.timeLockedSeconds ?? session.timeLockedSeconds,
    wearer: evidence.wearer ?? session.wearer,
    seenAt: asked,
  }
}

/** Two readings closer than this cannot show whether a count stands still. */
const leastApartMs = 10_000
/** Seconds by which a count may deviate. */
const countTolerance = 3

/**
 * Whether the remaining time stands still under a freeze, from two readings of a frozen lock without a write of ours
 * between them; null if they cannot tell.
 */
export function standsStill(
  before: { facts: Facts; asked: Instant },
  after: { facts: Facts; asked: Instant },
): boolean | null {
  const apartMs = after.asked - before.asked
  const frozen = [before, after].every(({ facts }) => knownValue(facts, 'lock.frozen') === true)
  const [was, is] = [before, after].map(({ facts }) => knownValue(facts, 'lock.timeRemainingSeconds'))
  if (!frozen || apartMs < leastApartMs || typeof was !== 'number' || typeof is !== 'number') return null
  if (Math.abs(is - was) <= countTolerance) return true
  return Math.abs(was - apartMs / 1000 - is) <= countTolerance ? false : null
}
