import { Argument, Command, CommanderError, Option } from 'commander'
import { logLevels } from '../core/model/loudness.ts'
import { Faulty, faultLine, Mistake } from '../document/fault.ts'
import { withInvocations } from './invocation.ts'
import { buildHere, plainTerminal, type Terminal } from './terminal.ts'

/** A command and its arguments; its options are in its own help. */
function termOf(command: Command): string {
  const takes = command.registeredArguments.map((one) => {
    const name = `${one.name()}${one.variadic ? '...' : ''}`
    return one.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...takes].join(' ')
}

/** An option that may be repeated. */
function several(one: string, before: readonly string[] = []): string[] {
  return [...before, one]
}

/**
 * Runs a command line and resolves to its exit code: 0 fine, 1 the thing asked about is wrong, 2 wrong usage or a
 * faulty config. Mistakes of a person are one line each, without a stack.
 */
export async function program(args: readonly string[], given: Terminal): Promise<number> {
  const terminal = plainTerminal(withInvocations(given, args))
  let code = 0
  const lockwarden = commandsOf(
    { ...terminal, version: asksVersion(args) ? buildHere(terminal) : terminal.version },
    (ended) => {
      code = ended
    },
  )
  try {
    await lockwarden.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof Faulty) {
      for (const fault of error.faults) terminal.err(faultLine(fault))
      return 2
    }
    if (error instanceof Mistake) {
      terminal.err(`lockwarden: ${error.message}`)
      return error.exitCode
    }
    const other = (await import('./other.ts')).otherBuild(terminal)
    if (other === null) throw error
    terminal.err(`lockwarden: the answer of the daemon is not understood: ${other}; start it again`)
    return 1
  }
}

/** The definitions of all commands, for pages about them; none of them can be run. */
export function definitions(): Command {
  const nothing = () => undefined
  const { signal } = new AbortController()
  const around = { env: {}, folder: '.', home: '.', person: false, signal, version: '' }
  return commandsOf({ ...around, out: nothing, err: nothing }, nothing)
}

/** The commands, each with its function; `ended` gets its exit code. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table: the commands and their options
function commandsOf(terminal: Terminal, ended: (code: number) => void): Command {
  const lockwarden = new Command('lockwarden')
    .description('Automates a Chastify lock and a Chastity Tracker page by rules, each action exactly once.')
    .version(terminal.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('("lockwarden --help" lists the commands)')
    .configureHelp({ helpWidth: 100, subcommandTerm: termOf })
  const command = (words: string, help: string) =>
    lockwarden.command(words).description(help).option('--config <file>', 'the config', './config.yaml')
  const does =
    <A extends unknown[]>(action: (...args: A) => Promise<number>) =>
    async (...args: A) => {
      ended(await action(...args))
    }

  command('run', 'the daemon')
    .option('--once', 'one poll and one step for each lock, then exit')
    .option('--dry-run', 'send nothing, whatever the config says')
    .option('--wait', 'if a person must fix something first, wait instead of ending with 2')
    .addOption(new Option('--log <form>', 'the form of the log').choices(['pretty', 'json']))
    .action(
      does(async (options) => {
        const { run } = await import('./run.ts')
        if (!options.wait) return run(terminal, options)
        return (await import('./waiting.ts')).onceMended(terminal, () => run(terminal, options))
      }),
    )
  lockwarden
    .command('init')
    .description('makes a first config with rules and secrets: asks, or uses these options')
    .option('--folder <folder>', 'the folder to write to', '.')
    .option('--token-file <file>', 'a file with the DEV token of Chastify; one read tries it')
    .option('--timezone <name>', 'the time zone of the wearer (that of this machine)')
    .option('--wearer <name>', 'the wearer whose lock it must be (whose it is now)')
    .option('--example <id>', 'an example rule to begin with; may be repeated (new-lock, last-hour)', several)
    .option('--console', 'with pages for a browser; makes passwords')
    .option('--ntfy <address>', 'an ntfy topic for messages about problems')
    .option('--base-url <address>', 'the address of Chastify, if not the real one (for the sandbox)')
    .option('--yes', 'asks nothing, and accepts rules that restrict')
    .action(does(async (options) => (await import('./init.ts')).init(terminal, options)))
  lockwarden
    .command('demo')
    .description('the daemon against the built-in sandbox: no account, no config')
    .option('--speed <times>', 'how many times as fast its clock runs (1800; 60 with a console)')
    .option('--for <length>', 'how much of the day is shown', '14h')
    .option('--rules <path>', 'other rules than the examples')
    .option('--keep', 'go on until Ctrl-C')
    .option('--console', 'with a console to look at in a browser, until Ctrl-C')
    .action(does(async (options) => (await import('./demo.ts')).demo(terminal, options)))
  lockwarden
    .command('sandbox')
    .description('only the simulated services, for trying clients against')
    .option('--port <port>', 'where to listen on 127.0.0.1', '8780')
    .action(does(async (options) => (await import('./sandbox.ts')).sandbox(terminal, options)))
  command('check [paths...]', 'checks config, rules and tests; prints every fault, limits, the worst case')
    .option('--json', 'for programs')
    .action(does(async (paths, options) => (await import('./check.ts')).check(terminal, paths, options)))
  command('test [paths...]', 'runs the tests beside the rules (*.test.yaml), in simulated time')
    .option('--verbose', 'lists the tests that pass, too')
    .option('--json', 'for programs')
    .action(does(async (paths, options) => (await import('./test.ts')).test(terminal, paths, options)))
  command('backtest', 'what these rules, or others, would have done on recorded readings')
    .option('--since <when>', 'the last 7d, 12h, …, or from a date on', '7d')
    .option('--rules <path>', 'changed rules, to compare with those in force')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./backtest.ts')).backtest(terminal, options)))
  command('why <rule>', 'why a rule fired or did not, as the running daemon saw it last')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (rule, options) => (await import('./why.ts')).why(terminal, rule, options)))
  lockwarden
    .command('schema')
    .description('the JSON Schema of a kind of file, for editors')
    .addArgument(new Argument('<what>', 'the kind of file').choices(['config', 'rules', 'test']))
    .action(does(async (what) => (await import('./schema.ts')).schema(terminal, what)))
  command('facts [name]', 'the facts as they are now; with a name, that one and what it means')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (name, options) => (await import('./facts.ts')).facts(terminal, name, options)))
  command('status', 'locks, services, rules, unsettled actions, the switch')
    .option('--lock <name>', 'only this lock')
    .option('--all', 'the rules that are switched off, too')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./status.ts')).status(terminal, options)))
  command('doctor', 'what will not work and how to fix it: tokens, clocks, folders, limits')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./doctor.ts')).doctor(terminal, options)))
  command('tell', 'tries the channels by which people get messages, without a daemon')
    .option('--test [channel]', 'sends a test through all channels of the config, or through this one')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./tell.ts')).tell(terminal, options)))
  command('log', "the last lines of the running daemon's log, and its level")
    .option('-f, --follow', 'and goes on with new lines')
    .addOption(new Option('--level <level>', 'sets the level from now on').choices(logLevels))
    .addOption(new Option('--least <level>', 'shows only lines of this level and above').choices(logLevels))
    .option('--most <n>', 'how many lines', '50')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./follow.ts')).followLog(terminal, options)))
  command('history', 'what was done, newest first')
    .option('--lock <name>', 'only this lock')
    .option('--rule <id>', 'only of this rule')
    .option('--state <state>', 'only in this state: applied, refused, unsettled, …')
    .option('--since <when>', 'only of the last 7d, 12h, …, or from a date on')
    .option('--most <n>', 'how many lines', '50')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./history.ts')).history(terminal, options)))
  command('accept', 'accepts a new lock, as its wearer')
    .option('--lock <name>', 'only this lock')
    .action(does(async (options) => (await import('./accept.ts')).accept(terminal, options)))
  command('settle <id>', 'whether an unsettled action happened; "status" shows its id')
    .option('--applied', 'it happened')
    .option('--not-applied', 'it did not happen')
    .addOption(new Option('--as <role>', 'whose word it is').choices(['wearer', 'keyholder']).default('wearer'))
    .option('--lock <name>', 'only this lock')
    .action(does(async (id, options) => (await import('./settle.ts')).settle(terminal, id, options)))
  command('release <rule>', 'lets a rule fire again that was held because it kept triggering itself')
    .option('--lock <name>', 'only this lock')
    .action(does(async (rule, options) => (await import('./release.ts')).release(terminal, rule, options)))
  command('set <input> [value]', "sets a switch or presses a button of the rules' inputs")
    .option('--lock <name>', 'only this lock')
    .action(does(async (input, value, options) => (await import('./set.ts')).set(terminal, input, value, options)))
  command('stop', "the wearer's switch: nothing restrictive is sent until resume")
    .option('--lock <name>', 'only this lock')
    .option('--data <folder>', 'the data folder, if the config cannot be read')
    .action(does(async (options) => (await import('./switch.ts')).stop(terminal, options)))
  command('resume', 'takes the switch off again')
    .option('--lock <name>', 'only this lock')
    .option('--data <folder>', 'the data folder, if the config cannot be read')
    .action(does(async (options) => (await import('./switch.ts')).resume(terminal, options)))
  command('password', 'the hash of a password for the console; asks, or takes the first line')
    .addArgument(new Argument('<role>', 'whose it is').choices(['keyholder', 'wearer']))
    .option('--out <file>', 'writes it there instead of printing it')
    .option('--force', 'replaces that file')
    .action(does(async (role, options) => (await import('./password.ts')).password(terminal, role, options)))
  command('backup <file>', 'copies the database into one new file, whether the daemon runs or not')
    .option('--data <folder>', 'the data folder')
    .action(does(async (file, options) => (await import('./backup.ts')).backup(terminal, file, options)))
  command('restore <file>', 'puts a backup in the place of the database; nothing is done a second time')
    .option('--data <folder>', 'the data folder')
    .action(does(async (file, options) => (await import('./restore.ts')).restore(terminal, file, options)))
  command('export', 'the whole ledger for other programs, oldest first')
    .option('--lock <name>', 'only this lock')
    .option('--since <when>', 'only of the last 7d, 12h, …, or from a date on')
    .option('--json', 'as JSON')
    .option('--csv', 'as CSV')
    .action(does(async (options) => (await import('./export.ts')).exportLedger(terminal, options)))
  command('quit', 'ends the daemon')
    .option('--data <folder>', 'the data folder')
    .action(does(async (options) => (await import('./quit.ts')).quit(terminal, options)))
  command('restart', 'ends the daemon, and lets systemd or its container start it again')
    .option('--data <folder>', 'the data folder')
    .action(does(async (options) => (await import('./quit.ts')).restart(terminal, options)))
  command('health', 'whether the daemon is alive and can store, for containers')
    .option('--data <folder>', 'the data folder')
    .action(does(async (options) => (await import('./health.ts')).health(terminal, options)))

  command('support <file>', 'writes one new file with all that others need to help you, without secrets').action(
    does(async (file, options) => (await import('./support.ts')).support(terminal, file, options)),
  )
  lockwarden
    .command('completion')
    .description('prints what a shell must read to complete commands')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(does(async (shell) => (await import('./complete.ts')).completion(terminal, shell)))
  lockwarden
    .command('complete [words...]', { hidden: true })
    .description('the words that may come next on a command line, for completions')
    .action(does(async (words) => (await import('./complete.ts')).complete(terminal, lockwarden, words)))
  return lockwarden
}

/** It is looked up only if it is asked for, since git is slow. */
function asksVersion(args: readonly string[]): boolean {
  return args[0] === '--version' || args[0] === '-V'
}
