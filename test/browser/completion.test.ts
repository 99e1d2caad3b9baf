import { expect, test } from 'vitest'
// The page's own module, as browsers get it; it asks nothing of a browser.
import { completionAt, wordAt } from '../../src/console/pages/rules/completion.ts'
import { catalogueOf } from '../../src/core/language/catalogue.ts'
import { noRules } from '../../src/core/model/rule.ts'
import { services } from '../../src/services/index.ts'
import { showWords } from '../../src/views/catalogue.ts'

const rules = {
  ...noRules,
  catalogue: catalogueOf(services, {}, ['away'], new Map([['vacation', { type: 'switch' as const }]]), ['strikes']),
  actions: new Map(services.flatMap(({ actions }) => actions.map((kind) => [kind.name, kind] as const))),
}
const words = showWords(rules)

/** What is offered at the `|` of a text. */
function offered(text: string): string[] {
  const caret = text.indexOf('|')
  return completionAt(text.replace('|', ''), caret, words)?.options.map(({ label }) => label) ?? []
}

/** The text after the first that is offered was taken. */
function taken(text: string): string {
  const caret = text.indexOf('|')
  const bare = text.replace('|', '')
  const found = completionAt(bare, caret, words)
  const option = found?.options[0]
  return found && option ? bare.slice(0, found.from) + option.insert + bare.slice(found.to) : bare
}

const rule = 'rules:\n  - id: x\n'

test.each([
  ['a fact, in one line', `${rule}    when: lock.fro|`, 'lock.frozen'],
  ['a fact, in a list', `${rule}    when:\n      - lock.taskP|`, 'lock.taskPoints'],
  ['a fact in a group within a list', `${rule}    when:\n      - any:\n          - lock.fro|`, 'lock.frozen'],
  ['a fact below a list without an indent', `rules:\n- id: x\n  when:\n  - lock.fro|`, 'lock.frozen'],
  ['a fact by a part of its name', `${rule}    when: SeenAgo|`, 'lock.wearerLastSeenAgoSeconds'],
  ['a group', `${rule}    when:\n      - an|`, 'any'],
  ['an operator of the type', `${rule}    when: lock.taskPoints ri|`, 'rises'],
  ['a truth', `${rule}    when: lock.frozen is t|`, 'true'],
  ['a longer operator beside it', `${rule}    when: lock.frozen is |`, 'is unknown'],
  ['a weekday', `${rule}    when: time.weekday in sat, su|`, 'sun'],
  ['an action', `${rule}    then:\n      - add_|`, 'add_time'],
  ['a key of a rule', `${rule}    coo|`, 'cooldown'],
  ['a key of a file', `${rule}tal|`, 'tallies'],
  ['one of a few choices', `${rule}    on_failure: |`, 'continue'],
  ['yes or no', `${rule}    resend: f|`, 'false'],
  ['a fact in a text', `${rule}    then:\n      - log: "{{ lock.lockT|`, 'lock.lockTitle'],
  ['what was done, in a text', `${rule}    then:\n      - log: "{{ di|`, 'did'],
  ['a tally', `${rule}    then:\n      - tally.add: st|`, 'strikes'],
  ['an input that the rules declare', `${rule}    when: input.v|`, 'input.vacation'],
  ['what a size goes by', `${rule}    then:\n      - add_time: { each: 5m, of: tally.st|`, 'tally.strikes'],
  ['the change it may go by', `${rule}    then:\n      - add_time: { of: ch|`, 'change'],
  ['a value of the file', `values:\n  penalty: 10m\n${rule}    for: val|`, 'values.penalty'],
  ['a value in braces', `values: { penalty: 10m }\n${rule}    for: values.p|`, 'values.penalty'],
  ['a budget of the file', `budgets:\n  misc: { add_time: 2h per day }\n${rule}    budget: m|`, 'misc'],
])('offers %s', (_, text, label) => {
  expect(offered(text)).toContain(label)
})

test.each([
  ['in a note', `${rule}    # lock.fro|`],
  ['in a text', `${rule}    description: lock.fro|`],
  ['after what is complete', `${rule}    when: lock.frozen is known |`],
  ['for an operator that does not go with the fact', `${rule}    when: lock.frozen ri|`],
])('offers nothing %s', (_, text) => {
  expect(offered(text)).toEqual([])
})

test('what is taken replaces what was begun', () => {
  expect(taken(`${rule}    when: lock.taskPointsR| > 1`)).toBe(`${rule}    when: lock.taskPointsRequired  > 1`)
  expect(taken(`${rule}    when: lock.frozen is no|`)).toBe(`${rule}    when: lock.frozen is not `)
  expect(taken(`${rule}    then:\n      - add_t|`)).toBe(`${rule}    then:\n      - add_time: 10m`)
})

test('the word under the caret is explained', () => {
  expect(wordAt('when: lock.frozen is true', 9, words)?.help).toMatch(/^Whether the lock is frozen \(true or false\)/)
  expect(wordAt('cooldown: 6h', 3, words)?.name).toBe('cooldown')
  expect(wordAt('nothing: 6h', 3, words)).toBeNull()
})
