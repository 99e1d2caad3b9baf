import * as z from 'zod'
import { pathSchema } from '../../document/path.ts'
import { section, type Tokens } from '../section.ts'
import type { ChastifyCredentials } from './client.ts'
import { sessionTopic } from './session.ts'

const device = z
  .discriminatedUnion(
    'route',
    [
      z.strictObject({
        route: z.literal('app').meta({ description: 'Device commands go out with the token above' }),
      }),
      z.strictObject({
        route: z.literal('extension').meta({ description: "Device commands go out by an extension's session" }),
        session_id: z
          .string()
          .regex(/^[\w-]+$/, 'a session id is made of letters and digits')
          .meta({ description: "The extension's session; no call of the service gives it" }),
        app_key_file: pathSchema.meta({ description: 'File that holds the app-scoped key' }),
        main_token_file: pathSchema.meta({ description: 'File that holds the main token' }),
      }),
    ],
    { error: (issue) => (issue.code === 'invalid_union' ? 'route is one of app, extension' : undefined) },
  )
  .optional()
  .meta({ description: 'How device commands reach Chastify' })

export const chastifySection = section({
  title: 'Chastify',
  help: 'The Chastify account whose current lock this is',
  example: `{ token: "\${CHASTIFY_TOKEN}" }`,
  url: 'https://chastify.net',
  tokens: [
    {
      key: 'token',
      help: 'Chastify DEV token; better from the environment or from token_file',
      fileHelp: 'File that holds the Chastify DEV token',
      as: 'owner',
      tries: [sessionTopic],
      needed: true,
      alone: {
        what: 'Chastify token',
        hint: 'each Chastify token stands for one lock; take one of the two entries out',
      },
    },
  ],
  files: [
    ['device', 'app_key'],
    ['device', 'main_token'],
  ],
  more: { device },
  credentials: ({ device }, tokens, baseUrl): ChastifyCredentials => ({
    baseUrl,
    token: tokens.must('token'),
    ...(device ? { device: routeOf(device, tokens) } : {}),
  }),
})

function routeOf(
  written: NonNullable<z.output<typeof device>>,
  tokens: Tokens,
): NonNullable<ChastifyCredentials['device']> {
  if (written.route === 'app') return written
  return {
    route: written.route,
    sessionId: written.session_id,
    appKey: tokens.must('device', 'app_key'),
    mainToken: tokens.must('device', 'main_token'),
  }
}
