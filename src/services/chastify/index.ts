import type { Integration } from '../integration.ts'
import { chastifyCheckup } from './checkup.ts'
import { type ChastifyCredentials, chastifyClient, chastifyPerMinute } from './client.ts'
import { chastifySection } from './section.ts'
import { chastify as service } from './service.ts'

/** Chastify: the lock itself. */
export const chastify: Integration<ChastifyCredentials> = {
  ...service,
  section: chastifySection,
  poll: '30s',
  perMinute: chastifyPerMinute,
  checkup: chastifyCheckup,
  holds: ({ device }, as) => as === 'owner' || (as === 'device' && device !== undefined),
  client: chastifyClient,
}
