import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fill, filterNames, isTemplate, parseTemplate, slotsOf, textOf } from '../../src/core/language/text.ts'
import type { Saw, Value } from '../../src/core/model/fact.ts'
import type { Template } from '../../src/core/model/template.ts'

const zone = 'Europe/Berlin'

function templateOf(text: string): Template {
  const read = parseTemplate(text)
  if ('message' in read) throw new Error(`${read.message} at ${read.offset}`)
  return read
}

const known = (value: Value): Saw => ({ known: true, value })

/** A text with every slot filled in from these values; null is a fact without one. */
function rendered(text: string, values: Record<string, Value | null>): string {
  const look = (name: string): Saw => {
    const value = values[name]
    return value === undefined || value === null ? { known: false, why: 'null' } : known(value)
  }
  return textOf(fill(templateOf(text), look, zone))
}

describe('reading a text', () => {
  test('pieces and slots', () => {
    expect(templateOf('Hello {{ lock.wearerUsername }}, {{lock.timeRemainingSeconds|duration}} left')).toEqual({
      template: [
        'Hello ',
        { slot: 'lock.wearerUsername', filters: [] },
        ', ',
        { slot: 'lock.timeRemainingSeconds', filters: ['duration'] },
        ' left',
      ],
    })
    expect(templateOf('{{ a | round | clock }}{{ rule.last-hour.firedTimesToday }}')).toEqual({
      template: [
        { slot: 'a', filters: ['round', 'clock'] },
        { slot: 'rule.last-hour.firedTimesToday', filters: [] },
      ],
    })
    expect(slotsOf(templateOf('{{ a }} {{ b | round }} {{ a }}'))).toEqual(['a', 'b', 'a'])
  })

  test.each(['', 'plain', '{ one } brace', '50 % | 3', 'a { b', 'line\nline', '{'])('%j has no slots', (text) => {
    expect(templateOf(text)).toEqual({ template: [text] })
  })

  test.each([
    ['a {{ b', 2, '"{{" without "}}"'],
    ['a b }} c', 4, '"}}" without "{{"'],
    ['{{ a }} b }}', 10, '"}}" without "{{"'],
    ['{{ a }} {{ b', 8, '"{{" without "}}"'],
    ['ab{{}}', 2, '"" is not a name'],
    ['ab{{ }}', 2, '"" is not a name'],
    ['ab{{ | duration }}', 2, '"" is not a name'],
    ['{{ two words }}', 0, '"two words" is not a name'],
    ['{{ 1st }}', 0, '"1st" is not a name'],
    ['{{ a + b }}', 0, '"a + b" is not a name'],
    ['{{ {{ a }} }}', 0, 'is not a name'],
    ['{{{ a }}}', 0, '"{ a" is not a name'],
    ['x {{ a | hours }}', 2, 'unknown filter "hours"'],
    ['x {{ a | duration | }}', 2, 'unknown filter ""'],
    ['x {{ a | Duration }}', 2, 'unknown filter "Duration"'],
    ['{{ a | constructor }}', 0, 'unknown filter "constructor"'],
    ['{{ a }} {{ b | round: 2 }}', 8, 'unknown filter "round: 2"'],
  ])('%j is wrong at %d', (text, offset, message) => {
    expect(parseTemplate(text)).toEqual({ message: expect.stringContaining(message), offset })
  })

  test('a wrong filter is told the known ones, a wrong name what one looks like', () => {
    expect(parseTemplate('{{ a | x }}')).toMatchObject({ message: expect.stringContaining(filterNames.join(', ')) })
    expect(parseTemplate('{{ 1 }}')).toMatchObject({ message: expect.stringContaining('{{ lock.lockTitle }}') })
  })

  test('any text is a template or a fault at a place within it', () => {
    const pieces = fc
      .array(fc.constantFrom('{{', '}}', '{', '}', '|', ' ', 'a', 'lock.x', 'round'))
      .map((p) => p.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string(), pieces), (text) => {
        const read = parseTemplate(text)
        if ('message' in read) expect(text.slice(read.offset, read.offset + 2)).toMatch(/^(?:\{\{|\}\})$/)
        else if (slotsOf(read).length === 0) expect(textOf(read)).toBe(text)
      }),
    )
  })
})

describe('filling in', () => {
  test.each([
    ['{{ a }}', 'bob', 'bob'],
    ['{{ a }}', 3600, '3600'],
    ['{{ a }}', 0, '0'],
    ['{{ a }}', true, 'true'],
    ['{{ a }}', false, 'false'],
    ['{{ a }}', '', ''],
    ['{{ a }}', ['read', 'write'], 'read, write'],
    ['{{ a | duration }}', 5400, '1 h 30 min'],
    ['{{ a | duration }}', 0, '0 s'],
    ['{{ a | duration }}', 'bob', 'bob'],
    ['{{ a | clock }}', 81_015, '22:30'],
    ['{{ a | clock }}', 0, '00:00'],
    ['{{ a | clock }}', 86_400, '24:00'],
    ['{{ a | clock }}', Date.UTC(2026, 1, 28, 21, 30, 59), '22:30'],
    ['{{ a | date }}', Date.UTC(2026, 1, 28, 23, 30), '2026-03-01'],
    ['{{ a | time }}', Date.UTC(2026, 1, 28, 23, 30, 5), '2026-03-01 00:30:05'],
    ['{{ a | round }}', 2.5, '3'],
    ['{{ a | round }}', 'bob', 'bob'],
    ['{{ a | duration | round }}', 60, '1 min'],
    ['<{{a}}|{{ a | duration }}>', 60, '<60|1 min>'],
  ] as const)('%s of %j is %j', (text, value, said) => {
    expect(rendered(text, { a: value })).toBe(said)
  })

  test.each(filterNames)('unknown is "unknown", whatever stands behind it: %s', (filter) => {
    expect(rendered(`{{ a }} and {{ a | ${filter} }}`, { a: null })).toBe('unknown and unknown')
  })

  test.each(filterNames)('no number a service may send breaks the filter %s', (filter) => {
    for (const value of [-1, -86_400, 1.5, 1e13, 8.64e15, 9e15, -9e15, 1e21, Number.MAX_VALUE]) {
      expect(() => rendered(`{{ a | ${filter} }}`, { a: value })).not.toThrow()
    }
  })

  test('slots that cannot be known yet survive, as plain data, and are filled in later', () => {
    const template = templateOf('{{ lock.lockTitle }}: {{ did }}, {{ did.seconds | duration }} ({{ gone }})')
    const first = fill(
      template,
      (name) => (name.startsWith('did') ? undefined : name === 'gone' ? { known: false, why: 'stale' } : known('Mine')),
      zone,
    )
    expect(slotsOf(first)).toEqual(['did', 'did.seconds'])
    expect(textOf(first)).toBe('Mine: unknown, unknown (unknown)')
    const kept: unknown = JSON.parse(JSON.stringify(first))
    if (!isTemplate(kept)) throw new Error('not a template any more')
    const second = fill(kept, (name) => known(name === 'did' ? 'added 1 h' : 3600), zone)
    expect(textOf(second)).toBe('Mine: added 1 h, 1 h (unknown)')
    // What was filled in stays, and the template that was given is untouched.
    expect(textOf(fill(second, () => known('other'), zone))).toBe(textOf(second))
    expect(slotsOf(template)).toHaveLength(4)
  })

  test('what a value says is never read as a slot', () => {
    const sly = '{{ lock.wearerUsername }} {{ did | duration }} }} {{'
    const looked: string[] = []
    const look = (name: string): Saw => {
      looked.push(name)
      return known(name === 'lock.lockTitle' ? sly : 'secret')
    }
    const once = fill(templateOf('Title {{ lock.lockTitle }}!'), look, zone)
    const twice = fill(JSON.parse(JSON.stringify(once)) as Template, look, zone)
    expect(textOf(twice)).toBe(`Title ${sly}!`)
    expect(slotsOf(twice)).toEqual([])
    expect(looked).toEqual(['lock.lockTitle'])
    expect(rendered('{{ a }}{{ b }}', { a: '{{ b', b: ' }}' })).toBe('{{ b }}')
    expect(rendered('{{ a }}', { a: ['{{ b }}', '$&'] })).toBe('{{ b }}, $&')
  })

  test('texts around slots come through letter by letter', () => {
    const plain = fc.string().filter((text) => !text.includes('{') && !text.includes('}'))
    fc.assert(
      fc.property(plain, fc.string(), plain, (before, value, after) => {
        expect(rendered(`${before}{{ a }}${after}`, { a: value })).toBe(before + value + after)
      }),
    )
  })
})

test.each([null, undefined, 1, 'text', [], {}, { template: 'text' }])('%j is no template', (value) => {
  expect(isTemplate(value)).toBe(false)
})
