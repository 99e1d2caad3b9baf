import * as z from 'zod'
import { lengthOfTime, sayDuration } from '../../core/calendar/duration.ts'
import { slottedText } from '../../core/language/text.ts'
import { paramsMap, quoted } from '../../core/language/words.ts'
import type { ActionKind } from '../../core/model/service.ts'
import { needed, noParams, shortOrLong, type Text, textFor } from '../params.ts'
import { lockAction, namedAction, restricts } from './actions.ts'
import { taskReadBack } from './readback.ts'
import { sessionTopic } from './session.ts'

const taskFacts = ['lock.taskAssigned', 'lock.taskPoints', 'lock.unlockable']
const longestText = 500

type Assignment = { text: Text; points: number; duration: number | null; verification: boolean; replace: boolean }

const taskText = slottedText(longestText)
const assignment: z.ZodType<Assignment> = shortOrLong(
  taskText.transform((text) => ({ text, points: 0, duration: null, verification: false, replace: false })),
  z
    .strictObject({
      text: taskText.meta({ description: 'What to do; facts may stand in it as {{ lock.lockTitle }}' }),
      points: z.int().min(0).default(0).meta({ description: 'Points for doing it' }),
      duration: lengthOfTime().optional().meta({ description: 'How long there is time for it' }),
      verification: z.boolean().default(false).meta({ description: 'Whether it must be verified' }),
      if_open: z
        .enum(['skip', 'replace'])
        .default('skip')
        .meta({ description: 'What to do while a task is open: skip this one, or replace that one' }),
    })
    .transform(({ text, points, duration, verification, if_open }) => ({
      text,
      points,
      duration: duration ?? null,
      verification,
      replace: if_open === 'replace',
    })),
)

const outcome: z.ZodType<boolean> = shortOrLong(
  z.union([z.null().transform(() => true), z.boolean()], { error: 'true or false' }),
  z
    .strictObject({ successful: z.boolean().default(true).meta({ description: 'Whether the task was done' }) })
    .transform(({ successful }) => successful),
)

/** What the Tasks module of a lock can be asked to do (Chastify's external API page). */
export const taskActions: readonly ActionKind[] = [
  lockAction<Assignment>({
    name: 'task.assign',
    leave: { 'task.assign': 'task' },
    help: 'Assigns a task unless one is open, as task.assign: { text: "Write a page", points: 5, duration: 45m }',
    sample: '{ text: "Write one page", points: 5, duration: 45m }',
    says: (params) => {
      const { text, points, duration, verification, replace } = paramsMap(params)
      const more = [
        ...(typeof points === 'number' && points > 0 ? [`${points} ${points === 1 ? 'point' : 'points'}`] : []),
        ...(typeof duration === 'number' ? [sayDuration(duration)] : []),
        ...(verification === true ? ['to be verified'] : []),
        ...(replace === true ? ['in place of an open one'] : []),
      ]
      return `assign a task ${quoted(text)}${more.length > 0 ? ` (${more.join(', ')})` : ''}`
    },
    params: assignment,
    effect: () => restricts('task.assign', 'task'),
    // The service cancels an open task for a new one, so one that may be open stays unless the rule says otherwise.
    plan({ replace }, facts) {
      if (replace) return { go: restricts('task.assign', 'task') }
      const open = needed(facts, 'lock.taskAssigned', sessionTopic, () => 'whether a task is open is unknown')
      if ('plan' in open) return open.plan
      return open.value === false ? { go: restricts('task.assign', 'task') } : { refused: 'a task is already open' }
    },
    request: ({ text, points, duration, verification }, _, lockId) =>
      namedAction(
        'task.assign',
        {
          actor: 'extension',
          taskText: textFor(text, longestText),
          points,
          verificationRequired: verification,
          ...(duration === null ? {} : { durationSeconds: duration }),
        },
        lockId,
      ),
    fences: taskFacts,
    does: () => ({ 'lock.taskAssigned': { to: true } }),
    readBack: taskReadBack,
    did: ({ points, duration }) => ({
      did: [
        'assigned a task',
        points === 0 ? '' : ` worth ${points} ${points === 1 ? 'point' : 'points'}`,
        duration === null ? '' : `, ${sayDuration(duration)} long`,
      ].join(''),
    }),
  }),
  lockAction<null>({
    name: 'task.start_timer',
    leave: { 'task.start_timer': 'uncounted' },
    help: 'Starts the timer of the open task, as task.start_timer alone',
    sample: '',
    says: () => 'start the timer of the task',
    params: noParams,
    effect: () => restricts('task.start_timer'),
    request: (_params, _effect, lockId) => namedAction('task.start_timer', {}, lockId),
    fences: taskFacts,
    did: () => ({ did: 'started the timer of the task' }),
  }),
  lockAction<boolean>({
    name: 'task.complete',
    leave: { 'task.complete': 'uncounted' },
    help: 'Closes the open task, as task.complete: { successful: false }; successful unless it says otherwise',
    sample: '',
    says: (params) => (params === false ? 'close the task as failed' : 'close the task as done'),
    params: outcome,
    effect: () => restricts('task.complete'),
    request: (successful, _, lockId) => namedAction('task.complete', { successful }, lockId),
    fences: taskFacts,
    does: () => ({ 'lock.taskAssigned': { to: false } }),
    did: (successful) => ({ did: successful ? 'completed the task' : 'closed the task as failed' }),
  }),
]
