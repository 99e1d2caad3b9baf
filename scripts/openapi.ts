import { writeFile } from 'node:fs/promises'
import { openapiOf } from '../src/console/openapi.ts'
import { operationGroups } from '../src/console/routes/operations.ts'

// The document of the console's API, from the schemas by which it answers; a test proves that it is up to date.
await writeFile('docs/openapi.yaml', openapiOf(operationGroups))
