import * as z from 'zod'
import { nothing } from '../../queries/given.ts'
import { operation } from '../operation.ts'

/** The OpenAPI document. */
export const documentRoutes = [
  operation({
    method: 'get',
    path: '/api/openapi.yaml',
    summary: 'This document',
    who: 'looker',
    in: nothing,
    out: z.string(),
    media: 'application/yaml',
    answer: ({ asked, around }) => asked.body(around.document(), 200, { 'content-type': 'application/yaml' }),
  }),
]
