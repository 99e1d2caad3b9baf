// A thread of its own, in which rules are looked at: however large they are, the daemon goes on meanwhile.
import { parentPort } from 'node:worker_threads'
import { perform, type Task } from './drafting.ts'

parentPort?.on('message', async (task: Task) => {
  try {
    parentPort?.postMessage({ done: await perform(task) })
  } catch (error) {
    parentPort?.postMessage({ failed: error instanceof Error ? error.message : String(error) })
  }
})
