import type { Operation } from '../operation.ts'
import { doRoutes } from './do.ts'
import { documentRoutes } from './document.ts'
import { eventRoutes } from './events.ts'
import { exampleRoutes } from './examples.ts'
import { lookRoutes } from './look.ts'
import { ruleRoutes } from './rules.ts'
import { sessionRoutes } from './session.ts'

/** All operations of the console, grouped by purpose, in the order of its document. */
export const operationGroups: Readonly<Record<string, readonly Operation[]>> = {
  'signing in': sessionRoutes,
  showing: lookRoutes,
  doing: doRoutes,
  'rule files': ruleRoutes,
  examples: exampleRoutes,
  'live updates': eventRoutes,
  document: documentRoutes,
}

export const operations: readonly Operation[] = Object.values(operationGroups).flat()
