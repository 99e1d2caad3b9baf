import * as z from 'zod'
import { slottedText } from '../../core/language/text.ts'
import { paramsMap, quoted } from '../../core/language/words.ts'
import type { ActionKind, Effect } from '../../core/model/service.ts'
import { shortOrLong, type Text, textFor } from '../params.ts'
import { lockAction } from './actions.ts'
import { post } from './call.ts'

/** What the service takes at most, in characters. */
const longest = { logTitle: 180, logDescription: 2000, title: 100, message: 500 }

type Log = {
  title: Text
  description: Text | null
  role: 'extension' | 'wearer' | 'keyholder'
  icon: string | null
  color: string | null
}
type Notification = { title: Text; message: Text; target: 'wearer' | 'keyholder' | 'both'; overlay: boolean }

const logTitle = slottedText(longest.logTitle)
const log: z.ZodType<Log> = shortOrLong(
  logTitle.transform((title): Log => ({ title, description: null, role: 'extension', icon: null, color: null })),
  z
    .strictObject({
      title: logTitle.meta({ description: 'The line itself; facts may stand in it as {{ lock.lockTitle }}' }),
      description: slottedText(longest.logDescription).optional().meta({ description: 'More under the line' }),
      role: z
        .enum(['extension', 'wearer', 'keyholder'])
        .default('extension')
        .meta({ description: 'In whose name it is written' }),
      icon: z.string().min(1).max(100).optional().meta({ description: 'Name of an icon' }),
      color: z
        .string()
        .regex(/^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, 'a color such as "#ffcc00", in quotes')
        .optional()
        .meta({ description: 'As "#ffcc00", in quotes' }),
    })
    .transform(
      ({ title, description, role, icon, color }): Log => ({
        title,
        description: description ?? null,
        role,
        icon: icon ?? null,
        color: color ?? null,
      }),
    ),
)

const ourTitle = 'lockwarden'
const message = slottedText(longest.message)
const notification: z.ZodType<Notification> = shortOrLong(
  message.transform((text): Notification => ({ title: ourTitle, message: text, target: 'both', overlay: false })),
  z
    .strictObject({
      title: slottedText(longest.title).optional().meta({ description: 'Its title; lockwarden without one' }),
      message: message.meta({ description: 'What it says; facts may stand in it as {{ lock.lockTitle }}' }),
      target: z.enum(['wearer', 'keyholder', 'both']).default('both').meta({ description: 'Who gets it' }),
      overlay: z.boolean().default(false).meta({ description: 'Whether it lies over the page' }),
    })
    .transform((written): Notification => ({ ...written, title: written.title ?? ourTitle })),
)

const neutral = (allow: string): Effect => ({ toward: 'neutral', counts: null, seconds: 0, least: 0, allow })

/** What is only said: lines in the lock's log (Chastify's external API page) and notifications. */
export const messageActions: readonly ActionKind[] = [
  lockAction<Log>({
    name: 'log',
    leave: { log: 'free' },
    help: 'Writes into the history of the lock, as log: { title: "Last hour", description: "…" } or log: a text',
    sample: '{ title: Title, description: "{{ did }}" }',
    says: (params) => `write ${quoted(paramsMap(params).title)} to the log`,
    params: log,
    effect: () => neutral('log'),
    request: ({ title, description, role, icon, color }, _, lockId) =>
      post(
        '/api/apps/v1/logs/custom',
        {
          title: textFor(title, longest.logTitle),
          ...(description === null ? {} : { description: textFor(description, longest.logDescription) }),
          role,
          ...(icon === null ? {} : { icon }),
          ...(color === null ? {} : { color }),
        },
        lockId,
      ),
    fences: [],
    did: () => ({ did: 'wrote into the history of the lock' }),
  }),
  lockAction<Notification>({
    name: 'notify',
    leave: { notify: 'free' },
    help: 'Notifies wearer, keyholder or both, as notify: { message: "…", target: wearer } or notify: a text',
    sample: '{ message: Message, target: wearer }',
    says: (params) => {
      const { target, message, title } = paramsMap(params)
      // What is wholly filled in later says nothing yet; its title does.
      const text = quoted(message) === '“…”' ? quoted(title) : quoted(message)
      return `tell ${target === 'both' ? 'wearer and keyholder' : `the ${target}`} ${text}`
    },
    params: notification,
    effect: () => neutral('notify'),
    request: ({ title, message: text, target, overlay }, _, lockId) =>
      post(
        '/api/apps/v1/notifications/custom',
        {
          title: textFor(title, longest.title),
          message: textFor(text, longest.message),
          target,
          showPageOverlay: overlay,
        },
        lockId,
      ),
    fences: [],
    did: ({ target }) => ({ did: target === 'both' ? 'notified wearer and keyholder' : `notified the ${target}` }),
  }),
]
