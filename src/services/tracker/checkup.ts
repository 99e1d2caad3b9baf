import { type Checkup, type Finding, finding } from '../../core/model/finding.ts'

/** The Tracker's tokens: of what one may do it tells nothing. */
export const trackerCheckup: Checkup = {
  token: 'token of Chastity Tracker',
  made: 'on the page of Chastity Tracker',
  tells: ({ lock, as, acting }) => (as === 'owner' ? writingFindings(lock, acting) : []),
}

/** That nobody knows before a rule needs it whether a token may write; none where no rule does. */
export function writingFindings(lock: string, writing: readonly string[]): Finding[] {
  if (writing.length === 0) return []
  const needed = `${writing.join(', ')} ${writing.length === 1 ? 'needs' : 'need'} it`
  const message = `whether it has write permission the tracker tells only when it is used (a 403); ${needed}`
  return [finding('ok', 'tracker.token', message, '', lock)]
}
