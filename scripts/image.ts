import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

// What the image takes over from building beside the bundle: the one library with a binary, without the binaries of
// other systems and without its sources, the command, and the folder for all that lasts.
const [folder = 'image', wanted = ''] = process.argv.slice(2)
const arch = { amd64: 'x64', arm64: 'arm64' }[wanted] ?? process.arch
const library = 'node_modules/better-sqlite3'

await rm(folder, { recursive: true, force: true })
for (const part of ['package.json', 'LICENSE', 'lib', `prebuilds/linux-${arch}.node`]) {
  await cp(join(library, part), join(folder, library, part), { recursive: true })
}
const command = join(folder, 'lockwarden')
await writeFile(command, '#!/bin/sh\nexec node /app/bin/lockwarden.js "$@"\n')
await chmod(command, 0o755)
await mkdir(join(folder, 'data'), { mode: 0o700 })
