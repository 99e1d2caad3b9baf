/**
 * Ends the process now. `process.exit` waits for what other threads are at, such as looking up a name that no server
 * answers, and nothing can end that; where another program takes the process over, the threads are gone.
 */
export function leave(code: number | string): never {
  try {
    process.execve?.('/bin/sh', ['sh', '-c', `exit ${Number(code)}`], {})
  } catch {
    // No shell, or none that may be run.
  }
  process.exit(code)
}
