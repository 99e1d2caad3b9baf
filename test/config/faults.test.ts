import { expect, test } from 'vitest'
import { faultLine } from '../../src/document/fault.ts'
import { at, faultsOf, load, said } from './files.ts'

/** A good config up to its fourth line; what a case adds to the lock begins at 5:5. */
const good = `version: 1
locks:
  main:
    chastify: { token: dev-12345678 }
`
const lock = (more: string) => `${good}${more.replace(/^/gm, '    ')}\n`
const chastify = (inner: string) => `version: 1\nlocks:\n  main:\n    chastify: ${inner}\n`

type Expected = [place: string, piece: string]
type Case = { name: string; text: string; faults: Expected[]; files?: Record<string, string>; env?: object }
const wrong = (name: string, text: string, ...faults: Expected[]): Case => ({ name, text, faults })

const cases: Case[] = [
  // The file as a whole
  wrong('empty', '', ['1:1', 'the config is empty; copy config.example.yaml']),
  wrong('only comments', '# nothing\n', ['1:1', 'the config is empty']),
  wrong('a text', 'hello\n', ['1:1', 'is not a map of keys and values']),
  wrong('a list', '- version: 1\n', ['1:1', 'a list is not a map']),
  wrong('a tab', 'version: 1\nlocks:\n\tmain: {}\n', ['3:1', 'indent with spaces, not tabs']),
  wrong('an open quote', `${good}mode: "live\n`, ['5:7', 'this quotation mark is not closed']),
  wrong('a key twice', `${good}version: 1\n`, ['5:1', 'this key is here twice; keep one of them']),
  wrong('two documents', `${good}---\nmode: live\n`, ['5:1', 'a file holds one']),
  // Top-level keys
  wrong('no version', 'locks: { main: { chastify: { token: dev-12345678 } } }\n', ['1:1', '"version" is missing']),
  wrong('a later version', good.replace('1', '2'), ['1:10', 'this program knows version 1']),
  wrong('a version in quotes', good.replace('1', '"1"'), ['1:10', 'this program knows version 1']),
  wrong('an unknown mode', `${good}mode: liv\n`, ['5:7', '"liv" is not one of dry-run, live; did you mean live?']),
  wrong('an empty mode', `${good}mode:\n`, ['5:6', 'an empty value is not one of dry-run, live']),
  wrong('an unknown key', `${good}mod: live\n`, ['5:1', 'unknown key "mod"; did you mean mode?']),
  wrong('a server', `${good}server: {}\n`, ['5:1', 'unknown key "server"; known are version, mode, timezone']),
  wrong('the console', `${good}console: { listn: x }\n`, ['5:12', 'did you mean listen?']),
  wrong('a mistyped zone', `${good}timezone: Europe/Berln\n`, [
    '5:11',
    '"Europe/Berln" is no time zone; is it Europe/Berlin?',
  ]),
  wrong('a city', `${good}timezone: new york\n`, ['5:11', 'no time zone; is it America/New_York?']),
  wrong('an offset', `${good}timezone: "+01:00"\n`, [
    '5:11',
    '"+01:00" is no time zone; write a name such as Europe/Berlin',
  ]),
  wrong('an offset with a name', `${good}timezone: GMT+2\n`, ['5:11', '"GMT+2" is no time zone; ']),
  wrong('an empty data folder', `${good}data: ""\n`, ['5:7', 'the path is empty']),
  wrong('a home folder', `${good}data: ~/lockwarden\n`, ['5:7', 'a ~ means nothing here']),
  wrong('a number for a folder', `${good}data: 5\n`, ['5:7', '5 is not a text; put it in quotes']),
  // Locks
  wrong('no locks', 'version: 1\n', ['1:1', '"locks" is missing']),
  wrong('empty locks', 'version: 1\nlocks: {}\n', ['2:8', 'name at least one lock']),
  wrong('locks as a list', 'version: 1\nlocks:\n  - main\n', ['3:3', 'a list is not a map']),
  wrong('a lock in capitals', good.replace('main', 'Main'), ['3:3', 'small letters, digits and hyphens']),
  wrong('a lock that is nothing', 'version: 1\nlocks:\n  main:\n', ['3:8', 'an empty value is not a map']),
  wrong('no chastify', 'version: 1\nlocks:\n  main: { rules: x }\n', ['3:9', '"chastify" is missing']),
  wrong('a key of a lock', lock('rule: ./r'), ['5:5', 'unknown key "rule"; did you mean rules?']),
  wrong('a mistyped new_lock', lock('new_lock: Auto'), ['5:15', 'did you mean auto?']),
  wrong('a wearer that is a number', lock('expect: { wearer: 12 }'), ['5:23', '12 is not a text; put it in quotes']),
  wrong('no wearer', lock('expect: {}'), ['5:13', 'name a wearer, a keyholder, or both']),
  wrong('a blank wearer', lock('expect: { wearer: " " }'), ['5:23', 'the name is empty']),
  // Tokens
  wrong('no token', chastify('{}'), ['4:15', '"token" is missing; or token_file']),
  wrong('a token where its map belongs', chastify('dev-12345678'), ['4:15', 'a map such as { token:']),
  wrong('a token that is a number', chastify('{ token: 12345678 }'), ['4:24', 'put it in quotes']),
  wrong('an empty token', chastify('{ token: "" }'), ['4:24', 'the token is empty']),
  wrong('a token that is nothing', chastify('\n      token:\n'), ['5:13', 'the token is empty']),
  wrong('a token with a space', chastify('{ token: dev 12345 }'), ['4:24', 'was it copied whole?']),
  wrong('a token cut by an ellipsis', chastify('{ token: dev-1234… }'), ['4:24', 'was it copied whole?']),
  wrong('a token in quotes of its own', chastify(`{ token: "'dev-12345678'" }`), ['4:24', 'take them out']),
  wrong('a token with blanks around it', chastify('{ token: " dev-12345678" }'), ['4:24', 'blanks around the token']),
  wrong('a token with its header', chastify('{ token: Bearer dev-12345678 }'), ['4:24', 'says Bearer by itself']),
  wrong('a token with the word alone', chastify('{ token: bearer }'), ['4:24', 'says Bearer by itself']),
  wrong('a token with its name', chastify('{ token: CHASTIFY_TOKEN=dev-12345678 }'), ['4:24', 'a name and =']),
  wrong('a token with a short name', chastify('{ token: token=dev-12345678 }'), ['4:24', 'a name and =']),
  {
    ...wrong('a file with quotes', chastify('{ token_file: t }'), ['4:29', 'in quotes']),
    files: { t: '"dev-12345678"\n' },
  },
  {
    ...wrong('a file as for an environment', chastify('{ token_file: t }'), ['4:29', 'a name and =']),
    files: { t: 'export CHASTIFY_TOKEN=dev-12345678\n' },
  },
  wrong('a mistyped key', chastify('{ token: dev-12345678, basurl: x }'), ['4:38', 'did you mean base_url?']),
  wrong(
    'a token as a key',
    chastify('{ dev-1234567890123456789012345678 }'),
    ['4:15', '"token" is missing'],
    ['4:17', 'unknown key "(not shown)"; known are token, token_file'],
  ),
  { ...wrong('both', chastify('{ token: a, token_file: t }'), ['4:27', 'both given; keep one']), files: { t: 'x' } },
  wrong('no such file, by its whole path', chastify('{ token_file: ./secrets/t }'), [
    '4:29',
    '/secrets/t: there is no such file',
  ]),
  wrong('no such file, where it may be a token itself', chastify('{ token_file: t0ken }'), [
    '4:29',
    'there is no such file; paths in this file begin at',
  ]),
  wrong('a token that looks like a path', chastify('{ token_file: /dev-12345678901234567890123 }'), [
    '4:29',
    'there is no such file; paths in this file begin at',
  ]),
  wrong('a mistyped key, which is not missing, too', chastify('{ tokn: dev-12345678 }'), [
    '4:17',
    'did you mean token?',
  ]),
  wrong('a folder', chastify('{ token_file: . }'), ['4:29', 'this is no file']),
  { ...wrong('an empty file', chastify('{ token_file: t }'), ['4:29', 'the file is empty']), files: { t: ' \n' } },
  {
    ...wrong('a file of two lines', chastify('{ token_file: t }'), ['4:29', 'more than the one line']),
    files: { t: 'dev-1234\ndev-5678\n' },
  },
  {
    ...wrong('a file with a control character', chastify('{ token_file: t }'), ['4:29', 'more than the one line']),
    files: { t: 'dev-1234\u0007x' },
  },
  {
    ...wrong('a file of prose', chastify('{ token_file: t }'), ['4:29', 'was it copied whole?']),
    files: { t: 'the token' },
  },
  {
    ...wrong('a large file', chastify('{ token_file: t }'), ['4:29', 'larger than 10 KB']),
    files: { t: 'x'.repeat(10_001) },
  },
  wrong('one token twice', `${good}  second:\n    chastify: { token: dev-12345678 }\n`, [
    '6:24',
    'the lock "main" has the same Chastify token',
  ]),
  {
    ...wrong('one token twice, by a file', `${good}  second:\n    chastify: { token_file: t }\n`, [
      '6:29',
      'the lock "main" has the same Chastify token',
    ]),
    files: { t: 'dev-12345678\n' },
  },
  {
    ...wrong(
      'one token twice, names out of order',
      `version: 1
locks:
  2: { chastify: { token: dev-12345678 } }
  1: { chastify: { token: dev-12345678 } }
`,
      ['4:27', 'the lock "2" has the same Chastify token'],
    ),
  },
  wrong(
    "one tracker's page twice",
    `${good}    tracker: { token: trk-12345678 }
  second:
    chastify: { token: dev-87654321 }
    tracker: { token: trk-12345678 }
`,
    ['8:23', 'the lock "main" has the same tracker token'],
  ),
  wrong('a tracker that is a text', lock('tracker: trk-123'), ['5:14', 'a map such as { token:']),
  wrong('a dom file that is missing', lock('tracker: { dom_token_file: x }'), ['5:32', 'there is no such file']),
  // Devices
  wrong('no route', chastify('{ token: dev-1, device: {} }'), ['4:39', 'is missing']),
  wrong('an unknown route', chastify('{ token: dev-1, device: { route: ap } }'), ['4:48', 'one of app, extension']),
  wrong('an app route with more', chastify('{ token: dev-1, device: { route: app, session_id: x } }'), [
    '4:53',
    'unknown key "session_id"',
  ]),
  wrong(
    'an extension route alone',
    chastify('{ token: dev-1, device: { route: extension } }'),
    ['4:39', '"session_id" is missing'],
    ['4:39', '"app_key_file" is missing'],
    ['4:39', '"main_token_file" is missing'],
  ),
  wrong(
    'an extension route without its files',
    chastify('{ token: dev-1, device: { route: extension, session_id: a/b, app_key_file: k, main_token_file: m } }'),
    ['4:71', 'letters and digits'],
    ['4:90', 'there is no such file'],
    ['4:110', 'there is no such file'],
  ),
  // Addresses and polls
  wrong('plain http', chastify('{ token: dev-1, base_url: "http://chastify.net" }'), ['4:41', 'only sent by https']),
  wrong('no address', chastify('{ token: dev-1, base_url: chastify.net }'), [
    '4:41',
    '"chastify.net" is not an address such as https://chastify.net',
  ]),
  wrong('a poll of both in one', lock('poll: 30s'), ['5:11', 'such as { chastify: 30s, tracker: 5m }']),
  wrong('a poll without a unit', lock('poll: { tracker: "30" }'), ['5:22', 'a unit is missing: s, m or h']),
  wrong('a name in the place of whose it is', lock('expect: alice'), ['5:13', 'such as { wearer: alice }']),
  wrong('too short a poll', lock('poll: { chastify: 0s }'), ['5:23', 'from 1s up']),
  wrong('a poll in words', lock('poll: { tracker: five minutes }'), ['5:22', 'from 1s up such as 30s']),
  wrong('a poll of a list', lock('poll: { tracker: [5m] }'), ['5:22', 'from 1s up such as 30s']),
  wrong('a bare cron expression', lock('poll: { tracker: */5 * * * * }'), ['5:22', 'begins with * in quotes']),
  wrong('a wrong minute', lock('poll: { tracker: "61 * * * *" }'), ['5:22', 'the minute of this cron expression']),
  wrong('a wrong weekday', lock('poll: { tracker: "0 9 * * 9" }'), ['5:22', 'the day of the week of this cron']),
  wrong('a day that is none', lock('poll: { tracker: "0 9 32 1 *" }'), ['5:22', 'the day of the month of this cron']),
  wrong('a day that never comes', lock('poll: { tracker: "0 9 30 2 *" }'), [
    '5:22',
    'the day of this cron expression never',
  ]),
  wrong('another of them', lock('poll: { chastify: "0 0 31W apr,jun *" }'), ['5:23', 'expression never comes']),
  wrong('a long expression', lock(`poll: { tracker: "${'0,'.repeat(200)}0 * * * *" }`), [
    '5:22',
    '" is no cron expression: it is longer than 300 characters',
  ]),
  wrong('four fields', lock('poll: { tracker: "* * * *" }'), ['5:22', 'a cron expression has 5 fields']),
  wrong('seven fields', lock('poll: { tracker: "0 0 * * * * *" }'), ['5:22', 'a cron expression has 5 fields']),
  wrong('an unknown poll', lock('poll: { chasity: 5m }'), ['5:13', 'did you mean chastify?']),
  wrong('a poll without its service', lock('poll: 30s'), ['5:11', '"30s" is not a map such as { chastify: 30s']),
  // Limits
  wrong('an unknown limit', `${good}limits: { ad_time: 5 }\n`, ['5:11', 'did you mean add_time?']),
  wrong('a key of a limit', `${good}limits: { add_time: { eech: 1h } }\n`, ['5:23', 'did you mean each?']),
  wrong('a limit in words', `${good}limits: { add_time: { each: one hour } }\n`, ['5:29', 'or unlimited']),
  wrong('a limit that is a number', `${good}limits: { add_time: 5 }\n`, [
    '5:21',
    'a map of keys and values, or unlimi',
  ]),
  wrong('an end without a date', `${good}limits: { ends: soon }\n`, ['5:17', 'a date such as "2027-01-31 12:00"']),
  wrong('a limit of a lock', lock('limits: { task: { times_per_day: many } }'), ['5:38', 'a whole number, or unlimi']),
  // The environment
  wrong('an unset variable', chastify(`{ token: "\${TOKEN}" }`), ['4:24', 'variable TOKEN is not set; set it']),
  { ...wrong('an empty one', chastify(`{ token: "\${TOKEN}" }`), ['4:24', 'TOKEN is empty']), env: { TOKEN: ' ' } },
  wrong('an unset one elsewhere', lock(`poll: { tracker: "\${P}" }`), ['5:22', 'variable P is not set']),
  wrong('an open brace', `${good}data: "a\${B"\n`, ['5:7', 'must be followed by the name of a variable']),
  wrong('a default', `${good}data: "\${B:-x}"\n`, ['5:7', 'must be followed by the name of a variable']),
  wrong('a name objects have', `${good}data: "\${constructor}"\n`, ['5:7', 'variable constructor is not set']),
  { ...wrong('a zone that is none', good, ['1:1', 'TZ is no time zone']), env: { TZ: 'Mars/Olympus' } },
]

test.each(cases)('$name', async ({ text, faults, env, files }) => {
  const found = await faultsOf(text, { ...env }, files)
  expect(found.map((fault) => at(fault))).toEqual(faults.map(([place]) => place))
  for (const [i, [, piece]] of faults.entries()) expect(found[i] && said(found[i])).toContain(piece)
  for (const fault of found) expect(said(fault)).not.toMatch(/\b(not|no) (not|no) /)
})

test('the cases rest on a good config', async () => {
  await expect(load(good)).resolves.toMatchObject({ mode: 'dry-run' })
  await expect(load(lock('new_lock: ask'))).resolves.toMatchObject({ mode: 'dry-run' })
})

test('every fault is told at once, in reading order', async () => {
  const found = await faultsOf(`version: 3
mode: liev
zone: x
locks:
  Main:
    chastify: { token: "\${NONE}", token_file: t }
    poll: { chastify: 0s }
  other:
    chastify: {}
    tracker: { token_file: nowhere }
limits: { remaining: long }
`)
  expect(found.map(at)).toEqual(['1:10', '2:7', '3:1', '5:3', '6:24', '6:35', '7:23', '9:15', '10:28', '11:22'])
  expect(found.map(faultLine)[1]).toMatch(/config\.yaml:2:7: "liev" is not one of dry-run, live; did you mean live\?$/)
})
