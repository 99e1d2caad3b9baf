import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { watchFiles } from '../../src/daemon/reload.ts'
import { folderWith } from '../config/files.ts'

test('a look that hangs does not hold up the end', async () => {
  const folder = await folderWith({ 'a.yaml': 'x' })
  const ending = new AbortController()
  const looking = Promise.withResolvers<void>()
  const watching = watchFiles(
    [folder],
    () => {
      looking.resolve()
      return new Promise<void>(() => undefined)
    },
    ending.signal,
  )
  writeFileSync(join(folder, 'a.yaml'), 'y')
  await looking.promise
  ending.abort()
  await expect(watching).resolves.toBeUndefined()
})
