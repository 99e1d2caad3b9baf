import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A child that has not ended by then is ended. */
const patienceMs = 5000

/** Another process of this folder that answers by messages, and ends with this one. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess

  constructor(name: string, args: readonly string[] = [], execArgv: readonly string[] = []) {
    const file = fileURLToPath(new URL(name, import.meta.url))
    this.process = fork(file, args, { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  say(message: string): void {
    this.process.send(message)
  }

  /** What it says next. Rejects where it ends before. */
  async says<T>(): Promise<T> {
    const ended = new AbortController()
    const exit = once(this.process, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`a process of the bench ended with ${code}`)
    })
    try {
      const [message] = await Promise.race([once(this.process, 'message', { signal: ended.signal }), exit])
      return message as T
    } finally {
      ended.abort()
      exit.catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const exit = once(this.process, 'exit')
    // Left alone, each of them ends by itself and leaves nothing behind.
    if (this.process.connected) this.process.disconnect()
    const tired = setTimeout(() => this.process.kill('SIGKILL'), patienceMs)
    await exit
    clearTimeout(tired)
  }
}

/** The small service in a process of its own, and where it listens. */
export async function serviceApart(...args: string[]): Promise<{ service: Child; url: string }> {
  const service = new Child('service.ts', args)
  const { port } = await service.says<{ port: number }>()
  return { service, url: `http://127.0.0.1:${port}` }
}
