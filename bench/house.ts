import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import type { Config, LockConfig } from '../src/config/load.ts'
import { limitsOf } from '../src/core/acting/limits.ts'
import type { Poll } from '../src/core/model/service.ts'
import { services } from '../src/services/index.ts'
import { Secret } from '../src/services/secret.ts'

export const silent: Logger = pino({ level: 'silent' })

/** A folder that is gone when it is left. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'lockwarden-bench-'))

  write(name: string, text: string): string {
    const file = join(this.path, name)
    writeFileSync(file, text)
    return file
  }

  folder(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Where the locks of a config are read, by which rules, and how often. */
export interface Household {
  url: string
  rules: string
  poll: Poll
  tokens: readonly string[]
}

/** A live config in a folder, with a lock for each token; its limits are those of the default but for how many actions. */
export function configIn(folder: Folder, { url, rules, poll, tokens }: Household): Config {
  const rulesFile = folder.write('rules.yaml', rules)
  const limits = limitsOf([{ actions: null }], 'UTC')
  const lock = (token: string, index: number): LockConfig => ({
    name: index === 0 ? 'main' : `lock-${index}`,
    credentials: { chastify: { baseUrl: url, token: new Secret(token) }, tracker: null },
    expect: null,
    newLock: 'auto',
    polls: { chastify: poll, tracker: { everyMs: 300_000 } },
    rules: rulesFile,
    limits,
    tokens: [],
  })
  return {
    file: join(folder.path, 'config.yaml'),
    folder: folder.path,
    mode: 'live',
    zone: 'UTC',
    services,
    data: folder.folder('data'),
    locks: tokens.map(lock),
  }
}
