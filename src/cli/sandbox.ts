import { Mistake } from '../document/fault.ts'
import { startSandbox } from '../sandbox/index.ts'
import { typed } from './invocation.ts'
import type { Terminal } from './terminal.ts'

const troubles: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'may not be used by this user',
}

/** Both services, simulated on this machine, until SIGTERM or SIGINT. */
export async function sandbox(terminal: Terminal, options: { port: string }): Promise<number> {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Mistake(`${options.port} is no port`, 2)
  const world = await startSandbox({ port }).catch((error: NodeJS.ErrnoException) => {
    const why = troubles[error.code ?? '']
    throw why === undefined ? error : new Mistake(`port ${port} ${why}; name another by --port`)
  })
  terminal.out(`Both services, simulated, at ${world.url} until Ctrl-C. In a config:`)
  terminal.out(`    chastify: { base_url: "${world.url}", token: "${world.tokens.chastify}" }`)
  terminal.out(
    `    tracker: { base_url: "${world.url}", token: "${world.tokens.tracker}", dom_token: "${world.tokens.dom}" }`,
  )
  terminal.out('This makes such a config in another terminal, with the token of Chastify above:')
  terminal.out(`    ${typed(terminal, `init --folder lock --base-url ${world.url}`)}`)
  await new Promise<void>((resolve) => {
    if (terminal.signal.aborted) resolve()
    terminal.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await world.close()
  return 0
}
