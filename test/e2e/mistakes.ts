// What operators do wrong: how each mistake is made, what is said of it, and how grave each command says it is.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import Database from 'better-sqlite3'
import type { SandboxOptions } from '../../src/sandbox/index.ts'
import { Audit } from '../../src/store/audit.ts'
import type { Asked, Operator } from './operator.ts'
import { smallDisk } from './smalldisk.ts'

export interface Made {
  /** Root may read and write everything, so that for it this is no mistake. */
  notByRoot?: boolean
  /** Shows only to a daemon that goes on after its first look. */
  stays?: boolean
  /** A disk has to be mounted for it. */
  needsDisk?: boolean
  sandbox?: SandboxOptions
  make(here: Operator): unknown
}

const ahead = (milliseconds: number): SandboxOptions => ({ clock: { now: () => Date.now() + milliseconds } })
const dice = (as: string) =>
  `  - { id: dice, when: lock.taskPoints > 1000, then: [tracker.game: { game: dice, as: ${as} }] }\n`
const once = (text: string) => `  - id: one\n${text}`
const inToken = (text: string): Made => ({ make: (here) => here.write('secrets/chastify', text) })
const inRules = (text: string): Made => ({ make: (here) => here.rules(text) })
const inLock = (lock: Record<string, unknown>): Made => ({ make: (here) => here.config(lock) })
const atTop = (rest: Record<string, unknown>): Made => ({ make: (here) => here.config({}, rest) })
const asConfig = (text: string | Uint8Array): Made => ({ make: (here) => here.write('config.yaml', text) })
const atChastify = (more: Record<string, unknown>): Made => ({
  make: (here) => here.config({ chastify: here.chastify(more) }),
})
const good = 'version: 1\ntimezone: UTC\nlocks:\n  main:\n    chastify: { token_file: ./secrets/chastify }\n'

/** A port that another program has. */
async function takenPort(here: Operator): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  here.deferred.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const changed = (line = '') => line.replace('stopped', 'resumed')

/** An audit of three entries, with its lines as somebody has changed them. */
function changeAudit(here: Operator, change: (lines: string[]) => string[]): void {
  const audit = new Audit(here.path('data'))
  const who = { role: 'command', address: '' } as const
  for (const at of [1, 2, 3]) audit.add({ who, what: 'stop', lock: null, said: `stopped ${at}`, difference: [] })
  const lines = readFileSync(here.path('data/audit.jsonl'), 'utf8').trimEnd().split('\n')
  here.write(
    'data/audit.jsonl',
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

export const made: Readonly<Record<string, Made>> = {
  // Tokens
  'no token file': { make: (here) => rmSync(here.path('secrets/chastify')) },
  'a token file that is empty': inToken('\n'),
  'a token file of two lines': inToken('dev_one\ndev_two\n'),
  'a token file with Bearer': inToken('Bearer dev_12345678\n'),
  'a token file in quotes': inToken('"dev_12345678"\n'),
  'a token file as for an environment': inToken('CHASTIFY_TOKEN=dev_12345678\n'),
  'a token file with a blank in it': inToken('dev_1234 5678\n'),
  'a token file that is another file': inToken('x'.repeat(20_000)),
  'a folder in the place of a token file': {
    make: (here) => {
      rmSync(here.path('secrets/chastify'))
      mkdirSync(here.path('secrets/chastify'))
    },
  },
  'a variable that is not set': atChastify({ token_file: undefined, token: `\${CHASTIFY_TOKEN}` }),
  'a variable that is empty': {
    make: (here) => {
      here.env.CHASTIFY_TOKEN = ''
      here.config({ chastify: here.chastify({ token_file: undefined, token: `\${CHASTIFY_TOKEN}` }) })
    },
  },
  'a variable that is misspelt': atChastify({ token_file: undefined, token: `\${CHASTIFY TOKEN}` }),
  'a token and its file': atChastify({ token: 'dev_12345678' }),
  'neither token nor file': atChastify({ token_file: undefined }),
  'a mistyped token key': atChastify({ token_file: undefined, tokn_file: './secrets/chastify' }),
  'a token in the place of its map': inLock({ chastify: 'dev_12345678' }),
  'a token that is unknown': inToken('dev_0123456789abcdef\n'),
  'a token that is revoked': { make: (here) => here.sandbox.revoke('chastify') },
  'a token without scopes': { sandbox: { chastify: { scopes: [] } }, make: () => undefined },
  'a token that may only read': { sandbox: { chastify: { scopes: ['session:read'] } }, make: () => undefined },
  'a token file that others can read': { make: (here) => chmodSync(here.path('secrets/chastify'), 0o644) },
  'a token file that others can change': { make: (here) => chmodSync(here.path('secrets/chastify'), 0o666) },
  'a token in a config that others can read': {
    make: (here) => {
      here.config({ chastify: here.chastify({ token_file: undefined, token: here.sandbox.tokens.chastify }) })
      chmodSync(here.path('config.yaml'), 0o644)
    },
  },
  'one token for two locks': {
    make: (here) =>
      here.config({}, { locks: { main: { chastify: here.chastify({}) }, second: { chastify: here.chastify({}) } } }),
  },
  'a rule for the tracker without its token': inRules(dice('owner')),
  'a rule that asks the tracker without its token': inRules(
    once('    when: tracker.locked is true\n    then: [log: x]\n'),
  ),
  'a game as keyholder without the token': {
    make: (here) => {
      here.write('secrets/tracker', here.sandbox.tokens.tracker)
      here.config({ tracker: { token_file: './secrets/tracker', base_url: here.sandbox.url } })
      here.rules(dice('dom'))
    },
  },
  'a token of the tracker that is unknown': {
    make: (here) => {
      here.write('secrets/tracker', 'abcdef0123456789')
      here.config({ tracker: { token_file: './secrets/tracker', base_url: here.sandbox.url } })
    },
  },
  // Zones
  'a city in the place of a zone': atTop({ timezone: 'berlin' }),
  'an offset in the place of a zone': atTop({ timezone: '+01:00' }),
  'a TZ that is none, and no timezone': {
    make: (here) => {
      here.env.TZ = 'Nowhere/Else'
      here.config({}, { timezone: undefined })
    },
  },
  'a TZ that is none, beside a timezone': { make: (here) => Object.assign(here.env, { TZ: 'Nowhere/Else' }) },
  'another zone than the machine has': atTop({ timezone: 'Asia/Tokyo' }),
  // Tabs, and other YAML
  'a tab in the config': asConfig(good.replace('  main', '\tmain')),
  'a tab in a rule': inRules('  - id: one\n\twhen: lock.frozen is true\n'),
  'a bracket that is not closed': asConfig(`${good}limits: { allow: [log }\n`),
  'curly quotes': asConfig(good.replace('UTC', '“UTC”')),
  'a key given twice': asConfig(`${good}timezone: Europe/Berlin\n`),
  'a config as UTF-16': asConfig(Buffer.from(`\ufeff${good}`, 'utf16le')),
  'a config that is empty': asConfig(''),
  'a config that is a list': asConfig('- version: 1\n'),
  'no config': { make: (here) => rmSync(here.path('config.yaml')) },
  'a folder in the place of the config': {
    make: (here) => {
      rmSync(here.path('config.yaml'))
      mkdirSync(here.path('config.yaml'))
    },
  },
  'a colon in a text without quotes': inRules(
    once('    when: lock.frozen is true\n    then: [log: { title: a: b }]\n'),
  ),
  'a mark that nobody sees': inRules(once('    when: lock.frozen is true\n    then: [log: "a\u202eb"]\n')),
  // Keys and values of the config
  'a version from the future': atTop({ version: 99 }),
  'no version': atTop({ version: undefined }),
  'a mistyped section': atTop({ limts: {} }),
  'a lock with a capital': { make: (here) => here.config({}, { locks: { Main: { chastify: here.chastify({}) } } }) },
  'no locks': atTop({ locks: {} }),
  'a mode that is none': atTop({ mode: 'dry' }),
  'a poll that is too short': inLock({ poll: { chastify: '0s' } }),
  'a poll without a unit': inLock({ poll: { chastify: '30' } }),
  'a poll for both at once': inLock({ poll: '30s' }),
  'a day that never comes': inLock({ poll: { chastify: '0 0 31 4 *' } }),
  'a poll of leap years alone': inLock({ poll: { chastify: '0 0 29 2 *' } }),
  'an address without a scheme': atChastify({ base_url: 'chastify.net' }),
  'an address in the clear': atChastify({ base_url: 'http://chastify.net' }),
  'an address with a password': atChastify({ base_url: 'https://a:b@chastify.net' }),
  'an action that is none among those allowed': atTop({ limits: { allow: ['add_tim'] } }),
  'a limit without a unit': atTop({ limits: { add_time: { each: '60' } } }),
  'a ~ in a path': atTop({ data: '~/data' }),
  // People
  'another wearer than the lock has': inLock({ expect: { wearer: 'bob' } }),
  'another keyholder than the lock has': inLock({ expect: { keyholder: 'somebody' } }),
  'a name in the place of whose it is': inLock({ expect: 'alice' }),
  'no lock at all': { sandbox: { chastify: { lock: null } }, make: () => undefined },
  'the switch set': { make: (here) => here.write('data/STOP', '') },
  'limits that have ended': atTop({ limits: { ends: '2020-01-01 12:00' } }),
  // Rules
  'no rules': { make: (here) => rmSync(here.path('rules'), { recursive: true }) },
  'a folder without rules': {
    make: (here) => renameSync(here.path('rules/one.yaml'), here.path('rules/one.yaml.bak')),
  },
  'a file without rules': inRules('  []\n'),
  'rules that are all off': inRules(once('    enabled: false\n    when: lock.frozen is true\n    then: [log: x]\n')),
  'a fact that is none': inRules(once('    when: lock.frozn is true\n    then: [log: x]\n')),
  'an action that is none': inRules(once('    when: lock.frozen is true\n    then: [add_tim: 10m]\n')),
  'an id given twice': inRules(
    '  - { id: one, when: lock.frozen is true, then: [log: x] }\n  - { id: one, when: lock.frozen is false, then: [log: x] }\n',
  ),
  'a rule that can never be true': inRules(
    once('    when: [lock.frozen is true, lock.frozen is false]\n    then: [log: x]\n'),
  ),
  'a rule that the limits refuse': inRules(once('    when: lock.frozen is true\n    then: [pillory: 10m]\n')),
  'a rule that the limits clamp': inRules(once('    when: lock.taskPoints > 1000\n    then: [add_time: 5h]\n')),
  'a rule that tells nobody': inRules(
    once('    when: lock.taskPoints > 1000\n    then: [tell: { text: x, to: [phone] }]\n'),
  ),
  'a rule of leap years alone': inRules(once('    at: "0 0 29 2 *"\n    then: [log: x]\n')),
  'a rule of a day that never comes': inRules(once('    at: "0 0 31 4 *"\n    then: [log: x]\n')),
  'rules that others can change': { make: (here) => chmodSync(here.path('rules/one.yaml'), 0o666) },
  'a config that others can change': { make: (here) => chmodSync(here.path('config.yaml'), 0o666) },
  // Ports and services
  'a service that is not there': atChastify({ base_url: 'http://127.0.0.1:9' }),
  'a service that has trouble': {
    make: (here) => here.sandbox.fault({ call: 'session', kind: 'status', status: 503 }),
  },
  'a console whose port is taken': {
    stays: true,
    make: async (here) => here.config({}, { console: { listen: `127.0.0.1:${await takenPort(here)}` } }),
  },
  'metrics whose port is taken': {
    stays: true,
    make: async (here) => here.config({}, { metrics: { listen: `127.0.0.1:${await takenPort(here)}` } }),
  },
  'one port for both doors': atTop({ console: { listen: '127.0.0.1:8787' }, metrics: { listen: '127.0.0.1:8787' } }),
  'a port alone': atTop({ console: { listen: '8787' } }),
  'a console for all without passwords': atTop({ console: { listen: '0.0.0.0:8787' } }),
  'a password in the place of its hash': {
    make: (here) => {
      here.write('secrets/keyholder', 'hunter2hunter2\n')
      here.config({}, { console: { keyholder_password_file: './secrets/keyholder' } })
    },
  },
  'metrics for all': atTop({ metrics: { listen: '0.0.0.0:9464' } }),
  'a channel without a scheme': atTop({ tell: { channels: { phone: { ntfy: 'ntfy.sh/abc' } } } }),
  // Clocks
  'a clock ten minutes off': { sandbox: ahead(600_000), make: () => undefined },
  'a clock fifty seconds off': { sandbox: ahead(50_000), make: () => undefined },
  // Disks, owners, versions of what is stored
  'a data folder that is a file': {
    make: (here) => {
      here.write('file', '')
      here.config({}, { data: './file' })
    },
  },
  'a data folder below a file': {
    make: (here) => {
      here.write('file', '')
      here.config({}, { data: './file/data' })
    },
  },
  'a data folder that others can look into': { make: (here) => chmodSync(here.path('data'), 0o755) },
  'a token file of another user': { notByRoot: true, make: (here) => chmodSync(here.path('secrets/chastify'), 0) },
  'a config of another user': { notByRoot: true, make: (here) => chmodSync(here.path('config.yaml'), 0) },
  'rules of another user': { notByRoot: true, make: (here) => chmodSync(here.path('rules/one.yaml'), 0) },
  'a data folder of another user': {
    notByRoot: true,
    make: (here) => {
      chmodSync(here.path('data'), 0o500)
      here.deferred.push(() => chmodSync(here.path('data'), 0o700))
    },
  },
  'a disk that is full': {
    needsDisk: true,
    make: (here) => {
      const disk = smallDisk()
      if (!disk) throw new Error('no disk can be mounted')
      here.deferred.push(disk.away)
      here.config({}, { data: disk.path })
      disk.fill()
    },
  },
  'an audit that was changed': { make: (here) => changeAudit(here, (lines) => lines.with(1, changed(lines[1]))) },
  'an audit whose newest line was changed': {
    make: (here) => changeAudit(here, (lines) => lines.with(-1, changed(lines.at(-1)))),
  },
  'an audit that was emptied': { make: (here) => changeAudit(here, () => []) },
  'a database that is damaged': {
    make: (here) => here.write('data/lockwarden.db', createHash('sha512').update('x').digest()),
  },
  'a database of a newer version': {
    make: (here) => {
      const database = new Database(here.path('data/lockwarden.db'))
      database.pragma('user_version = 9999')
      database.exec('create table later (one)')
      database.close()
    },
  },
}

/** What a command says of a mistake, all of them alike or each in words of its own, the mend with it where there is one. */
export interface Said {
  words: RegExp | Partial<Record<Asked, RegExp>>
  /** How grave it is in `check`, `doctor`, `run` and `status`. */
  grades: string
}

const everywhere = 'fault fault fault fault'
/** A command that only looks at what is stored needs no token. */
const untold = 'fault fault fault silent'
const lints = 'lint lint lint silent'
const ofRules = 'lint lint silent silent'

export const said: Readonly<Record<string, Said>> = {
  'no token file': { words: /secrets\/chastify: there is no such file/, grades: untold },
  'a token file that is empty': { words: /secrets\/chastify: the file is empty/, grades: untold },
  'a token file of two lines': { words: /more than the one line of a token/, grades: untold },
  'a token file with Bearer': { words: /Bearer by itself; write only what follows/, grades: untold },
  'a token file in quotes': { words: /stands in quotes .*; take them out/, grades: untold },
  'a token file as for an environment': { words: /a name and = stand before the token; write only/, grades: untold },
  'a token file with a blank in it': { words: /without a space; was it copied whole\?/, grades: untold },
  'a token file that is another file': { words: /the file is larger than 10 KB/, grades: untold },
  'a folder in the place of a token file': { words: /secrets\/chastify: this is no file/, grades: untold },
  'a variable that is not set': { words: /CHASTIFY_TOKEN is not set; set it before starting/, grades: untold },
  'a variable that is empty': { words: /CHASTIFY_TOKEN is empty; set it before starting/, grades: untold },
  'a variable that is misspelt': { words: /name of a variable and a \}; write \$\{NAME\}/, grades: everywhere },
  'a token and its file': { words: /token and token_file are both given; keep one/, grades: everywhere },
  'neither token nor file': { words: /"token" is missing; or token_file/, grades: everywhere },
  'a mistyped token key': { words: /unknown key "tokn_file"; did you mean token_file\?/, grades: everywhere },
  'a token in the place of its map': { words: /is not a map such as \{ token:/, grades: everywhere },
  'a token that is unknown': {
    words: {
      doctor: /Chastify refuses it .*; see that it was copied whole, or make another one/,
      run: /invalid-token.*nothing more is sent .* until a restart or another token/,
    },
    grades: 'silent fault fault silent',
  },
  'a token that is revoked': {
    words: { doctor: /it was revoked .*; make another one/, run: /revoked-token.*until a restart or another token/ },
    grades: 'silent fault fault silent',
  },
  'a token without scopes': {
    words: { doctor: /may not read what is needed .*; give it the permission/, run: /insufficient_scope/ },
    grades: 'silent fault fault silent',
  },
  'a token that may only read': {
    words: /none of them tells of writing; .* make a token that may write/,
    grades: 'silent lint silent silent',
  },
  'a token file that others can read': {
    words: /others on this machine can read it; chmod 600 \S+secrets\/chastify/,
    grades: lints,
  },
  'a token file that others can change': {
    words: /others on this machine can change it; chmod 600 \S+secrets\/chastify/,
    grades: lints,
  },
  'a token in a config that others can read': {
    words: /it holds a token \(locks\.main\.chastify\.token\).*; chmod 600 /,
    grades: lints,
  },
  'one token for two locks': {
    words: /has the same Chastify token; .* take one of the two entries out/,
    grades: untold,
  },
  'a rule for the tracker without its token': {
    words: {
      check: /never sent, since the config lacks tracker\.token; set/,
      doctor: /tracker\.token: not configured, but the rule dice .*; set/,
    },
    grades: ofRules,
  },
  'a rule that asks the tracker without its token': {
    words: {
      check: /can never fire, since the config names no tracker/,
      doctor: /tracker\.token: not configured, but the rule one .*; set/,
    },
    grades: ofRules,
  },
  'a game as keyholder without the token': {
    words: {
      check: /the config lacks tracker\.dom_token; set/,
      doctor: /tracker\.dom_token: not configured, but .*; set/,
    },
    grades: ofRules,
  },
  'a token of the tracker that is unknown': {
    words: {
      doctor: /Chastity Tracker refuses it .*; see that it was copied whole/,
      run: /tracker: invalid_token.*until a restart or another token/,
    },
    grades: 'silent fault fault silent',
  },
  'a city in the place of a zone': { words: /"berlin" is no time zone; is it Europe\/Berlin\?/, grades: everywhere },
  'an offset in the place of a zone': {
    words: /is no time zone; write a name such as Europe\/Berlin/,
    grades: everywhere,
  },
  'a TZ that is none, and no timezone': {
    words: /TZ is no time zone; write timezone: .*, or mend TZ/,
    grades: everywhere,
  },
  'a TZ that is none, beside a timezone': {
    words: /"Nowhere\/Else" is not a time zone; correct TZ/,
    grades: 'silent lint silent silent',
  },
  'another zone than the machine has': {
    words: {
      check: /times are those of Asia\/Tokyo/,
      doctor: /use Asia\/Tokyo, as the config says; this machine uses UTC/,
      status: /clock of Asia\/Tokyo/,
    },
    grades: 'note note silent note',
  },
  'a tab in the config': { words: /this line begins with a tab; indent with spaces, not tabs/, grades: everywhere },
  'a tab in a rule': {
    words: /one\.yaml:3:1: this line begins with a tab; indent with spaces, not tabs/,
    grades: everywhere,
  },
  'a bracket that is not closed': { words: /this \[ is not closed; write the \]/, grades: everywhere },
  'curly quotes': { words: /curly quotes do not quote a text; write straight ones/, grades: everywhere },
  'a key given twice': { words: /this key is here twice; keep one of them/, grades: everywhere },
  'a config as UTF-16': { words: /this file is UTF-16; save it as UTF-8/, grades: everywhere },
  'a config that is empty': { words: /the config is empty; copy config\.example\.yaml over it/, grades: everywhere },
  'a config that is a list': { words: /a list is not a map of keys and values/, grades: everywhere },
  'no config': { words: /there is no config .*: copy config\.example\.yaml to it/, grades: everywhere },
  'a folder in the place of the config': { words: /is a folder: name the config file in it/, grades: everywhere },
  'a colon in a text without quotes': {
    words: /makes it a key and a value; put a text that holds ": "/,
    grades: everywhere,
  },
  'a mark that nobody sees': { words: /an invisible character \(U\+202E\) here/, grades: everywhere },
  'a version from the future': {
    words: /written for a newer lockwarden; .*install the newer one again/,
    grades: everywhere,
  },
  'no version': { words: /"version" is missing; write version: 1 at the top/, grades: everywhere },
  'a mistyped section': { words: /unknown key "limts"; did you mean limits\?/, grades: everywhere },
  'a lock with a capital': { words: /the name of a lock is made of small letters/, grades: everywhere },
  'no locks': { words: /name at least one lock/, grades: everywhere },
  'a mode that is none': { words: /"dry" is not one of dry-run, live/, grades: everywhere },
  'a poll that is too short': { words: /"0s" is not a length of time from 1s up such as 30s/, grades: everywhere },
  'a poll without a unit': { words: /a unit is missing: s, m or h right after the number/, grades: everywhere },
  'a poll for both at once': { words: /"30s" is not a map such as \{ chastify: 30s/, grades: everywhere },
  'a day that never comes': { words: /the day of this cron expression never comes/, grades: everywhere },
  'a poll of leap years alone': {
    words: /locks\.main\.poll\.chastify comes only on 29 February, .*; write another day/,
    grades: lints,
  },
  'an address without a scheme': { words: /"chastify\.net" is not an address such as https:/, grades: everywhere },
  'an address in the clear': { words: / tokens are only sent by https/, grades: everywhere },
  'an address with a password': { words: /an address must not hold a user name or a password/, grades: everywhere },
  'an action that is none among those allowed': {
    words: /there is no action "add_tim"; did you mean add_time\?/,
    grades: everywhere,
  },
  'a limit without a unit': { words: /"60" is not a length of time such as 45m/, grades: everywhere },
  'a ~ in a path': { words: /a ~ means nothing here; write the folder out/, grades: everywhere },
  'another wearer than the lock has': {
    words: {
      doctor: /expect\.wearer: the lock is alice's, not bob's; mend expect\.wearer/,
      run: /another wearer than the config expects/,
    },
    grades: 'silent fault fault silent',
  },
  'another keyholder than the lock has': {
    words: {
      doctor: /the keyholder is kh_bob, not somebody; mend expect\.keyholder/,
      run: /another keyholder than the config expects/,
    },
    grades: 'silent fault fault silent',
  },
  'a name in the place of whose it is': {
    words: /"alice" is not a map such as \{ wearer: alice \}/,
    grades: everywhere,
  },
  'no lock at all': {
    words: { doctor: /there is no active lock now/, run: /there is no active lock/ },
    grades: 'silent note note silent',
  },
  'the switch set': {
    words: {
      doctor: /it is set .*nothing restrictive is sent; "lockwarden resume"/,
      run: /stopped by the wearer.* until "lockwarden resume"/,
      status: /STOPPED: .* until "lockwarden resume"/,
    },
    grades: 'silent lint lint note',
  },
  'limits that have ended': { words: /limits\.ends was 2020-01-01 12:00:00: this is refused/, grades: ofRules },
  'no rules': {
    words: /the rules cannot be read: there is no such file or folder; make it, or name/,
    grades: everywhere,
  },
  'a folder without rules': { words: /there is no rule file here, .*; rule files end in \.yaml/, grades: lints },
  'a file without rules': { words: /there is no rule here, so nothing will ever be done/, grades: lints },
  'rules that are all off': { words: /no rule is switched on, .*; take "enabled: false" out of one/, grades: ofRules },
  'a fact that is none': { words: /unknown fact "lock\.frozn"; did you mean lock\.frozen\?/, grades: everywhere },
  'an action that is none': { words: /unknown action "add_tim"; did you mean add_time\?/, grades: everywhere },
  'an id given twice': { words: /rule id "one" is already used at rules\/one\.yaml:2/, grades: everywhere },
  'a rule that can never be true': { words: /is never true together with/, grades: ofRules },
  'a rule that the limits refuse': {
    words: /pillory is always refused: .*; the wearer allows it by pillory/,
    grades: ofRules,
  },
  'a rule that the limits clamp': {
    words: /add_time is clamped to 1 h: limits\.add_time\.each; it asks for 5 h/,
    grades: ofRules,
  },
  'a rule that tells nobody': { words: /tell reaches nobody; the config names no channels/, grades: ofRules },
  'a rule of leap years alone': {
    words: /"0 0 29 2 \*": this comes only on 29 February, in leap years/,
    grades: ofRules,
  },
  'a rule of a day that never comes': { words: /"0 0 31 4 \*": this day never comes/, grades: everywhere },
  'rules that others can change': {
    words: /others on this machine can change it, and with it what is done .*; chmod -R go-w/,
    grades: lints,
  },
  'a config that others can change': {
    words: /others on this machine can change it, and with it the limits; chmod 600/,
    grades: lints,
  },
  'a service that is not there': {
    words: {
      doctor: /Chastify cannot be reached .*; see to the network and to base_url/,
      run: /ECONNREFUSED .*; next try in/,
    },
    grades: 'silent fault fault silent',
  },
  'a service that has trouble': {
    words: { doctor: /Chastify has trouble .*; try again later/, run: /503 .*; next try in/ },
    grades: 'silent fault fault silent',
  },
  'a console whose port is taken': {
    words: {
      doctor: /console: nothing can listen at .*; free the port or choose another under console\.listen/,
      run: /the console cannot listen at .*; choose another under console\.listen; going on without it/,
    },
    grades: 'silent fault fault silent',
  },
  'metrics whose port is taken': {
    words: {
      doctor: /metrics: nothing can listen at .*; free the port or choose another under metrics\.listen/,
      run: /metrics cannot be served at .*; choose another under metrics\.listen; going on without it/,
    },
    grades: 'silent fault fault silent',
  },
  'one port for both doors': { words: /both listen at port 8787/, grades: everywhere },
  'a port alone': { words: /"8787" is not an address and a port such as 127\.0\.0\.1:8787/, grades: everywhere },
  'a console for all without passwords': {
    words: /needs a password for each role; name a keyholder_password_file/,
    grades: everywhere,
  },
  'a password in the place of its hash': {
    words: /secrets\/keyholder: this is no hash of a password; .*makes the file/,
    grades: untold,
  },
  'metrics for all': { words: /whoever reaches 0\.0\.0\.0:9464 .*; listen at 127\.0\.0\.1/, grades: lints },
  'a channel without a scheme': { words: /is not an address such as https:\/\/ntfy\.sh/, grades: everywhere },
  'a clock ten minutes off': {
    words: {
      doctor: /behind that of Chastify, so nothing is decided; set this machine's clock/,
      run: /more than 2 minutes apart; nothing is decided/,
    },
    grades: 'silent fault fault silent',
  },
  'a clock fifty seconds off': {
    words: /behind that of Chastify; set this machine's clock/,
    grades: 'silent lint silent silent',
  },
  'a data folder that is a file': {
    words: {
      doctor: /is no folder; name another one: data:/,
      run: /cannot use the data folder/,
      status: /a file is in its way; name another one/,
    },
    grades: 'silent fault fault fault',
  },
  'a data folder below a file': {
    words: {
      doctor: /cannot be written to .*; a file is in its way: name another one/,
      run: /cannot use the data folder/,
      status: /a file is in its way; name another one/,
    },
    grades: 'silent fault fault fault',
  },
  'a data folder that others can look into': {
    words: /others on this machine can look into it; chmod 700/,
    grades: 'silent lint silent silent',
  },
  'a token file of another user': { words: /secrets\/chastify: the file may not be read by this user/, grades: untold },
  'a config of another user': {
    words: /may not be read by this user: change its owner or its permissions/,
    grades: everywhere,
  },
  'rules of another user': { words: /cannot be read: EACCES; change its owner/, grades: everywhere },
  'a data folder of another user': {
    words: { doctor: /cannot be written to by user \d+ \(EACCES\); change its owner/, run: /EACCES|cannot/ },
    grades: 'silent fault fault silent',
  },
  'a disk that is full': {
    words: { doctor: /cannot be written to .*; make room on its disk/, run: /the disk is full; make room/ },
    grades: 'silent fault fault silent',
  },
  'an audit that was changed': {
    words: /line 3 of audit\.jsonl does not follow .*; somebody changed the file/,
    grades: 'silent lint silent silent',
  },
  'an audit whose newest line was changed': {
    words: /the newest entry that was written is not in audit\.jsonl any more; somebody changed the file/,
    grades: 'silent lint silent silent',
  },
  'an audit that was emptied': {
    words: /the newest entry that was written is not in audit\.jsonl any more/,
    grades: 'silent lint silent silent',
  },
  'a database that is damaged': {
    words: /lockwarden\.db: it is damaged; restore a backup/,
    grades: 'silent fault fault fault',
  },
  'a database of a newer version': {
    words: /written by a newer lockwarden .*; use that version or a backup/,
    grades: 'silent fault fault fault',
  },
}
