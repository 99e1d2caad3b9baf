import type { Service } from '../../core/model/service.ts'
import { trackerActions } from './actions.ts'
import { trackerFacts, trackerTopics } from './readings.ts'

/** Chastity Tracker, as its documents on stats, games and live sessions describe it. */
export const tracker: Service = {
  name: 'tracker',
  title: 'Chastity Tracker',
  topics: trackerTopics,
  actions: trackerActions,
  facts: trackerFacts,
  open: () => false,
}
