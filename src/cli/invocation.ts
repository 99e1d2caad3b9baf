import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Terminal } from './terminal.ts'

type Place = Pick<Terminal, 'home' | 'folder'>

/** How a command of this program is typed where the person is: in a clone, npm runs it. */
export function typed({ home, folder }: Place, words: string): string {
  return `${isInClone(home, folder) ? 'npm run lockwarden --' : 'lockwarden'} ${words}`
}

/** The words that make a first config there; in a clone, its own rules are in the way. */
export function firstConfig({ home, folder }: Place): string {
  return isInClone(home, folder) ? 'init --folder lock' : 'init'
}

/**
 * A terminal on which each command that a text names in quotes, `"lockwarden resume"`, can be typed as it stands: as
 * `typed` has it, with the config that this command line names. What is quoted in JSON or CSV stays.
 */
export function withInvocations(terminal: Terminal, args: readonly string[]): Terminal {
  const config = configIn(args)
  const { styled } = terminal
  const said = (text: string) =>
    text.replace(/(?<!")"lockwarden ([^"\\]+)"(?!")/g, (_, words: string) => {
      const [command = ''] = words.split(' ')
      const all = command === 'init' && words === command ? firstConfig(terminal) : words
      return `"${typed(terminal, takesConfig(command) ? `${all}${config}` : all)}"`
    })
  return {
    ...terminal,
    out: (line) => terminal.out(said(line)),
    err: (line) => terminal.err(said(line)),
    ...(styled ? { styled: (line: string) => styled(said(line)) } : {}),
  }
}

/** A word, quoted for a shell. */
export function inShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** npm finds the script from any folder in the clone. */
function isInClone(home: string, folder: string): boolean {
  return existsSync(join(home, 'src/main.ts')) && !relative(home, folder).startsWith('..')
}

/** The option with which a command line names its config; empty where it goes by the usual one. */
function configIn(args: readonly string[]): string {
  const place = args.findIndex((word) => word === '--config' || word.startsWith('--config='))
  const file = args[place]?.replace(/^--config=?/, '') || args[place + 1]
  return place === -1 || file === undefined ? '' : ` --config ${inShell(file)}`
}

const without = ['init', 'demo', 'sandbox', 'schema', 'completion']

function takesConfig(command: string): boolean {
  return !command.startsWith('-') && !without.includes(command)
}
