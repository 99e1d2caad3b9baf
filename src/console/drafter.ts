// A thread that checks rules: the daemon goes on meanwhile, however large they are. It also checks new passwords: the
// list of common ones takes twenty megabytes, which are freed with the thread.
import { parentPort } from 'node:worker_threads'
import type { Task } from './drafting.ts'

/** The tasks of the thread. */
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
