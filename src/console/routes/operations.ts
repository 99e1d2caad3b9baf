import type { Operation } from '../operation.ts'
import { doRoutes } from './do.ts'
import { documentRoutes } from './document.ts'
import { eventRoutes } from './events.ts'
import { exampleRoutes } from './examples.ts'
import { lookRoutes } from './look.ts'
import { ruleRoutes } from './rules.ts'
import { sessionRoutes } from './session.ts'

/** Everything that the console does, in the order of its document. */
export const operations: readonly Operation[] = [
  ...sessionRoutes,
  ...lookRoutes,
  ...doRoutes,
  ...ruleRoutes,
  ...exampleRoutes,
  ...eventRoutes,
  ...documentRoutes,
]
