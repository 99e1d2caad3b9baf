import * as z from 'zod'
import { roles } from '../../config/console.ts'
import { audit } from '../../queries/audit.ts'
import type { DaemonView } from '../../queries/daemon.ts'
import { queries } from '../../queries/index.ts'
import type { Query } from '../../queries/query.ts'
import { raised } from '../../queries/raised.ts'
import { timeline } from '../../queries/timeline.ts'
import { unsettled } from '../../queries/unsettled.ts'
import { lockOf, record } from '../around.ts'
import { lockName } from '../given.ts'
import { operation } from '../operation.ts'

/** A question to the daemon, the same as that of a command. */
function shows<In extends z.ZodType, Out extends z.ZodType>(
  path: string,
  summary: string,
  question: Query<DaemonView, In, Out>,
) {
  return operation({
    method: 'get',
    path: `/api/${path}`,
    summary,
    who: 'looker',
    in: question.in,
    out: question.out,
    refusals: [422],
    answer: ({ given, around }) => question.answer(given, around.daemon),
  })
}

const timelines = operation({
  method: 'get',
  path: '/api/timeline',
  summary: 'How each lock stood as far as it was read, what was done, and what is ahead',
  who: 'looker',
  in: timeline.in,
  out: timeline.out,
  answer: ({ given, around }) => timeline.answer(given, around),
})

const trail = operation({
  method: 'get',
  path: '/api/audit',
  summary: 'Who changed what, and what was refused, the newest first',
  who: 'looker',
  in: audit.in,
  out: audit.out,
  answer: ({ given, around }) => audit.answer(given, around),
})

const notices = operation({
  method: 'get',
  path: '/api/raised',
  summary: 'Rules that may do more than the wearer has seen, and limits that have changed',
  who: 'looker',
  in: raised.in,
  out: raised.out,
  answer: ({ given, around }) => raised.answer(given, around),
})

const noticesSeen = operation({
  method: 'post',
  path: '/api/raised/seen',
  summary: 'The wearer has seen such a notice',
  who: 'wearer',
  in: z.strictObject({
    lock: lockName,
    at: z.number().describe('Its `at`'),
    what: z.literal('limits').optional().describe('For limits that have changed'),
  }),
  out: z.object({ seen: z.boolean().describe('False if it was raised again since') }),
  answer: ({ given: { lock, at, what }, asked, around }) => {
    const found = around.notices.putAway(lockOf(around, lock), at, what)
    const said = what === 'limits' ? 'saw that the limits have changed' : 'saw that the rules may do more'
    if (found) record(around, asked, { what: 'seen', lock, said, difference: [] })
    return { seen: found !== null }
  },
})

const settled = operation({
  method: 'get',
  path: '/api/settled',
  summary: 'What the other role said of unsettled actions, until it was dismissed',
  who: 'signed-in',
  in: queries.settled.in,
  out: queries.settled.out,
  answer: async ({ given, session: { role }, around }) => {
    const said = await queries.settled.answer(given, around.daemon)
    return said.filter(({ lock, by, at }) => by !== role && at > around.seen.upTo(role, lock))
  },
})

const settledSeen = operation({
  method: 'post',
  path: '/api/settled/seen',
  summary: 'The signed-in role has seen what the other said, up to a moment',
  who: 'signed-in',
  in: noticesSeen.in,
  out: z.object({ seen: z.boolean() }),
  answer: ({ given: { lock, at }, session: { role }, asked, around }) => {
    const other = roles.find((one) => one !== role)
    around.seen.mark(role, lockOf(around, lock), Math.min(at, around.daemon.clock.now()))
    record(around, asked, { what: 'seen', lock, said: `saw what the ${other} said of actions`, difference: [] })
    return { seen: true }
  },
})

/** The data of pages. */
export const lookRoutes = [
  shows('status', 'How each lock, its services and rules stand', queries.status),
  shows('facts', 'The facts as they are now', queries.facts),
  shows('history', 'The ledger, the newest rows first', queries.history),
  shows('why', 'Why a rule fired or did not, line by line', queries.why),
  shows('rules', 'The rules in force, each with its sentence', queries.rules),
  shows('limits', 'What the wearer agreed to, and how much of it is used up', queries.limits),
  shows('inputs', 'The switches and buttons that rules declare', queries.pressable),
  shows('ahead', 'The moments ahead that are known now', queries.ahead),
  shows('log', 'The last lines of the log', queries.log),
  shows('unsettled', 'Actions that may or may not have happened', unsettled),
  timelines,
  trail,
  notices,
  noticesSeen,
  settled,
  settledSeen,
]
