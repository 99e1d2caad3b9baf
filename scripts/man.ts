import { mkdir, writeFile } from 'node:fs/promises'
import { manualOf } from '../src/cli/manual.ts'
import { definitions } from '../src/cli/program.ts'

// The manual page, from the definitions of the commands; a test proves that it is up to date.
await mkdir('docs/man', { recursive: true })
await writeFile('docs/man/lockwarden.1', manualOf(definitions()))
