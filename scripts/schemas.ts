import { mkdir, writeFile } from 'node:fs/promises'
import { schemaNames, schemas } from '../src/cli/schema.ts'
import { services } from '../src/services/index.ts'

// The JSON Schemas that editors are pointed at by a file's first line; a test proves that they are up to date.
await mkdir('docs/schema', { recursive: true })
for (const name of schemaNames) {
  await writeFile(`docs/schema/${name}.schema.json`, `${JSON.stringify(schemas[name](services), null, 2)}\n`)
}
