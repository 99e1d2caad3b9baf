import { Argument, Command, CommanderError } from 'commander'
import { Faulty, faultLine, Mistake } from '../document/fault.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs a command line and resolves to its exit code: 0 fine, 1 the thing asked about is wrong, 2 wrong usage or a
 * faulty config. What a person did wrong is said in one line each, without a stack.
 */
export async function program(args: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0
  const lockwarden = new Command('lockwarden')
    .description('Automates a Chastify lock and a Chastity Tracker page by rules, each action exactly once.')
    .version(terminal.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(lockwarden --help lists the commands)')
  const command = (words: string, help: string) =>
    lockwarden.command(words).description(help).option('--config <file>', 'the config', './config.yaml')
  const does =
    <A extends unknown[]>(action: (...args: A) => Promise<number>) =>
    async (...args: A) => {
      code = await action(...args)
    }

  command('run', 'the daemon')
    .option('--once', 'one poll and one step for each lock, then exit')
    .option('--dry-run', 'send nothing, whatever the config says')
    .action(does(async (options) => (await import('./run.ts')).run(terminal, options)))
  lockwarden
    .command('demo')
    .description('the daemon against the built-in sandbox: no account, no config')
    .option('--speed <times>', 'how many times as fast its clock runs', '1200')
    .option('--rules <path>', 'other rules than the examples')
    .option('--keep', 'go on until Ctrl-C')
    .action(does(async (options) => (await import('./demo.ts')).demo(terminal, options)))
  lockwarden
    .command('sandbox')
    .description('only the simulated services, for trying clients against')
    .option('--port <port>', 'where to listen on 127.0.0.1', '8780')
    .action(does(async (options) => (await import('./sandbox.ts')).sandbox(terminal, options)))
  command('check [paths...]', 'checks config and rules; prints every fault, and the limits in force')
    .option('--json', 'for programs')
    .action(does(async (paths, options) => (await import('./check.ts')).check(terminal, paths, options)))
  command('test [paths...]', 'runs the tests beside the rules (*.test.yaml), on made-up time')
    .option('--verbose', 'lists the tests that pass, too')
    .option('--json', 'for programs')
    .action(does(async (paths, options) => (await import('./test.ts')).test(terminal, paths, options)))
  command('why <rule>', 'why a rule fired or did not, as the running daemon saw it last')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (rule, options) => (await import('./why.ts')).why(terminal, rule, options)))
  lockwarden
    .command('schema')
    .description('the JSON Schema of a kind of file, for editors')
    .addArgument(new Argument('<what>', 'the kind of file').choices(['config', 'rules', 'test']))
    .action(does(async (what) => (await import('./schema.ts')).schema(terminal, what)))
  command('facts', 'the facts as they are now')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./facts.ts')).facts(terminal, options)))
  command('status', 'locks, services, rules, unsettled actions, the switch')
    .option('--lock <name>', 'only this lock')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./status.ts')).status(terminal, options)))
  command('history', 'what was done, newest first')
    .option('--lock <name>', 'only this lock')
    .option('--most <n>', 'so many lines', '50')
    .option('--json', 'for programs')
    .action(does(async (options) => (await import('./history.ts')).history(terminal, options)))
  command('accept', "the wearer's yes to a new lock")
    .option('--lock <name>', 'only this lock')
    .action(does(async (options) => (await import('./accept.ts')).accept(terminal, options)))
  command('set <input> [value]', "sets a switch or presses a button of the rules' inputs")
    .option('--lock <name>', 'only this lock')
    .action(does(async (input, value, options) => (await import('./set.ts')).set(terminal, input, value, options)))
  command('stop', "the wearer's switch: nothing restrictive is sent until resume")
    .option('--lock <name>', 'only this lock')
    .option('--data <folder>', 'the data folder, where the config cannot be read')
    .action(does(async (options) => (await import('./switch.ts')).stop(terminal, options)))
  command('resume', 'takes the switch off again')
    .option('--lock <name>', 'only this lock')
    .option('--data <folder>', 'the data folder, where the config cannot be read')
    .action(does(async (options) => (await import('./switch.ts')).resume(terminal, options)))
  command('health', 'whether the daemon is alive, for containers')
    .option('--data <folder>', 'the data folder')
    .action(does(async (options) => (await import('./health.ts')).health(terminal, options)))

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
    throw error
  }
}
