// What somebody types who is no programmer: every fault with its place, in one line, and never a stack.
import { beforeAll, describe, expect, test } from 'vitest'
import { config, household, type Said } from './daemon.ts'
import { openServices, tokens } from './services.ts'

const rule = (when: string, then = 'add_time: 10m', more = ''): string =>
  `rules:\n  - id: one\n    when:\n      - ${when}\n    then:\n      - ${then}\n${more}`

const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]
rules: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]
`

type Bad = readonly [name: string, text: string, line: number | null, words: RegExp]

const badRules: readonly Bad[] = [
  ['unreadable YAML', 'rules:\n  - id: one\n    when: [lock.frozen is true\n    then: [unfreeze]\n', null, /./],
  ['a tab for indentation', 'rules:\n\t- id: one\n', 2, /tab/i],
  ['an alias bomb', bomb, null, /alias/i],
  ['an empty file', '', 1, /./],
  ['a list where a map is wanted', '- id: one\n', 1, /./],
  ['no rules but a word', 'rules: none\n', 1, /list/],
  ['an unknown fact', rule('lock.frozn is true'), 4, /lock\.frozen/],
  ['a fact of no family', rule('weather.temp > 5'), 4, /weather\.temp/],
  ['an unknown operator', rule('lock.frozen equals true'), 4, /equals|operator/],
  ['the wrong type of value', rule('lock.frozen is 5'), 4, /true|false|boolean/],
  ['a text for a number', rule('lock.taskPoints > many'), 4, /many|number/],
  ['a unit that is none', rule('lock.timeRemainingSeconds < 5 parsecs'), 4, /parsecs|duration|1h30m/],
  ['a duration for a number', rule('lock.taskPoints > 5h'), 4, /5h|number/],
  ['an operator the type has not', rule('lock.frozen > true'), 4, />|operator|boolean/],
  ['a clock out of its day', rule('time.clock between 25:00 and 26:00'), 4, /25:00/],
  ['an unknown weekday', rule('time.weekday is sonntag'), 4, /sonntag|mon/],
  ['an unknown action', rule('lock.frozen is true', 'addtime: 10m'), 6, /add_time/],
  ['an unknown parameter', rule('lock.frozen is true', 'log: { titel: A }'), 6, /title/],
  ['an action without its size', rule('lock.frozen is true', 'add_time'), 6, /add_time|duration|length/],
  ['a size that is no length', rule('lock.frozen is true', 'add_time: lots'), 6, /length of time/],
  ['a negative length', rule('lock.frozen is true', 'add_time: -10m'), 6, /length of time/],
  ['an empty then', 'rules:\n  - id: one\n    when: lock.frozen is true\n    then: []\n', 4, /then|empty|action/],
  ['no then', 'rules:\n  - id: one\n    when: lock.frozen is true\n', 2, /then/],
  ['no when', 'rules:\n  - id: one\n    then: [unfreeze]\n', 2, /when/],
  ['no id', 'rules:\n  - when: lock.frozen is true\n    then: [unfreeze]\n', 2, /id/],
  [
    'an id in capitals',
    'rules:\n  - id: One Rule\n    when: lock.frozen is true\n    then: [unfreeze]\n',
    2,
    /id|small|a-z/,
  ],
  ['an unknown key', rule('lock.frozen is true', 'unfreeze', '    cooldwn: 5m\n'), 7, /cooldown/],
  ['a key twice', rule('lock.frozen is true', 'unfreeze', '    id: two\n'), 7, /id|unique|twice/],
  ['an empty all', rule('{ all: [] }'), 4, /empty|all/],
  ['an empty any', rule('{ any: [] }'), 4, /empty|any/],
  ['an empty when', 'rules:\n  - id: one\n    when: []\n    then: [unfreeze]\n', 3, /empty|when|condition/],
  ['an empty not', rule('not:'), 4, /not/],
  ['two groups side by side', rule('{ all: [lock.frozen is true], any: [lock.trusted is true] }'), 4, /all|any|one of/],
  ['an unknown key in a leaf', rule('{ fact: lock.frozen, operator: equal, value: true, path: x }'), 4, /path/],
  ['an unknown operator in a leaf', rule('{ fact: lock.frozen, operator: looksLike, value: true }'), 4, /looksLike/],
  ['a leaf without its value', rule('{ fact: lock.frozen, operator: equal }'), 4, /value/],
  ['a limit of no period', rule('lock.frozen is true', 'unfreeze', '    limit: 2 per fortnight\n'), 7, /fortnight|day/],
  ['a limit of zero', rule('lock.frozen is true', 'unfreeze', '    limit: 0 per day\n'), 7, /0|limit/],
  ['a cooldown in words', rule('lock.frozen is true', 'unfreeze', '    cooldown: a while\n'), 7, /length of time/],
  ['a template with an unknown fact', rule('lock.frozen is true', 'log: "{{ lock.nonsense }}"'), 6, /lock\.nonsense/],
  [
    'a template with an unknown filter',
    rule('lock.frozen is true', 'log: "{{ lock.taskPoints | shout }}"'),
    6,
    /shout/,
  ],
  ['a template that never ends', rule('lock.frozen is true', 'log: "{{ lock.taskPoints"'), 6, /\{\{|\}\}/],
  ['a template without quotes', rule('lock.frozen is true', 'log: {{ did }}'), 6, /quote/i],
  ['a colour that is none', rule('lock.frozen is true', 'log: { title: A, color: red }'), 6, /red|#/],
  ['a role that is none', rule('lock.frozen is true', 'log: { title: A, role: boss }'), 6, /boss|wearer/],
  ['a game that is none', rule('lock.frozen is true', 'tracker.game: poker'), 6, /dice/],
  ['a link game without its type', rule('lock.frozen is true', 'tracker.game: { game: link, as: public }'), 6, /type/],
  [
    'a link game as owner without penalty: accept',
    rule('lock.frozen is true', 'tracker.game: { game: link, as: owner, type: add }'),
    6,
    /penalty/,
  ],
  ['restriction resting on is unknown', rule('lock.frozen is unknown'), 4, /unknown|relie|restrict/],
  ['restriction resting on service.*', rule('service.chastify.healthy is false'), 4, /service|relie|restrict/],
  [
    'an enabled that is no yes or no',
    rule('lock.frozen is true', 'unfreeze', '    enabled: perhaps\n'),
    7,
    /true|enabled/,
  ],
  [
    'the same id twice in a file',
    'rules:\n  - { id: one, when: lock.frozen is true, then: [unfreeze] }\n  - { id: one, when: lock.frozen is true, then: [unfreeze] }\n',
    3,
    /already/,
  ],
  [
    'more actions than per_step',
    rule('lock.frozen is true', 'unfreeze', '      - log: a\n'.repeat(5)),
    null,
    /per_step|5/,
  ],
]

const fault = /^(\S[^:\n]*):(\d+):(\d+): \S.*$/

/** The lines of faults, each looked at for its form. */
function faults(out: string): { file: string; line: number; text: string }[] {
  const lines = out.split('\n').filter((line) => line !== '' && !/^\d+ faults?$/.test(line))
  return lines.map((text) => {
    const [, file = '', line = ''] = fault.exec(text) ?? []
    expect([text, file !== '']).toEqual([text, true])
    return { file, line: Number(line), text }
  })
}

describe('check: faulty rules', () => {
  // One run over a folder of them all: each file has to get its own lines.
  let all: Said
  beforeAll(async () => {
    await using services = await openServices()
    const rules = badRules.map(([, text], at): [string, string] => [
      `bad-${at}`,
      text.replaceAll('id: one', `id: n-${at}`),
    ])
    await using home = household(services, { rules: Object.fromEntries(rules) })
    all = await home.run(['check'])
    expect(services.calls).toEqual([])
  })

  test('exit 1, and not a stack', () => {
    expect(all.code).toBe(1)
    expect(all.all).not.toMatch(/^ {4}at /m)
    expect(faults(all.all).length).toBeGreaterThan(badRules.length - 5)
  })

  test.each(badRules.map((bad, at) => [bad[0], at, bad] as const))('%s (bad-%i)', (_, at, [, , line, words]) => {
    const found = faults(all.all).filter(({ file }) => file.endsWith(`rules/bad-${at}.yaml`))
    expect(found.length).toBeGreaterThan(0)
    if (line !== null) expect(found.map((one) => one.line)).toContain(line)
    expect(found.map((one) => one.text.replace(/^\S+ /, '')).join('\n')).toMatch(words)
  })

  test('all faults at once, in the order of files and lines', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: {
        a: `${rule('lock.frozn is true', 'addtime: 5m', '    colour: red\n')}  - id: two\n    when: time.clock is never\n    then: [log: "{{ nothing }}"]\n`,
        b: rule('lock.frozen equals true'),
      },
    })
    const found = faults((await home.run(['check'])).all)
    const places = found.map((one) => `${one.file.slice(-6)}:${one.line}`)
    for (const place of ['a.yaml:4', 'a.yaml:6', 'a.yaml:7', 'a.yaml:9', 'a.yaml:10', 'b.yaml:4']) {
      expect(places).toContain(place)
    }
    const run = await home.run(['run'])
    expect(run.code).toBe(2)
    expect(faults(run.all).map((one) => one.line)).toEqual(found.map((one) => one.line))
    const json = await home.json(['check'])
    expect(json).toMatchObject({ ok: false })
    expect((json as { faults: unknown[] }).faults.length).toBe(found.length)
  })

  test('an id that two files use', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: { a: rule('lock.frozen is true'), b: rule('lock.frozen is true') },
    })
    const said = await home.run(['check'])
    expect(said.code).toBe(1)
    expect(faults(said.all)[0]?.text).toMatch(/b\.yaml:2:.*one.*a\.yaml|a\.yaml.*one/)
  })

  test('what is good: exit 0, the limits in force, and nothing asked of a service', async () => {
    await using services = await openServices()
    await using home = household(services, {
      rules: {
        a: rule('lock.timeRemainingSeconds < 1h30m'),
        b: rule('{ fact: lock.frozen, operator: equal, value: true }').replace('id: one', 'id: two'),
        c: rule('not: { any: [ lock.frozen is true, time.week between fri 18:00 and sun 22:00 ] }').replace(
          'id: one',
          'id: three',
        ),
      },
    })
    const said = await home.run(['check'])
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(said.out).toMatch(/add_time: each 1 h, per_day 3 h, per_lock 3 d/)
    expect(services.calls).toEqual([])
  })
})

type BadConfig = readonly [name: string, change: (text: string) => string, words: RegExp]

const badConfigs: readonly BadConfig[] = [
  ['unreadable YAML', (text) => `${text}\n}}`, /./],
  ['nothing', () => '', /./],
  ['an alias bomb', () => bomb.replace('rules:', 'locks:'), /alias/i],
  ['an unknown key', (text) => text.replace('"mode"', '"moode"'), /mode/],
  ['an unknown key of a lock', (text) => text.replace('"poll"', '"pol"'), /poll/],
  [
    'an unknown key of a limit',
    (text) => text.replace('"limits": {}', '"limits": { "add_time": { "eech": "1h" } }'),
    /each/,
  ],
  ['a mode that is none', (text) => text.replace('"live"', '"lively"'), /live/],
  ['a version that is none', (text) => text.replace('"version": 1', '"version": 2'), /version|1/],
  ['a timezone that is none', (text) => text.replace('"UTC"', '"Europe/Atlantis"'), /time zone/],
  ['a poll too fast', (text) => text.replace('"1s"', '"0s"'), /1s|0s/],
  ['a poll in words', (text) => text.replace('"1s"', '"often"'), /often|30s/],
  ['plain http elsewhere', (text) => text.replace(/http:\/\/127\.0\.0\.1:\d+/, 'http://example.org'), /https/],
  ['no token', (text) => text.replace(`"token": "${tokens.chastify}",`, ''), /token/],
  ['a variable that is not set', (text) => text.replace(tokens.chastify, `$\{NOT_SET_ANYWHERE}`), /NOT_SET_ANYWHERE/],
  [
    'a token file that is not there',
    (text) => text.replace(/"token": "[^"]*"/, '"token_file": "./nowhere"'),
    /no such file/,
  ],
  ['no locks', (text) => text.replace(/"locks": \{[\s\S]*\n {2}\},/, '"locks": {},'), /lock/],
  ['rules that are not there', (text) => text.replace('./rules', './ruels'), /no such/],
  ['an allow that is none', (text) => text.replace('"limits": {}', '"limits": { "allow": ["add_tme"] }'), /add_time/],
  ['a day that is none', (text) => text.replace('"limits": {}', '"limits": { "ends": "2027-02-30 12:00" }'), /date/],
  ['a new_lock that is none', (text) => text.replace('"auto"', '"never"'), /ask|auto/],
  [
    'one token for two locks',
    (text) => {
      const whole = JSON.parse(text) as { locks: Record<string, unknown> }
      return JSON.stringify({ ...whole, locks: { ...whole.locks, second: whole.locks.main } }, null, 2)
    },
    /token/,
  ],
]

describe.concurrent('a faulty config', () => {
  test.each(badConfigs.map((bad, at) => [bad[0], at, bad] as const))(
    '%s: check 1, run 2, with the place',
    async (_, at, [, change, words]) => {
      await using services = await openServices()
      await using home = household(services, {})
      const good = JSON.stringify(config(services, { limits: {} }), null, 2)
      const bad = change(good)
      expect(bad).not.toBe(good)
      home.write('config.yaml', bad)
      // Each start costs; what run says is looked at for some of them.
      const commands = at % 4 === 0 ? [['check'], ['run']] : [['check']]
      const both = await Promise.all(commands.map((command) => home.run(command)))
      expect(both.map((said) => said.code)).toEqual(at % 4 === 0 ? [1, 2] : [1])
      for (const said of both) {
        expect(said.all).not.toMatch(/^ {4}at /m)
        const found = faults(said.all)
        expect(found.length).toBeGreaterThan(0)
        expect(found.map((one) => one.text.replace(/^\S+ /, '')).join('\n')).toMatch(words)
      }
      expect(services.calls).toEqual([])
    },
  )
})
