import { writeFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { resolve } from 'node:path'
import { stringify } from 'yaml'
import { readPlainFile } from '../config/plainfile.ts'
import { ask, socketNow } from '../daemon/control.ts'
import { Faulty, faultLine, Mistake } from '../document/fault.ts'
import { parseYaml } from '../document/yaml.ts'
import { errorCode, systemWords } from '../errno.ts'
import { redact, type Secret } from '../services/secret.ts'
import { check } from './check.ts'
import { doctor } from './doctor.ts'
import { configOf, dataOf, secretsOf } from './setting.ts'
import { status } from './status.ts'
import { storedLocks, storedRows } from './stored.ts'
import type { Terminal } from './terminal.ts'

/**
 * Writes one new file for somebody who helps, readable by its owner alone: versions, the output of doctor, check and
 * status, the config without its texts, the last lines of the log, and how many actions are in each state. It holds no
 * secret. Throws a `Mistake` if the file cannot be made.
 */
export async function support(terminal: Terminal, file: string, options: { config: string }): Promise<number> {
  const secrets = await secretsAt(terminal, options)
  const parts: string[] = []
  const add = async (title: string, tell: () => Promise<string> | string) => {
    let text: string
    try {
      text = await tell()
    } catch (error) {
      text = error instanceof Faulty ? error.faults.map(faultLine).join('\n') : wordsOf(error)
    }
    parts.push(`## ${title}\n\n${text.trimEnd()}\n`)
  }
  await add('Versions', () => versions(terminal))
  await add('doctor', () => saidBy(terminal, (quiet) => doctor(quiet, options)))
  await add('check', () => saidBy(terminal, (quiet) => check(quiet, [], options)))
  await add('status', () => saidBy(terminal, (quiet) => status(quiet, { ...options, all: true })))
  await add('The config, its texts left out', () => configWithoutTexts(terminal, options))
  await add('The ledger', () => ledgerCounts(terminal, options))
  await add('The last lines of the log', () => lastLines(terminal, options))
  const path = resolve(terminal.folder, file)
  const text = redact(`# lockwarden ${terminal.version}, for support\n\n${parts.join('\n')}`, secrets)
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw new Mistake(`${file} is there already; name another file`, 2)
    throw new Mistake(`${file} cannot be written (${systemWords(error)})`)
  }
  terminal.out(
    `${file} is written. No token or password is in it; names of locks, rules and people are: read it before you send it`,
  )
  return 0
}

/** Every readable secret, to remove it from all output. */
async function secretsAt(terminal: Terminal, options: { config: string }): Promise<Secret[]> {
  try {
    return secretsOf(await configOf(terminal, options))
  } catch {
    // The other parts hold no secrets.
    return []
  }
}

/** What a command prints. */
async function saidBy(terminal: Terminal, run: (quiet: Terminal) => Promise<number>): Promise<string> {
  const lines: string[] = []
  const add = (line: string) => void lines.push(line)
  const { styled: _, progress: __, ...rest } = terminal
  const code = await run({ ...rest, out: add, err: add, person: false })
  return [...lines, `(it ends with ${code})`].join('\n')
}

function versions({ version }: Terminal): string {
  const { node, tz, icu, openssl } = process.versions
  return [
    `lockwarden ${version}`,
    `node ${node}, icu ${icu}, zone data ${tz}, openssl ${openssl}`,
    `${platform()} ${release()}, ${arch()}`,
  ].join('\n')
}

/** Keys whose texts are settings, and name nobody. */
const plain = new Set([
  'mode',
  'timezone',
  'listen',
  'every',
  'calm',
  'level',
  'form',
  'new_lock',
  'route',
  'wording',
  'quiet',
  'summary',
])
const plainSections = new Set(['limits', 'poll', 'about', 'log'])
const leftOut = '(left out)'

/** The config without comments, and without texts that may be a token, an address or a name. */
async function configWithoutTexts(terminal: Terminal, { config }: { config: string }): Promise<string> {
  const file = resolve(terminal.folder, config)
  const { document, faults } = parseYaml(file, await readPlainFile(file))
  if (document === null) return `it is no YAML: ${faults.length} faults`
  const without = (value: unknown, key: string, isPlain: boolean): unknown => {
    if (Array.isArray(value)) return value.map((one) => without(one, key, isPlain))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [
          // Somebody may have written a token where a name belongs.
          name.length < 25 ? name : leftOut,
          without(inner, name, isPlain || plainSections.has(name)),
        ]),
      )
    }
    if (typeof value !== 'string' || isPlain || plain.has(key) || /^\$\{\w+\}$/.test(value)) return value
    return leftOut
  }
  return stringify(without(document.value, '', false))
}

/** How many stored actions are in each state. */
async function ledgerCounts(terminal: Terminal, options: { config: string }): Promise<string> {
  const config = await configOf(terminal, options, { tokens: 'unread' })
  const ran = await storedLocks(config, undefined)
  const ledger = Map.groupBy(await storedRows(config, undefined), (row) => row.lock)
  const lines = ran.flatMap(({ lock }) => {
    const rows = ledger.get(lock.name) ?? []
    const counts = new Map<string, number>()
    for (const { mode, action, state } of rows) {
      const key = `${mode} ${action} ${state}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return [`${lock.name}: ${rows.length} rows`, ...[...counts].sort().map(([key, often]) => `  ${key}: ${often}`)]
  })
  return lines.length === 0 ? 'nothing is stored' : lines.join('\n')
}

async function lastLines(terminal: Terminal, options: { config: string }): Promise<string> {
  const data = await dataOf(terminal, options)
  const page = await ask(socketNow(data), 'log', { most: '500' })
  if (page === null) return 'no daemon is running; what it said last is in the log of whatever started it'
  return page.lines.map(({ text }) => text).join('\n')
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
