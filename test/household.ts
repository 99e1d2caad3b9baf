import type { Sandbox } from '../src/sandbox/index.ts'

/** A live config of one lock at a sandbox, read each second, as people write it. */
export function oneLockAt({ url: base_url, tokens }: Sandbox, lock: Record<string, unknown> = {}) {
  return {
    version: 1,
    mode: 'live',
    timezone: 'Europe/Berlin',
    locks: {
      main: { chastify: { token: tokens.chastify, base_url }, new_lock: 'auto', poll: { chastify: '1s' }, ...lock },
    },
  }
}
