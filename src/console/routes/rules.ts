import * as z from 'zod'
import { who } from '../../queries/audit.ts'
import { ofLock } from '../../queries/given.ts'
import { count, instant, json, seconds, span, state } from '../../queries/shapes.ts'
import { standstill } from '../../queries/standstill.ts'
import { type Around, askerOf, folderOf, lockOf } from '../around.ts'
import type { Written } from '../drafting.ts'
import { fileName, lockName, ofOneLock, ruleText, version } from '../given.ts'
import { operation } from '../operation.ts'
import { Refusal } from '../refusal.ts'
import type { RuleText } from '../rulefolder.ts'
import { save } from '../saving.ts'

const file = z.object({ name: z.string(), version: z.string(), bytes: count })

const fault = z
  .object({
    file: z.string(),
    line: count,
    column: count,
    severity: z.enum(['fault', 'lint']),
    message: z.string(),
    hint: z.string().nullable(),
  })
  .meta({ id: 'RuleFault', description: 'What is wrong with a rule file, or looks so' })
const faults = z.array(fault)

const amounts = z
  .record(
    z.string(),
    z.object({ times: z.number().nullable(), seconds: seconds.nullable() }).describe('Null means unbounded'),
  )
  .readonly()
const worst = z
  .object({ day: amounts, week: amounts, lock: amounts })
  .meta({ id: 'Worst', description: 'The most of each effect that is possible in a day, in a week, and in all' })

const backtest = z
  .object({
    since: instant,
    until: instant,
    rules: z.array(z.string()).readonly(),
    firings: z
      .array(
        z.object({
          rule: z.string(),
          at: instant,
          does: z
            .array(
              z.object({
                action: z.string(),
                what: z.enum(['added', 'removed', 'frozen']).nullable(),
                seconds,
                state,
                note: z.string(),
                params: json,
              }),
            )
            .readonly(),
        }),
      )
      .readonly(),
    atOnce: z.array(z.string()).readonly().describe('Rules that would fire at once if they were put in force now'),
    unseen: z.array(span).readonly().describe('When the lock was out of sight'),
    lacking: z.array(z.string()).readonly().describe('Facts that the rules ask for and the record lacks'),
  })
  .meta({ id: 'Backtest', description: 'What rules would have done in a time that was recorded' })

const tried = z.object({
  faults,
  before: backtest.nullable().describe('What the rules in force would have done'),
  after: backtest.nullable().describe('What these would have done'),
  said: z
    .object({
      span: z.string(),
      differences: z.array(z.string()),
      totals: z.array(z.object({ rule: z.string(), firings: z.string(), did: z.string() })),
      unknowable: z.array(z.string()),
    })
    .nullable()
    .describe('The same in words'),
})

const previewed = z.object({
  ok: z.boolean(),
  faults,
  sentences: z.array(
    z.object({ id: z.string(), sentence: z.string(), change: z.enum(['new', 'changed', 'same', 'gone']) }),
  ),
  fires: z
    .array(z.object({ rule: z.string(), anyway: z.boolean().describe('With the present rules, too') }))
    .describe('Rules that would fire at once'),
  standstill: standstill.describe('Why nothing at all would be decided now'),
  worst: z.object({ before: worst, after: worst, any: worst }).nullable(),
  change: z
    .object({ raised: z.boolean(), before: z.array(z.string()), after: z.array(z.string()) })
    .nullable()
    .describe('What a save does to the worst case, in lines'),
})

const saved = z.object({
  name: z.string(),
  version: version,
  faults,
  difference: z.array(z.string()).describe('Lines with ` `, `-` or `+` before them'),
})

const draft = z.strictObject({ lock: lockName, name: fileName, text: ruleText })
/** The refusals of checking or saving a rule file. */
const refusals = [404, 422, 429, 503] as const

function told({ name, text, version: hash }: RuleText): z.output<typeof file> {
  return { name, version: hash, bytes: Buffer.byteLength(text) }
}

async function writtenIn(around: Around, { lock, name, text }: z.output<typeof draft>): Promise<Written> {
  const folder = folderOf(around, lock)
  const path = await folder.pathOf(name)
  return { lock, name, path, text, folder: await folder.folder() }
}

const list = operation({
  method: 'get',
  path: '/api/rule-files',
  summary: 'The rule files of each lock',
  who: 'looker',
  in: ofLock,
  out: z.array(
    z.object({
      lock: z.string(),
      files: z.array(file),
      others: z.array(z.string()).describe('Files that can only be edited on the machine'),
    }),
  ),
  answer: ({ given: { lock: wanted }, around }) => {
    const locks = wanted === undefined ? around.locks : [lockOf(around, wanted)]
    return Promise.all(
      locks.map(async (lock) => {
        const { files, others } = await folderOf(around, lock).list()
        return { lock, files: files.map(told), others }
      }),
    )
  },
})

const read = operation({
  method: 'get',
  path: '/api/rule-files/:name',
  summary: 'A rule file as it is on disk',
  who: 'looker',
  in: ofOneLock,
  out: file.extend({ text: z.string() }),
  refusals: [404, 413],
  answer: async ({ given: { lock }, asked, around }) => {
    const found = await folderOf(around, lock).read(asked.req.param('name') ?? '')
    if (!found) throw new Refusal(404, 'file', 'there is no such file')
    return { ...told(found), text: found.text }
  },
})

const check = operation({
  method: 'post',
  path: '/api/rule-files/check',
  summary: 'The faults of the whole set of rules with a text in it',
  who: 'looker',
  in: draft,
  out: z.object({ ok: z.boolean(), faults }),
  refusals,
  answer: async ({ given, asked, around }) => around.drafts.check(askerOf(asked), await writtenIn(around, given)),
})

const preview = operation({
  method: 'post',
  path: '/api/rule-files/preview',
  summary: 'What saving a text would do',
  who: 'looker',
  in: draft,
  out: previewed,
  refusals,
  answer: async ({ given, asked, around }) => around.drafts.preview(askerOf(asked), await writtenIn(around, given)),
})

const trial = operation({
  method: 'post',
  path: '/api/rule-files/backtest',
  summary: 'What the present rules and these would have done in the last days that were recorded',
  who: 'looker',
  in: draft.extend({ days: z.int().min(1).max(90).default(7) }),
  out: tried,
  refusals,
  answer: async ({ given, asked, around }) => {
    folderOf(around, given.lock)
    if (!around.drafts.canTry) {
      throw new Refusal(404, 'no-record', 'nothing is recorded on which rules could be tried out')
    }
    return around.drafts.trial(askerOf(asked), await writtenIn(around, given), given.days)
  },
})

const write = operation({
  method: 'put',
  path: '/api/rule-files/:name',
  summary: 'Saves a rule file',
  who: 'keyholder',
  in: z.strictObject({ lock: lockName, text: ruleText, version }),
  out: saved,
  refusals: [409, ...refusals],
  answer: ({ given: { lock, text, version: from }, asked, around }) =>
    save(around, asked, { what: 'save', lock, name: asked.req.param('name') ?? '', text, from }),
})

const undo = operation({
  method: 'post',
  path: '/api/rule-files/:name/undo',
  summary: 'Puts back the text from before the last change, or an earlier version',
  who: 'keyholder',
  in: z.strictObject({
    lock: lockName,
    version,
    to: z.string().max(20).optional().describe('The id of an earlier version'),
  }),
  out: saved,
  refusals: [409, ...refusals],
  answer: async ({ given: { lock, version: from, to }, asked, around }) => {
    const name = asked.req.param('name') ?? ''
    const folder = folderOf(around, lock)
    const id = to ?? (await folder.earlier(name))[0]?.id
    if (id === undefined) throw new Refusal(404, 'version', `there is no earlier version of ${name}`)
    const text = await folder.earlierText(name, id)
    return save(around, asked, { what: 'undo', lock, name, text, from })
  },
})

const versions = operation({
  method: 'get',
  path: '/api/rule-files/:name/versions',
  summary: 'The replaced versions of a rule file, the newest first',
  who: 'looker',
  in: ofOneLock,
  out: z.array(
    z.object({
      id: z.string(),
      at: instant.describe('When it was replaced'),
      who,
      why: z.enum(['save', 'undo']),
      version: version.describe('Null: there was no such file'),
    }),
  ),
  answer: ({ given: { lock }, asked, around }) => folderOf(around, lock).earlier(asked.req.param('name') ?? ''),
})

const earlier = operation({
  method: 'get',
  path: '/api/rule-files/:name/versions/:id',
  summary: 'An earlier version of a rule file',
  who: 'looker',
  in: ofOneLock,
  out: z.object({ id: z.string(), text: z.string().nullable().describe('Null: there was no such file') }),
  refusals: [404],
  answer: async ({ given: { lock }, asked, around }) => {
    const { name = '', id = '' } = asked.req.param() as { name?: string; id?: string }
    return { id, text: await folderOf(around, lock).earlierText(name, id) }
  },
})

/** Rule files: reading, trying out, saving. */
export const ruleRoutes = [list, check, preview, trial, read, write, undo, versions, earlier]
