import type { Command, Option } from 'commander'

/** The manual page of the program, as `man` reads it, from the definitions of its commands. */
export function manualOf(lockwarden: Command): string {
  const help = lockwarden.createHelp()
  const commands = help.visibleCommands(lockwarden).filter((one) => one.name() !== 'help')
  const lines = [
    `.TH ${lockwarden.name().toUpperCase()} 1 "" "${lockwarden.name()}"`,
    '.SH NAME',
    `${lockwarden.name()} \\- ${text(firstSmall(lockwarden.description()))}`,
    '.SH SYNOPSIS',
    `.B ${lockwarden.name()}`,
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    text(lockwarden.description()),
    text(
      'Commands read config.yaml in the present folder; --config names another file. Times are in the time zone of the config.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      `.SS ${text([command.name(), ...command.registeredArguments.map(argument)].join(' '))}`,
      text(`${firstLarge(command.description())}.`),
      ...help.visibleOptions(command).filter(isOurs).flatMap(optionLines),
    ]),
    ...section('EXIT STATUS', [
      ['0', 'All is well.'],
      ['1', 'Something is wrong with what you asked about, or the command could not be carried out.'],
      ['2', 'The command line or the config is wrong; another try gives the same result.'],
    ]),
    ...section('ENVIRONMENT', [
      ['LOG_LEVEL', 'The level of the log: debug, info, warn, error or silent. It has priority over the config.'],
      ['NO_COLOR', 'Set to anything: no colours. There are none in a pipe either.'],
      ['TZ', 'The time zone, if the config names none.'],
      [
        'NOTIFY_SOCKET, WATCHDOG_USEC',
        'Set by systemd. systemd-notify then tells systemd that the daemon is ready and running.',
      ],
    ]),
    ...section('FILES', [
      ['config.yaml', `The config. A \${NAME} in it stands for a variable of the environment.`],
      ['rules/', 'The rules, and beside them their tests.'],
      ['data/', 'The database, the switch, the audit and the socket of the daemon.'],
      ['data/STOP', "The wearer's switch: while this file is there, nothing restrictive is sent."],
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** Every command has this option. */
function isOurs(option: Option): boolean {
  return option.long !== '--help'
}

function optionLines(option: Option): string[] {
  const chosen = option.argChoices ? ` One of ${option.argChoices.join(', ')}.` : ''
  const usual =
    option.defaultValue !== undefined && option.defaultValue !== false ? ` Unless given: ${option.defaultValue}.` : ''
  return ['.TP', `.B ${text(option.flags)}`, text(`${firstLarge(option.description)}.${chosen}${usual}`)]
}

function section(name: string, entries: readonly (readonly [string, string])[]): string[] {
  return [`.SH ${name}`, ...entries.flatMap(([term, words]) => ['.TP', `.B ${text(term)}`, text(words)])]
}

function argument(one: Command['registeredArguments'][number]): string {
  const name = `${one.name()}${one.variadic ? '...' : ''}`
  return one.required ? `<${name}>` : `[${name}]`
}

/** A text that roff does not take for a command. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
}

function firstLarge(words: string): string {
  return words.replace(/\.$/, '').replace(/^[a-z](?!\w*\.)/, (letter) => letter.toUpperCase())
}

function firstSmall(words: string): string {
  return words.replace(/\.$/, '').replace(/^[A-Z]/, (letter) => letter.toLowerCase())
}
