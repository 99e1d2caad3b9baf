import { section } from '../section.ts'
import type { TrackerCredentials } from './client.ts'
import { sessionsTopic, statsTopic } from './readings.ts'

export const trackerSection = section({
  title: 'Chastity Tracker',
  help: "The wearer's Chastity Tracker page; both tokens are optional",
  example: `{ token: "\${TRACKER_TOKEN}" }`,
  url: 'https://www.chastitytracker.org',
  tokens: [
    {
      key: 'token',
      help: "The wearer's Chastity Tracker token",
      fileHelp: "File that holds the wearer's Chastity Tracker token",
      as: 'owner',
      tries: [statsTopic, sessionsTopic],
      alone: {
        what: 'tracker token',
        hint: "limits.game is agreed for the tracker's page; leave it to one of the two entries",
      },
    },
    {
      key: 'dom_token',
      help: "The keyholder's Chastity Tracker token, for games played as dom",
      fileHelp: "File that holds the keyholder's Chastity Tracker token",
      as: 'dom',
      tries: [statsTopic],
    },
  ],
  more: {},
  credentials: (_, tokens, baseUrl): TrackerCredentials => ({
    baseUrl,
    token: tokens.at('token'),
    domToken: tokens.at('dom_token'),
  }),
})
