import { parentPort, workerData } from 'node:worker_threads'
import { Mistake } from '../document/fault.ts'
import { type Shelf, shelve } from './backups.ts'
import type { Made } from './store.ts'

// A thread that makes one backup and ends. Meanwhile the daemon goes on, and stops devices in time.
const { data, shelf, made } = workerData as { data: string; shelf: Shelf; made: Made }
try {
  parentPort?.postMessage({ done: shelve(data, shelf, made) })
} catch (error) {
  const failed = error instanceof Mistake ? error.message : error instanceof Error ? error.stack : String(error)
  parentPort?.postMessage({ failed })
}
