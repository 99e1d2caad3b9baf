import type { Service } from '../../core/model/service.ts'
import { lockActions } from './actions.ts'
import { deviceActions } from './device.ts'
import { messageActions } from './messages.ts'
import { session, sessionFacts, sessionTopic } from './session.ts'
import { taskActions } from './tasks.ts'

/** Chastify, as its external API page describes it. */
export const chastify: Service = {
  name: 'chastify',
  title: 'Chastify',
  lock: sessionTopic,
  topics: [session],
  actions: [...lockActions, ...taskActions, ...messageActions, ...deviceActions],
  facts: sessionFacts,
  open: (name) => name.startsWith('lock.'),
}
