import { resolve } from 'node:path'
import type { Argument, Command, Option } from 'commander'
import { dataFolderOf } from '../config/load.ts'
import { ask, socketNow } from '../daemon/control.ts'
import type { Terminal } from './terminal.ts'

/** A word that may come next, and its meaning. */
export interface Candidate {
  word: string
  help: string
}

/** The kind of word that a place of a command line takes. */
type Takes = readonly Candidate[] | Live | 'files' | 'nothing'
/** Kinds that only the running daemon knows. */
type Live = 'locks' | 'rules' | 'inputs' | 'facts' | 'unsettled'

/** By option, or by command and argument. */
const live: Readonly<Record<string, Live>> = {
  '--lock': 'locks',
  '--rule': 'rules',
  'why rule': 'rules',
  'release rule': 'rules',
  'set input': 'inputs',
  'settle id': 'unsettled',
  'facts name': 'facts',
}
const positions = ['on', 'off', 'press'].map((word) => ({ word, help: '' }))
const isFile = /^(file|folder|path|paths)$/

/** The completions of the last word; `words` begin after the program's name. */
export function expected(lockwarden: Command, words: readonly string[]): { takes: Takes; begun: string } {
  const begun = words.at(-1) ?? ''
  const [name, ...before] = words.slice(0, -1)
  const visible = lockwarden.createHelp()
  if (name === undefined) {
    const commands = visible.visibleCommands(lockwarden).map((one) => ({ word: one.name(), help: one.description() }))
    return { takes: begun.startsWith('-') ? optionsOf(visible.visibleOptions(lockwarden)) : commands, begun }
  }
  const command = lockwarden.commands.find((one) => one.name() === name || one.aliases().includes(name))
  if (!command) return { takes: 'nothing', begun }
  let awaiting: Option | null = null
  let place = 0
  for (const word of before) {
    const option: Option | undefined = command.options.find((one) => one.long === word || one.short === word)
    if (awaiting !== null && !(awaiting.optional && word.startsWith('-'))) awaiting = null
    else if (option) awaiting = option.required || option.optional ? option : null
    else if (!word.startsWith('-')) place += 1
  }
  if (awaiting !== null && !(awaiting.optional && begun.startsWith('-'))) return { takes: valuesOf(awaiting), begun }
  if (begun.startsWith('-')) return { takes: optionsOf(visible.visibleOptions(command)), begun }
  const takesMore = command.registeredArguments.at(-1)
  const argument = command.registeredArguments[place] ?? (takesMore?.variadic ? takesMore : undefined)
  return { takes: argument ? argumentOf(command, argument) : 'nothing', begun }
}

function optionsOf(options: readonly Option[]): Candidate[] {
  return options.map((one) => ({ word: one.long ?? one.short ?? '', help: one.description }))
}

function valuesOf(option: Option): Takes {
  if (option.argChoices) return option.argChoices.map((word) => ({ word, help: '' }))
  const [, placeholder = ''] = /[<[](\w+)/.exec(option.flags) ?? []
  return live[option.long ?? ''] ?? (isFile.test(placeholder) ? 'files' : 'nothing')
}

function argumentOf(command: Command, argument: Argument): Takes {
  if (argument.argChoices) return argument.argChoices.map((word) => ({ word, help: '' }))
  if (command.name() === 'set' && argument.name() === 'value') return positions
  return live[`${command.name()} ${argument.name()}`] ?? (isFile.test(argument.name()) ? 'files' : 'nothing')
}

/**
 * Prints the completions of a command line for shells: each line has a word, a tab and its help; or `:files`. Never
 * fails: without a running daemon it prints what is known without one.
 */
export async function complete(terminal: Terminal, lockwarden: Command, words: readonly string[]): Promise<number> {
  const { takes, begun } = expected(lockwarden, words)
  if (takes === 'files') terminal.out(':files')
  if (typeof takes === 'string' && (takes === 'files' || takes === 'nothing')) return 0
  const all = typeof takes === 'string' ? await liveWords(terminal, takes, words) : takes
  const seen = new Set<string>()
  for (const { word, help } of all) {
    if (!word.startsWith(begun) || seen.has(word)) continue
    seen.add(word)
    terminal.out(`${word}\t${help.replace(/\s+/g, ' ').slice(0, 80)}`)
  }
  return 0
}

/** What the running daemon knows; nothing if none answers. */
async function liveWords(terminal: Terminal, what: Live, words: readonly string[]): Promise<Candidate[]> {
  try {
    const named = words[words.lastIndexOf('--config') + 1]
    const config = words.includes('--config') && named ? named : './config.yaml'
    const data = await dataFolderOf(resolve(terminal.folder, config), terminal.env)
    const socket = data === null ? null : socketNow(data)
    switch (what) {
      case 'locks': {
        const told = await ask(socket, 'rules')
        return (told ?? []).map(({ lock }) => ({ word: lock, help: '' }))
      }
      case 'rules': {
        const told = await ask(socket, 'rules')
        return (told ?? []).flatMap(({ rules }) => rules.map(({ id, sentence }) => ({ word: id, help: sentence })))
      }
      case 'inputs': {
        const told = await ask(socket, 'pressable')
        return (told ?? []).flatMap(({ inputs }) => inputs.map(({ name, type }) => ({ word: name, help: type })))
      }
      case 'facts': {
        const told = await ask(socket, 'facts')
        return (told ?? []).flatMap(({ facts }) => facts.map(({ name }) => ({ word: name, help: '' })))
      }
      case 'unsettled': {
        const told = await ask(socket, 'status')
        return (told?.locks ?? []).flatMap(({ unsettled }) =>
          unsettled.map(({ id, said }) => ({ word: id, help: said })),
        )
      }
    }
  } catch {
    // Without completions the person types the word.
    return []
  }
}

/** The shells for which there is a completion script. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# lockwarden's words for bash: source this, or put it where bash-completion looks
_lockwarden() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    elif [ -n "$line" ]; then
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _lockwarden lockwarden
`,
  zsh: `#compdef lockwarden
# lockwarden's words for zsh: put this into a folder of fpath as _lockwarden, or source it after compinit
_lockwarden() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ "$line" == ":files" ]]; then
      _files
    elif [[ -n "$line" ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( \${#found} )) && _describe lockwarden found
}
if [[ "$funcstack[1]" == "_lockwarden" ]]; then
  _lockwarden "$@"
else
  compdef _lockwarden lockwarden
fi
`,
  fish: `# lockwarden's words for fish: put this into ~/.config/fish/completions/lockwarden.fish
function __lockwarden_words
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c lockwarden -f -a '(__lockwarden_words)'
`,
}

/** Prints the completion script for a shell. */
export async function completion(terminal: Terminal, shell: Shell): Promise<number> {
  terminal.out(scripts[shell].trimEnd())
  return 0
}
