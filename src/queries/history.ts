import * as z from 'zod'
import { showHistory } from '../views/history.ts'
import { chosenIn, type DaemonView, ruleIdsOf } from './daemon.ts'
import { lock, most, name, refuseUnknown, when } from './given.ts'
import { ledgerOf } from './ledger.ts'
import { query } from './query.ts'
import { count, instant, json, mode, moment, person, seconds, state } from './shapes.ts'

/** A row of the ledger. */
export const historyLine = z
  .object({
    id: z.string().describe('The short name to settle it by'),
    at: moment,
    lock: z.string(),
    session: z.string(),
    mode,
    rule: z.string(),
    occurrence: z.string(),
    position: count,
    action: z.string(),
    said: z.string().describe('What was done and what came of it, in words'),
    state,
    note: z.string().describe('Why it was clamped, refused, delayed or failed'),
    plannedAt: instant,
    due: instant,
    sentAt: instant.nullable(),
    endedAt: instant.nullable(),
    notBefore: instant.nullable().describe('Not before this may it be tried again'),
    attempts: count,
    failed: z.boolean().describe('Whether it failed, so that the rest of its list was left out'),
    toward: z.string(),
    seconds: seconds.describe('What it counts against the limits, in seconds'),
    params: json,
    sent: json.describe('Parameters as they were sent'),
    did: z
      .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
      .readonly()
      .nullable(),
    trouble: z.string().nullable(),
    settledBy: person.nullable().describe('Whose word it rests on, where nothing else told what became of it'),
  })
  .meta({ id: 'HistoryLine', description: 'A row of the ledger' })

/** Which rows of the ledger are asked for. */
export const wantedRows = z.strictObject({
  lock,
  rule: name.optional().describe('Rows of one rule'),
  state: state.optional().describe('Rows in one state'),
  since: when.optional(),
  most: most.default(50),
})

/** The ledger, the newest rows first. */
export const history = query({
  in: wantedRows,
  out: z.array(historyLine),
  answer: async ({ lock: wanted, most: atMost, rule, state: of, since }, daemon: DaemonView) => {
    const { clock, config } = daemon
    const some = chosenIn(daemon, wanted)
    const asked = { most: atMost, rule, state: of, since: since?.(clock.now(), config.zone) }
    const rows = (await Promise.all(some.map((one) => ledgerOf(one, daemon, asked)))).flat()
    const named = [...ruleIdsOf(some), ...rows.map((row) => row.rule)]
    if (rule !== undefined && !named.includes(rule)) {
      // What a rule did that is gone is history, too.
      const past = (await Promise.all(some.map((one) => ledgerOf(one, daemon)))).flat()
      refuseUnknown('rule', rule, [...named, ...past.map((row) => row.rule)])
    }
    return showHistory(rows, config.zone, asked)
  },
})
