import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { roles } from '../config/console.ts'
import { readExamples } from '../config/examples.ts'
import { usualZone } from '../config/load.ts'
import { hashPassword, passwordFault } from '../config/password.ts'
import { addressFault } from '../config/reach.ts'
import { zoneFault } from '../config/schema.ts'
import { type Choice, choicesOf, secretNames, starterConfig, starterRules } from '../config/starter.ts'
import { readTokenFile } from '../config/tokens.ts'
import { knownValue } from '../core/model/fact.ts'
import { lockServiceIn } from '../core/model/service.ts'
import { Mistake, suggestion } from '../document/fault.ts'
import { systemWords } from '../errno.ts'
import { connect } from '../services/connect.ts'
import { Secret } from '../services/secret.ts'
import { readBaseUrl, tokenFault } from '../services/section.ts'
import { tokenFinding } from '../views/doctor.ts'
import { Asking, type Input } from './asking.ts'
import { inShell, typed } from './invocation.ts'
import { columns, servicesHere, type Terminal } from './terminal.ts'

interface Options {
  folder: string
  tokenFile?: string
  timezone?: string
  wearer?: string
  example?: readonly string[]
  console?: boolean
  ntfy?: string
  baseUrl?: string | undefined
  yes?: boolean
}

/** Both rules only write to people, and the first does so as soon as there is a lock. */
const usualExamples = ['new-lock', 'last-hour']

/**
 * Makes a first config with its rules and secrets. If an option is missing, it asks the person at the terminal, or
 * takes the default without one. It never overwrites a file, and leaves nothing behind if it fails.
 */
export async function init(
  terminal: Terminal,
  options: Options,
  input: Input = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<number> {
  const folder = resolve(terminal.folder, options.folder)
  mustBeFree(folder, options.folder)
  const exampleConfig = readFileSync(join(terminal.home, 'config.example.yaml'), 'utf8')
  const examples = readExamples(join(terminal.home, 'rules'))
  const choices = choicesOf(examples, exampleConfig, Date.now())
  const asking = input.isTTY && !options.yes ? new Asking(input, output) : null
  try {
    const baseUrl = options.baseUrl === undefined ? null : mustRead(readBaseUrl(options.baseUrl), '--base-url')
    const wishes = async () => ({
      zone: await zoneFrom(terminal, options, asking),
      ids: await examplesFrom(choices, options, asking),
      passwords: await passwordsFrom(options, asking),
      channel: await channelFrom(options, asking),
    })
    // Mistakes on the command line are reported before any question.
    const given = asking ? null : await wishes()
    const { token, wearer: seen } = await goodToken(terminal, options, baseUrl, asking)
    const wearer = await wearerFrom(options, seen, lockServiceIn(servicesHere(terminal)).title, asking)
    const { zone, ids, passwords, channel } = given ?? (await wishes())
    const rules = starterRules(examples, ids)
    const files: [name: string, text: string][] = [
      [secretNames.token, token.reveal()],
      ...(channel === null ? [] : [[secretNames.channel, channel] as [string, string]]),
    ]
    for (const { role, password } of passwords ?? []) files.push([secretNames[role], await hashPassword(password)])
    const start = { zone, wearer, baseUrl, console: passwords !== null, tells: channel !== null }
    files.push(...rules.map(({ name, text }): [string, string] => [`rules/${name}`, text]))
    if (!existsSync(join(folder, ignoring[0]))) files.push(ignoring)
    // The config comes last: if it is there, all that it names is there.
    files.push(['config.yaml', starterConfig(start, exampleConfig)])
    writeAll(folder, files)
    tell(terminal, options, folder, files, passwords)
    return 0
  } finally {
    asking?.close()
  }
}

/** So that a repository of somebody's rules takes in no token, and nothing of what happened. */
const ignoring: [name: string, text: string] = [
  '.gitignore',
  '# Tokens, whose lock it is, and what happened: none of it belongs in a repository.\n/config.yaml\n/secrets/\n/data/\n',
]

/** The names that init makes in its folder. */
const made = ['config.yaml', 'rules', 'secrets']

function mustBeFree(folder: string, written: string): void {
  const there = made.filter((name) => existsSync(join(folder, name)))
  if (there.length === 0) return
  const are = there.length === 1 ? 'is' : 'are'
  const where = written === '.' ? 'here' : `in ${written}`
  throw new Mistake(
    `${there.join(' and ')} ${are} ${where} already, and init overwrites nothing; --folder names another folder`,
    2,
  )
}

function mustRead(read: { url: string } | { wrong: string }, option: string): string {
  if ('url' in read) return read.url
  throw new Mistake(`${option}: ${read.wrong}`, 2)
}

/** A token that the lock's service takes, and the name of the wearer whose lock it reads; null where there is no lock now. */
async function goodToken(
  terminal: Terminal,
  { tokenFile }: Options,
  baseUrl: string | null,
  asking: Asking | null,
): Promise<{ token: Secret; wearer: string | null }> {
  const say = (words: string) => (asking ? asking.say(words) : terminal.out(words))
  const { checkup } = lockServiceIn(servicesHere(terminal))
  if (tokenFile !== undefined) {
    const read = await readTokenFile(resolve(terminal.folder, tokenFile))
    if ('wrong' in read) throw new Mistake(`--token-file ${tokenFile}: ${read.wrong}`, 2)
    const tried = await tryToken(terminal, read.secret, baseUrl)
    if ('wrong' in tried) throw new Mistake(`the token in ${tokenFile} does not work: ${tried.wrong}`)
    say(tried.said)
    return { token: read.secret, wearer: tried.wearer }
  }
  if (!asking) {
    throw new Mistake(
      `--token-file names the file with the ${checkup.token}; in a terminal, init asks for the token`,
      2,
    )
  }
  say(`You make a ${checkup.token} ${checkup.made}. Whoever has it can act as you.`)
  if (baseUrl === null) {
    const command = `"${typed(terminal, 'sandbox')}", in another terminal,`
    say(`You have none yet? ${command} simulates the services, and says how to go on with a token of its own.`)
  }
  for (;;) {
    const typed = (await asking.hidden('The token')).trim()
    const wrong = tokenFault(typed)
    if (wrong !== null) {
      say(`  ${wrong}`)
      continue
    }
    const token = new Secret(typed)
    const tried = await tryToken(terminal, token, baseUrl)
    say(`  ${'wrong' in tried ? tried.wrong : tried.said}`)
    if (!('wrong' in tried)) return { token, wearer: tried.wearer }
    say('  Ctrl-C ends this, and nothing is made.')
  }
}

/** Reads the lock once with a token. */
async function tryToken(
  terminal: Terminal,
  token: Secret,
  baseUrl: string | null,
): Promise<{ wrong: string } | { said: string; wearer: string | null }> {
  terminal.hide?.([token])
  const service = lockServiceIn(servicesHere(terminal))
  const { name, checkup, section } = service
  const kind = service.topics.find(({ topic }) => topic === service.lock)
  const request = kind?.request(new Map())
  if (!kind || !request) throw new Error('there is no way to read a lock')
  const written = baseUrl === null ? {} : { base_url: baseUrl }
  const credentials = { [name]: section.credentials(written, { at: () => token, must: () => token }) }
  const answer = await connect([service], credentials, { now: Date.now })(request, terminal.signal)
  const found = tokenFinding({ lock: 'main', name: 'token', service: service.title, made: checkup.made, answer })
  if (found) return { wrong: `${found.message}; ${found.mend}` }
  if (!answer.ok) return { said: 'The token works; there is no active lock now.', wearer: null }
  const understood = kind.understand(answer.body, answer.asked, answer.answered, 'UTC')
  if (typeof understood === 'string') return { wrong: `the reading is not understood: ${understood}; see --base-url` }
  const text = (name: string) => {
    const value = knownValue(understood.facts, name)
    return typeof value === 'string' && value !== '' ? value : null
  }
  const [wearer, title] = [text('lock.wearerUsername'), text('lock.lockTitle') ?? 'a lock without a title']
  return { said: `The token works: it reads ${title}, the lock of ${wearer ?? 'somebody unnamed'}.`, wearer }
}

async function zoneFrom(terminal: Terminal, { timezone }: Options, asking: Asking | null): Promise<string> {
  const usual = usualZone(terminal.env)
  if (timezone !== undefined || !asking) {
    const wrong = timezone === undefined ? null : zoneFault(timezone)
    if (wrong !== null) throw new Mistake(`--timezone ${timezone}: ${wrong}`, 2)
    return timezone ?? usual
  }
  for (;;) {
    const typed = await asking.line('The time zone the wearer lives in', usual)
    const wrong = zoneFault(typed)
    if (wrong === null) return typed
    asking.say(`  ${wrong}`)
  }
}

async function wearerFrom(
  { wearer }: Options,
  seen: string | null,
  title: string,
  asking: Asking | null,
): Promise<string | null> {
  const wrongOf = (name: string) =>
    seen === null || name === seen ? null : `the lock that the token reads is ${seen}'s, not ${name}'s`
  if (wearer !== undefined || !asking) {
    const name = wearer?.trim() || seen
    const wrong = name === null ? null : wrongOf(name)
    if (wrong !== null) throw new Mistake(`--wearer: ${wrong}`, 2)
    return name
  }
  for (;;) {
    const words = seen === null ? `The wearer's name at ${title} (Enter: any)` : 'Whose lock may be acted on'
    const typed = await asking.line(words, seen ?? '')
    const wrong = typed === '' ? null : wrongOf(typed)
    if (wrong === null) return typed === '' ? null : typed
    asking.say(`  ${wrong}`)
  }
}

/** Why an example cannot be used, apart from restricting. */
function exampleFault(choices: readonly Choice[], name: string): string | null {
  const choice = choices.find(({ id }) => id === name)
  const free = choices.filter(({ lacks }) => lacks === null)
  if (!choice)
    return `there is no example ${name}; ${
      suggestion(
        name,
        free.map(({ id }) => id),
      ) ?? ''
    }`
  return choice.lacks === null ? null : `${name} cannot be used yet: ${choice.lacks}`
}

async function examplesFrom(
  choices: readonly Choice[],
  { example, yes }: Options,
  asking: Asking | null,
): Promise<string[]> {
  const restricts = (name: string) => choices.some((choice) => choice.id === name && choice.restricts)
  const consents = async (name: string) =>
    !restricts(name) || yes === true || (asking ? asking.yes(`  ${name} restricts the wearer. Take it?`) : false)
  if (example !== undefined || !asking) {
    for (const name of example ?? []) {
      const wrong = exampleFault(choices, name)
      if (wrong !== null) throw new Mistake(`--example: ${wrong}`, 2)
      if (!(await consents(name))) {
        throw new Mistake(`--example ${name} restricts the wearer; if the wearer agrees, add --yes`, 2)
      }
    }
    return [...(example ?? usualExamples)]
  }
  asking.say('Rules to begin with; they will be switched on. Those with a ! restrict the wearer.')
  const free = choices.filter(({ lacks }) => lacks === null)
  const rows = free.map(({ id, description, restricts: does }) => [does ? '  !' : '   ', id, description])
  for (const row of columns(rows)) asking.say(row)
  const taken: string[] = []
  for (const [i, usual] of usualExamples.entries()) {
    for (;;) {
      const name = await asking.line(`Example ${i + 1} of ${usualExamples.length}`, usual)
      const wrong = exampleFault(choices, name)
      if (wrong !== null) asking.say(`  ${wrong}`)
      else if (await consents(name)) {
        taken.push(name)
        break
      }
    }
  }
  return [...new Set(taken)]
}

type Passwords = { role: (typeof roles)[number]; password: string; isMade: boolean }[]

/** The passwords of a console; null without a console. */
async function passwordsFrom({ console }: Options, asking: Asking | null): Promise<Passwords | null> {
  const isWanted =
    console ?? (asking ? await asking.yes('Pages for a browser on this machine, with passwords?') : false)
  if (!isWanted) return null
  const made: Passwords = []
  for (const role of roles) {
    const typed = asking ? await typedPassword(role, made[0]?.password, asking) : ''
    made.push({ role, password: typed === '' ? randomBytes(9).toString('base64url') : typed, isMade: typed === '' })
  }
  return made
}

async function typedPassword(role: string, other: string | undefined, asking: Asking): Promise<string> {
  for (;;) {
    const first = await asking.hidden(`The password of the ${role} (Enter: make one for me)`)
    if (first === '') return ''
    const wrong =
      (await passwordFault(first)) ??
      (first === other ? 'whoever knows it would have both roles; choose another' : null)
    if (wrong === null && (await asking.hidden('Once more')) === first) return first
    asking.say(`  ${wrong ?? 'the two are not the same'}`)
  }
}

async function channelFrom({ ntfy }: Options, asking: Asking | null): Promise<string | null> {
  if (ntfy !== undefined || !asking) {
    const wrong = ntfy === undefined ? null : addressFault(ntfy)
    if (wrong !== null) throw new Mistake(`--ntfy: ${wrong}`, 2)
    return ntfy ?? null
  }
  for (;;) {
    const typed = await asking.line('The address of an ntfy topic for messages about problems (Enter: none)')
    const wrong = typed === '' ? null : addressFault(typed)
    if (wrong === null) return typed === '' ? null : typed
    asking.say(`  ${wrong}`)
  }
}

/** Writes files for this user alone. If one cannot be written, it removes what it made and throws a `Mistake`. */
function writeAll(folder: string, files: readonly (readonly [name: string, text: string])[]): void {
  const written: string[] = []
  const folders: string[] = []
  try {
    for (const [name, text] of files) {
      const path = join(folder, name)
      const first = mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      for (let made = dirname(path); first !== undefined && made.length >= first.length; made = dirname(made)) {
        folders.push(made)
      }
      writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600, flag: 'wx' })
      written.push(path)
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true })
    for (const path of folders.sort((one, other) => other.length - one.length)) rmdirSync(path)
    throw new Mistake(`${folder} cannot be written to (${systemWords(error)}); nothing was left behind`)
  }
}

function tell(
  terminal: Terminal,
  { folder: written }: Options,
  folder: string,
  files: readonly (readonly [name: string, text: string])[],
  passwords: Passwords | null,
): void {
  terminal.out('These files are written, readable by you alone:')
  const shortFolder = relative(terminal.folder, folder)
  const shown = (name: string) => (shortFolder.startsWith('..') ? join(folder, name) : join(shortFolder, name))
  for (const [name] of files) terminal.out(`  ${shown(name)}`)
  if (passwords) {
    terminal.out('The console is at http://127.0.0.1:8787 once the daemon runs.')
    for (const { role, password, isMade } of passwords) {
      terminal.out(`  ${role.padEnd(9)}  ${isMade ? password : '(as typed)'}`)
    }
    if (passwords.some(({ isMade }) => isMade)) terminal.out('  Keep these; the files hold only hashes of them.')
  }
  terminal.out('Nothing is sent before the config says "mode: live". Until then it shows what it would do.')
  const config = written === '.' ? '' : ` --config ${inShell(shown('config.yaml'))}`
  terminal.out('Next:')
  for (const command of ['doctor', 'run']) terminal.out(`  ${typed(terminal, `${command}${config}`)}`)
}
