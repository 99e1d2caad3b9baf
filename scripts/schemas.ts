import { mkdir, writeFile } from 'node:fs/promises'
import { schemaNames, schemas } from '../src/cli/schema.ts'

// The JSON Schemas that editors are pointed at by a file's first line; a test proves that they are up to date.
await mkdir('docs/schema', { recursive: true })
for (const name of schemaNames) {
  await writeFile(`docs/schema/${name}.schema.json`, `${JSON.stringify(schemas[name](), null, 2)}\n`)
}
