/**
 * Ends the process now. `process.exit` waits for other threads, such as the look-up of a host name that no server
 * answers, and nothing can abort that. So another program replaces the process, which ends the threads.
 */
export function leave(code: number | string): never {
  try {
    process.execve?.('/bin/sh', ['sh', '-c', `exit ${Number(code)}`], {})
  } catch {
    // There is no shell, or it may not be run.
  }
  process.exit(code)
}
