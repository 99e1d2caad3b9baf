import type { Integration } from '../integration.ts'
import { trackerCheckup } from './checkup.ts'
import { type TrackerCredentials, trackerClient, trackerPerMinute } from './client.ts'
import { trackerSection } from './section.ts'
import { tracker as service } from './service.ts'

/** Chastity Tracker: the wearer's page. */
export const tracker: Integration<TrackerCredentials> = {
  ...service,
  section: trackerSection,
  poll: '5m',
  perMinute: trackerPerMinute,
  checkup: trackerCheckup,
  holds: ({ token, domToken }, as) =>
    as === 'public' || (as === 'owner' && token !== null) || (as === 'dom' && domToken !== null),
  client: trackerClient,
}
