import { describe, expect, test } from 'vitest'
import { compileRules, type Language } from '../../src/core/language/compile.ts'
import { actionsIn, type RuleSet } from '../../src/core/model/rule.ts'
import { faultLine } from '../../src/document/fault.ts'
import { services } from '../../src/services/index.ts'

const language: Language = { services, zone: 'Europe/Berlin' }

/** Every fault of these files, as a command prints it. */
function faultsOf(files: Readonly<Record<string, string>>, more: Partial<Language> = {}): string[] {
  const written = Object.entries(files).map(([file, text]) => ({ file, text }))
  const { rules, faults } = compileRules(written, { ...language, ...more })
  expect(rules === null).toBe(faults.some(({ severity }) => severity === 'fault'))
  return faults.map(faultLine)
}

function rulesOf(files: Readonly<Record<string, string>>, more: Partial<Language> = {}): RuleSet {
  const written = Object.entries(files).map(([file, text]) => ({ file, text }))
  const { rules, faults } = compileRules(written, { ...language, ...more })
  if (!rules) throw new Error(faults.map(faultLine).join('\n'))
  return rules
}

/** A rule whose condition begins at 3:11, whose first action stands at 5:9, and whose other keys begin at 6:5. */
function rule({ when = 'lock.frozen is true', then = 'unfreeze', more = '' }): string {
  return `rules:\n  - id: one\n    when: ${when}\n    then:\n      - ${then}\n${more === '' ? '' : `    ${more}\n`}`
}

describe('a rule set', () => {
  const rules = rulesOf({
    'a.yaml': `rules:
  - id: nearly-done
    description: A nudge in the last hour
    when:
      - lock.timeRemainingSeconds < 1h
      - not: { any: [ lock.frozen is true, { fact: tracker.locked, operator: equal, value: no } ] }
    cooldown: 6h
    limit: [1 per lock, 2 per day, 3 per 12h]
    then:
      - add_time: 10m
      - log: { title: Last hour, description: "{{ did }}, {{ lock.wearerUsername }}" }
  - id: off
    enabled: false
    when: { all: [ rule.nearly-done.firedTimesToday > 1 ] }
    then: [unfreeze]
`,
    'b.yaml':
      'rules:\n  - { id: a, when: lock.timeRemainingSeconds < lock.maxTimeRemainingSeconds, then: [unfreeze] }\n',
    'c.yaml': 'rules: []\n',
  })

  test('keeps the order of files and positions', () => {
    expect(rules.rules.map(({ id, file, line }) => `${id} ${file}:${line}`)).toEqual([
      'nearly-done a.yaml:2',
      'off a.yaml:12',
      'a b.yaml:2',
    ])
    expect([...rules.byId.keys()]).toEqual(['nearly-done', 'off', 'a'])
  })

  test('reads conditions, a list being all of them', () => {
    expect(rules.rules[0]).toMatchObject({
      description: 'A nudge in the last hour',
      enabled: true,
      when: {
        all: [
          { fact: 'lock.timeRemainingSeconds', operator: 'lessThan', than: { value: 3600 } },
          {
            not: {
              any: [
                { fact: 'lock.frozen', operator: 'equal', than: { value: true } },
                { fact: 'tracker.locked', operator: 'equal', than: { value: false } },
              ],
            },
          },
        ],
      },
    })
    expect(rules.rules[2]?.when).toMatchObject({ than: { factName: 'lock.maxTimeRemainingSeconds' } })
  })

  test('who may press an input is one, or a list', () => {
    const byOf = (by: string) =>
      compileRules([{ file: 'a.yaml', text: `inputs: { go: { type: button, by: ${by} } }\nrules: []\n` }], {
        services,
        zone: 'UTC',
      }).rules?.inputs.get('go')?.by
    expect(byOf('wearer')).toEqual(['wearer'])
    expect(byOf('[keyholder, wearer]')).toEqual(['keyholder', 'wearer'])
    expect(byOf('nobody')).toBeUndefined()
  })

  test('reads the plain keys', () => {
    const [first, second] = rules.rules
    expect(first?.cooldownMs).toBe(6 * 3_600_000)
    expect(first?.limits.map(({ times, per }) => [times, per])).toEqual([
      [1, 'lock'],
      [2, 'day'],
      [3, { rollingMs: 43_200_000 }],
    ])
    expect(second).toMatchObject({ enabled: false, cooldownMs: 0, limits: [], description: '' })
  })

  test('reads actions and their texts', () => {
    const then = actionsIn(rules.rules[0]?.then ?? [], [])
    expect(then.map(({ action }) => action)).toEqual(['add_time', 'log'])
    expect(then[0]?.params).toBe(600)
    expect(JSON.stringify(then[1]?.params)).toContain('{"slot":"lock.wearerUsername","filters":[]}')
  })

  test('knows the facts it asks for, those on the right and in texts included', () => {
    expect([...rules.uses].sort()).toEqual([
      'lock.frozen',
      'lock.maxTimeRemainingSeconds',
      'lock.timeRemainingSeconds',
      'lock.wearerUsername',
      'rule.nearly-done.firedTimesToday',
      'tracker.locked',
    ])
  })

  test('no files and no rules are a rule set', () => {
    expect(rulesOf({}).rules).toEqual([])
    expect(rulesOf({ 'a.yaml': 'rules: []\n' }).rules).toEqual([])
  })

  test('a digest changes with the meaning, not with the layout', () => {
    const digestOf = (when: string) => rulesOf({ a: rule({ when }) }).rules[0]?.digest
    const plain = digestOf('lock.timeRemainingSeconds < 1h')
    expect(digestOf('"lock.timeRemainingSeconds   <   60m"')).toBe(plain)
    expect(digestOf('{ fact: lock.timeRemainingSeconds, operator: lessThan, value: 3600 }')).toBe(plain)
    expect(digestOf('lock.timeRemainingSeconds <= 1h')).not.toBe(plain)
    expect(digestOf('lock.timeRemainingSeconds < 2h')).not.toBe(plain)
    expect(digestOf('{ not: lock.timeRemainingSeconds < 1h }')).not.toBe(plain)
    expect(digestOf('{ all: [lock.frozen is true, lock.active is true] }')).not.toBe(
      digestOf('{ any: [lock.frozen is true, lock.active is true] }'),
    )
    const thenOf = (then: string) => rulesOf({ a: rule({ then }) }).rules[0]?.thenDigest
    expect(thenOf('add_time: 1h')).toBe(thenOf('{ add_time: 60m }'))
    expect(thenOf('add_time: 1h')).not.toBe(thenOf('add_time: 2h'))
    expect(thenOf('add_time: 1h')).not.toBe(thenOf('remove_time: 1h'))
  })

  test('an undocumented fact is a lint, not a fault', () => {
    const text = rule({ when: 'lock.mood is good' })
    const extras = { 'lock.mood': 'text' } as const
    expect(faultsOf({ 'a.yaml': text }, { extras })).toEqual([
      "a.yaml:3:11: lint: lock.mood is not in the service's documents; it was seen in a reading and may vanish",
    ])
    expect(faultsOf({ 'a.yaml': text })).toHaveLength(1)
    expect(rulesOf({ 'a.yaml': text }, { extras }).rules).toHaveLength(1)
  })
})

describe('wrong conditions', () => {
  test.each([
    ['[]', '3:11: an empty "all" says nothing; name a condition'],
    ['{ all: [] }', '3:18: an empty "all" says nothing; name a condition'],
    ['{ any: [] }', '3:18: an empty "any" says nothing; name a condition'],
    ['{ not: [] }', '3:18: an empty "all" says nothing; name a condition'],
    ['{ not: { any: [ { all: [] } ] } }', '3:34: an empty "all" says nothing; name a condition'],
    ['{}', '3:5: an empty condition; known are all, any, not, fact'],
    [
      '{ all: [lock.frozen is true], any: [lock.active is true] }',
      '3:11: "all" and "any" stand side by side; put one inside the other',
    ],
    [
      '{ any: [ { all: [lock.frozen is true], not: lock.active is true } ] }',
      '3:20: "all" and "not" stand side by side; put one inside the other',
    ],
    ['{ all: lock.frozen is true }', '3:13: "all" takes a list of conditions'],
    ['{ any: { not: lock.frozen is true } }', '3:13: "any" takes a list of conditions'],
    ['{ al: [lock.frozen is true] }', '3:13: unknown key "al"; did you mean all?'],
    ['{ none: [lock.frozen is true] }', '3:13: unknown key "none"; known are all, any, not, fact'],
    ['{ all: [lock.frozen is true], for: 1h }', '3:41: "for" stands beside "all"; a group stands alone'],
    [
      '{ any: [ { not: lock.frozen is true, fact: lock.active } ] }',
      '3:48: "fact" stands beside "not"; a group stands alone',
    ],
    ['{ lock.frozen: true }', '3:11: "lock.frozen: …" is not a condition; write "lock.frozen is true"'],
    [
      '[ lock.active is true, lock.frozen: true ]',
      '3:34: "lock.frozen: …" is not a condition; write "lock.frozen is true"',
    ],
    ['{ lock.role: wearer }', '3:11: "lock.role: …" is not a condition; write "lock.role is wearer"'],
    ['{ fact: lock.frozen, operator: equal, value: true, valu: 1 }', '3:62: unknown key "valu"; did you mean value?'],
    [
      '{ fact: lock.frozen, operator: equal, value: true, priority: 1 }',
      '3:62: unknown key "priority"; known are fact, operator, value',
    ],
    [
      '{ fact: lock.frozn, operator: equal, value: true }',
      '3:19: unknown fact "lock.frozn"; did you mean lock.frozen?',
    ],
    ['{ fact: lock.frozen, operator: eqal, value: true }', '3:42: unknown operator "eqal"; did you mean equal?'],
    [
      '{ fact: lock.frozen, operator: equal, value: maybe }',
      '3:56: "maybe" does not fit lock.frozen; it takes true or false',
    ],
    ['{ fact: lock.frozen, operator: equal }', '3:11: "value" is missing'],
    ['{ fact: lock.frozen }', '3:11: "operator" is missing; for example operator: lessThan'],
    ['{ fact: 5, operator: equal, value: true }', '3:19: "fact" is the name of a fact'],
    ['true', '3:11: true is no condition; write "fact operator value"'],
    ['5', '3:11: 5 is no condition; write "fact operator value"'],
    ['lock.frozn is true', '3:11: unknown fact "lock.frozn"; did you mean lock.frozen?'],
    ['"lock.frozen = true"', '3:24: unknown operator "="; write "is"'],
    ['lock.frozen is maybe', '3:26: "maybe" does not fit lock.frozen; it takes true or false'],
    ['{ not: lock.role = wearer }', '3:28: unknown operator "="; write "is"'],
    ['rule.two.firedTimesToday > 1', '3:11: unknown fact "rule.two.firedTimesToday"; there is no rule two'],
  ])('%s', (when, fault) => {
    expect(faultsOf({ 'a.yaml': rule({ when }) })).toEqual([`a.yaml:${fault}`])
  })

  test('each of a list is told', () => {
    const when = '[ lock.frozn is true, { any: [ lock.frozen = true, {} ] }, { not: lock.frozen is maybe } ]'
    const faults = faultsOf({ 'a.yaml': rule({ when }) })
    expect(faults.map((fault) => /^a\.yaml:3:\d+: .{12}/.exec(fault)?.[0])).toEqual([
      'a.yaml:3:13: unknown fact',
      'a.yaml:3:54: unknown oper',
      'a.yaml:3:62: an empty con',
      'a.yaml:3:92: "maybe" does',
    ])
  })
})

describe('wrong actions', () => {
  test.each([
    ['unfreze', '5:9: unknown action "unfreze"; did you mean unfreeze?'],
    ['addtime: 1h', '5:9: unknown action "addtime"; did you mean add_time?'],
    ['constructor', '5:9: unknown action "constructor"; known are'],
    ['add_time', '5:9: "add_time" needs more; Adds time, as add_time: 1h'],
    ['add_time:', '5:9: "add_time" needs more; Adds time, as add_time: 1h'],
    ['add_time: soon', '5:19: '],
    ['add_time: -5m', '5:19: '],
    ['add_time: 0', '5:19: a length of at least 1 s in whole seconds'],
    ['add_time: 1.5', '5:19: a length of at least 1 s in whole seconds'],
    ['freeze: 10s', '5:17: a length of at least 60 s in whole seconds'],
    ['freeze: 2d', '5:17: a freeze lasts at most 24h'],
    ['unfreeze: 5', '5:19: it takes no parameters'],
    ['{ add_time: 1h, unfreeze: }', '5:25: "unfreeze" stands beside "add_time"; give each action a "-" of its own'],
    ['{ log: a, title: b }', '5:19: "title" stands beside "log"; indent it under "log:"'],
    ['task.assign: { text: a, pionts: 5 }', '5:33: unknown key "pionts"; did you mean points?'],
    ['task.assign: { points: 5 }', '5:22: "text" is missing'],
    ['tracker.game: chess', '5:23: dice or luck'],
    ['5', '5:9: 5 is no action; write for example "add_time: 1h"'],
    ['~', '5:9: an empty value is no action; write for example "add_time: 1h"'],
    ['[unfreeze]', '5:9: a list is no action; write for example "add_time: 1h"'],
    ['{}', '5:9: a map is no action; write for example "add_time: 1h"'],
    ['log: "{{ lock.frozn }}"', '5:18: unknown fact "lock.frozn" in a text; did you mean lock.frozen?'],
    [
      'log: { title: a, description: "{{ did.second }}" }',
      '5:43: unknown fact "did.second" in a text; did you mean did.seconds?',
    ],
    ['log: "{{ lock.frozen | x }}"', '5:14: unknown filter "x"; known are duration, clock, date, time, round'],
    ['log: "{{ lock.frozen"', '5:14: "{{" without "}}" after it'],
    ['log: {{ lock.role }}', '5:14: a { here begins a map, not a text; put a text that begins with {{ in quotes'],
  ])('%s', (then, fault) => {
    const faults = faultsOf({ 'a.yaml': rule({ then }) })
    expect(faults).toHaveLength(1)
    expect(faults[0]?.startsWith(`a.yaml:${fault}`), faults[0]).toBe(true)
  })

  test('an unknown key names what was meant, the key that it stands for is not also missing', () => {
    expect(faultsOf({ 'a.yaml': rule({ then: 'add_time: { lenght: 5m }' }) })).toContain(
      'a.yaml:5:21: unknown key "lenght"; did you mean length?',
    )
  })

  test.each([
    'settings.patch: { params: { template: [ {} ] } }',
    'settings.patch: { params: { drawn: 5 } }',
    'settings.patch: { params: { a: { template: [ ~ ] } } }',
    'settings.patch: { params: { template: [ 5, { slot: 7 } ] } }',
  ])('a parameter that looks like a template from within does not throw: %s', (then) => {
    expect(() => faultsOf({ 'a.yaml': rule({ then }) })).not.toThrow()
  })

  test('a list longer than what a step may do', () => {
    const text = 'rules:\n  - { id: a, when: lock.frozen is true, then: [unfreeze, unfreeze, unfreeze] }\n'
    expect(faultsOf({ 'a.yaml': text }, { longestList: 2 })).toEqual([
      'a.yaml:2:47: 3 actions, but the limits allow 2 a step (limits.actions.per_step)',
    ])
    expect(faultsOf({ 'a.yaml': text }, { longestList: 3 })).toEqual([])
    expect(faultsOf({ 'a.yaml': text })).toEqual([])
  })
})

describe('wrong keys of a rule', () => {
  test.each([
    ['cooldown: 0', '6:15: a length of at least 1 s in whole seconds'],
    ['enabled: maybe', '6:14: "maybe" is not true or false'],
    ['description: 5', '6:18: 5 is not a text; put it in quotes'],
    ['colldown: 1h', '6:5: unknown key "colldown"; did you mean cooldown?'],
    ['when: lock.active is true', '6:5: this key is here twice; keep one of them'],
    [
      'limit: [1 per lock, 2 per]',
      '6:25: "2 per" is no limit; write for example "1 per lock", "2 per day" or "3 per 12h"',
    ],
    ['limit: 2', '6:12: 2 does not say in what time; write "2 per day" or "2 per lock"'],
    ['limit: [0 per day]', '6:13: "0 per day" is no limit; write for example "1 per lock", "2 per day" or "3 per 12h"'],
  ])('%s', (more, fault) => {
    expect(faultsOf({ 'a.yaml': rule({ more }) })).toEqual([`a.yaml:${fault}`])
  })

  test.each(['cooldown: soon', 'cooldown: 1h30', 'limit: []', 'limit: [2]', 'limit: { day: 2 }'])('%s', (more) => {
    const faults = faultsOf({ 'a.yaml': rule({ more }) })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^a\.yaml:6:\d+: /)
  })

  test.each([
    '2 a fortnight',
    '0 per day',
    '1 per fortnight',
    '1.5 per day',
    '-1 per day',
    'per day',
    '1 per 0s',
    'once',
  ])('the limit %j is none, and that is said once', (limit) => {
    expect(faultsOf({ 'a.yaml': rule({ more: `limit: ${limit}` }) })).toEqual([
      `a.yaml:6:12: "${limit}" is no limit; write for example "1 per lock", "2 per day" or "3 per 12h"`,
    ])
  })

  test.each(['limit: []', 'then: []'])('what is empty is said in our words: %s', (key) => {
    const then = key.startsWith('then') ? '' : '    then: [unfreeze]\n'
    const [fault] = faultsOf({ a: `rules:\n  - id: a\n    when: lock.frozen is true\n${then}    ${key}\n` })
    expect(fault).not.toMatch(/expected|>=/)
  })

  test('an empty text is said in our words', () => {
    const [fault] = faultsOf({ a: rule({ then: 'log: ""' }) })
    expect(fault).not.toMatch(/expected|>=/)
  })

  test.each(['One', 'one two', '-one', 'one_two', '""', 'x'.repeat(81)])('the id %s is none', (id) => {
    const faults = faultsOf({ a: `rules:\n  - id: ${id}\n    when: lock.frozen is true\n    then: [unfreeze]\n` })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^a:2:9: /)
  })

  test('what is missing is said once, at the rule', () => {
    expect(faultsOf({ a: 'rules:\n  - id: a\n    when: lock.frozen is true\n' })).toEqual(['a:2:5: "then" is missing'])
    expect(faultsOf({ a: 'rules:\n  - when: lock.frozen is true\n    then: [unfreeze]\n' })).toEqual([
      'a:2:5: "id" is missing',
    ])
    const faults = faultsOf({ a: 'rules:\n  - id: a\n    then: [unfreeze]\n' })
    expect(faults).toEqual([expect.stringMatching(/^a:2:5: "when" is missing/)])
  })

  test.each([
    ['', '1:1: the file is empty; it begins with "rules:"'],
    ['rules:\n', '1:7: an empty value is not a list'],
    ['- a\n', '1:1: a list is not a map of keys and values'],
    ['rules: { id: a }\n', '1:8: a map is not a list; put "- " before each item'],
    ['rules:\n  - a\n', '2:5: "a" is not a map of keys and values'],
    ['rules:\n  - ~\n', '2:5: an empty value is not a map of keys and values'],
    ['rules:\n  - []\n', '2:5: a list is not a map of keys and values'],
  ])('the file %j', (text, fault) => {
    expect(faultsOf({ a: text })).toEqual([`a:${fault}`])
  })
})

describe('all faults at once', () => {
  test('of several files, rules and places, in reading order', () => {
    expect(
      faultsOf({
        'b.yaml': `rules:
  - id: second
    when: lock.frozen is maybe
    then: [unfreeze]
  - id: third
    when: lock.frozen is true
    then: [unfreeze]
`,
        'a.yaml': `rules:
  - id: first
    when:
      - lock.frozn is true
      - any: []
    colldown: 1h
    then:
      - unfreze
      - log: "{{ lock.titel }}"
`,
        'c.yaml': 'rules: [\n',
      }).map((line) => line.replace(/; .*/, '')),
    ).toEqual([
      'a.yaml:4:9: unknown fact "lock.frozn"',
      'a.yaml:5:14: an empty "any" says nothing',
      'a.yaml:6:5: unknown key "colldown"',
      'a.yaml:8:9: unknown action "unfreze"',
      'a.yaml:9:18: unknown fact "lock.titel" in a text',
      'b.yaml:3:26: "maybe" does not fit lock.frozen',
      expect.stringMatching(/^c\.yaml:\d+:\d+: /),
    ])
  })

  test('a fault in plain keys hides none in conditions and actions', () => {
    const faults = faultsOf({
      a: 'rules:\n  - id: A\n    cooldown: 0\n    when: lock.frozn is true\n    then: [unfreze]\n    enabled: maybe\n',
    })
    expect(faults.map((line) => line.split(' ')[0])).toEqual(['a:2:9:', 'a:3:15:', 'a:4:11:', 'a:5:12:', 'a:6:14:'])
  })

  test('a fault in one rule makes no fault of facts of that rule elsewhere', () => {
    const faults = faultsOf({
      'a.yaml': 'rules:\n  - id: one\n    cooldown: 0\n    when: lock.frozen is true\n    then: [unfreeze]\n',
      'b.yaml': 'rules:\n  - { id: two, when: rule.one.firedTimesToday > 1, then: [unfreeze] }\n',
    })
    expect(faults).toEqual(['a.yaml:3:15: a length of at least 1 s in whole seconds'])
  })

  test('an unknown key of the file hides no fault of its rules', () => {
    const faults = faultsOf({ a: 'ruels: []\nrules:\n  - id: a\n    when: lock.frozn is true\n    then: [unfreeze]\n' })
    expect(faults.map((line) => line.split(' ')[0])).toEqual(['a:1:1:', 'a:4:11:'])
  })

  test('an unknown key of the file makes no fault of facts of its rules elsewhere', () => {
    const faults = faultsOf({
      'a.yaml': 'ruels: []\nrules:\n  - { id: one, when: lock.frozen is true, then: [unfreeze] }\n',
      'b.yaml': 'rules:\n  - { id: two, when: rule.one.firedTimesToday > 1, then: [unfreeze] }\n',
    })
    expect(faults).toEqual(['a.yaml:1:1: unknown key "ruels"; did you mean rules?'])
  })

  const one = (line: string) => `rules:\n  - ${line}\n`

  test('an id that is used twice, in one file or in two', () => {
    const good = '{ id: one, when: lock.frozen is true, then: [unfreeze] }'
    expect(faultsOf({ 'a.yaml': one(good), 'b.yaml': one(good) })).toEqual([
      'b.yaml:2:11: rule id "one" is already used at a.yaml:2',
    ])
    expect(faultsOf({ 'a.yaml': `${one(good)}  - ${good}\n` })).toEqual([
      'a.yaml:3:11: rule id "one" is already used at a.yaml:2',
    ])
  })

  test.each([
    '{ id: one, when: lock.frozn is true, then: [unfreeze] }',
    '{ id: one, cooldown: 0, when: lock.frozen is true, then: [unfreeze] }',
  ])('an id used twice is told although the first is at fault: %s', (bad) => {
    const good = '{ id: one, when: lock.frozen is true, then: [unfreeze] }'
    const faults = faultsOf({ 'a.yaml': one(bad), 'b.yaml': one(good) })
    expect(faults).toHaveLength(2)
    expect(faults[1]).toBe('b.yaml:2:11: rule id "one" is already used at a.yaml:2')
  })

  test('two unknown keys of one condition are two faults', () => {
    const when = '{ fact: lock.frozen, operator: equal, value: true, priority: 1, path: x }'
    expect(faultsOf({ a: rule({ when }) })).toHaveLength(2)
  })
})

describe('hostile files', () => {
  test.each([
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
rules: *e
`,
      'too many aliases',
    ],
    [
      'an alias of itself',
      'rules:\n  - &r { id: a, when: { any: [*r, *r] }, then: [unfreeze] }\n',
      'nested too deeply',
    ],
    [
      'a hundred levels',
      rule({ when: `{ all: [${'{ not: '.repeat(150)}lock.frozen is true${' }'.repeat(150)}] }` }),
      'nested too deeply',
    ],
    ['thousands of levels', `rules: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`, 'nested too deeply'],
    ['a huge file', `# ${'x'.repeat(1_000_001)}\nrules: []\n`, 'larger than'],
  ])('%s', (_, text, message) => {
    const faults = faultsOf({ 'a.yaml': text })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(message)
  })

  test('an anchor used again is a convenience, its faults told at both places', () => {
    const text = (when: string) => `rules:
  - { id: a, when: &w ${when}, then: [unfreeze] }
  - { id: b, when: *w, then: [unfreeze] }
`
    expect(rulesOf({ a: text('lock.frozen is true') }).rules).toHaveLength(2)
    expect(faultsOf({ a: text('lock.frozn is true') }).map((line) => line.split(' ')[0])).toEqual([
      'a:2:23:',
      'a:3:20:',
    ])
  })

  test('the one name that no map can hold is refused wherever names are free', () => {
    const free = [
      'inputs: { __proto__: { type: button } }\nrules: []\n',
      'tallies: { __proto__: {} }\nrules: []\n',
      rule({ then: 'settings.patch: { params: { __proto__: 1 } }' }),
    ]
    for (const text of free) expect(faultsOf({ a: text }), text).toEqual([expect.stringContaining('called __proto__')])
  })

  test('names every object has are no names of ours', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(faultsOf({ a: rule({ when: `{ ${name}: 1 }` }) })).toHaveLength(1)
      expect(faultsOf({ a: rule({ when: `${name} is true` }) })).toHaveLength(1)
      expect(faultsOf({ a: rule({ then: `${name}: 1` }) })).toHaveLength(1)
      expect(faultsOf({ a: rule({ more: `${name}: 1` }) }), name).toHaveLength(1)
      expect(faultsOf({ a: rule({ then: `log: "{{ ${name} }}"` }) })).toHaveLength(1)
    }
  })
})
