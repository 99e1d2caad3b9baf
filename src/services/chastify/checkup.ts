import { knownValue } from '../../core/model/fact.ts'
import { type Checkup, type Finding, finding, type Look } from '../../core/model/finding.ts'
import { actionsOf } from '../../core/model/rule.ts'

type At = (severity: Finding['severity'], about: string, message: string, mend?: string) => Finding

/** Chastify's DEV token: as whom it acts, and what it may do. */
export const chastifyCheckup: Checkup = {
  token: 'DEV token of Chastify',
  made: "on Chastify's Developer API page",
  tells(look) {
    const at: At = (severity, about, message, mend = '') => finding(severity, about, message, mend, look.lock)
    return [...roleFindings(at, look), scopeFinding(at, look)]
  },
}

/** Freezes a day that Chastify gives a keyholder whom the wearer does not trust. */
const untrustedFreezes = 3

function roleFindings(at: At, { facts, rules, limits }: Look): Finding[] {
  const role = knownValue(facts, 'lock.role')
  if (role === null) return [at('warn', 'role', 'Chastify does not tell whether the token is of wearer or keyholder')]
  if (role !== 'wearer' && role !== 'keyholder') return [at('warn', 'role', `it is "${role}", which is not documented`)]
  const findings = [at('ok', 'role', `the token acts as the ${role}`)]
  const trusted = knownValue(facts, 'lock.trusted')
  const often = limits.freeze.times_per_day
  const doing = (rules?.rules ?? []).flatMap((rule) => (rule.enabled ? actionsOf(rule) : []))
  const freezes = doing.some(({ action }) => action === 'freeze' || action === 'toggle_freeze')
  if (role === 'keyholder' && trusted === false && freezes && (often === null || often > untrustedFreezes)) {
    const message = `Chastify lets a keyholder who is not trusted freeze ${untrustedFreezes} times a day`
    const mend = 'the wearer grants trust, or limits.freeze.times_per_day becomes 3'
    findings.push(at('warn', 'role', message, mend))
  }
  return findings
}

function scopeFinding(at: At, { facts }: Look): Finding {
  const scopes = knownValue(facts, 'lock.scopes')
  if (!Array.isArray(scopes)) return at('ok', 'scopes', 'Chastify does not tell them; a missing one shows as a 403')
  // The names of scopes are not documented; one that tells of reading alone is understood all the same.
  if (scopes.length > 0 && scopes.every((scope) => /read|view/i.test(scope))) {
    const mend = 'if rules are to act, make a token that may write'
    return at('warn', 'scopes', `${scopes.join(', ')}: none of them tells of writing`, mend)
  }
  if (scopes.length > 0)
    return at('ok', 'scopes', `${scopes.join(', ')}; an action without its own is refused by a 403`)
  return at('warn', 'scopes', 'the token has none, so every action may be refused', 'make another token with scopes')
}
