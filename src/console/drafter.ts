// A thread of its own, in which rules are looked at: however large they are, the daemon goes on meanwhile. And new
// passwords: the list of the common ones takes twenty megabytes, which end with the thread.
import { parentPort } from 'node:worker_threads'
import type { Task } from './drafting.ts'

/** What the thread can be asked for. */
export type Work = Task | { kind: 'password'; password: string }

async function done(work: Work): Promise<unknown> {
  if (work.kind === 'password') return (await import('../config/password.ts')).passwordFault(work.password)
  return (await import('./drafting.ts')).perform(work)
}

parentPort?.on('message', async (work: Work) => {
  try {
    parentPort?.postMessage({ done: await done(work) })
  } catch (error) {
    parentPort?.postMessage({ failed: error instanceof Error ? error.message : String(error) })
  }
})
