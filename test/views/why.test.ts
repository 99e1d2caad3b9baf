import { describe, expect, test } from 'vitest'
import { limitsOf } from '../../src/core/acting/limits.ts'
import type { Instant } from '../../src/core/calendar/time.ts'
import { emptyKept } from '../../src/core/model/kept.ts'
import { nothingSeen } from '../../src/core/model/passing.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import type { Step } from '../../src/core/step.ts'
import { parseYaml } from '../../src/document/yaml.ts'
import { readFacts } from '../../src/replay/facts.ts'
import { replay } from '../../src/replay/replay.ts'
import { World } from '../../src/replay/world.ts'
import { createChance } from '../../src/services/chance.ts'
import { services } from '../../src/services/index.ts'
import { sayDecision, showWhy, whyLines } from '../../src/views/why.ts'
import { Bench, rulesOf as rulesIn } from '../core/bench.ts'
import { rule, rulesOf, zone } from '../replay/support.ts'

const start = Date.parse('2026-02-28T07:00:00Z')
const minute = 60_000

/** What `why` says of rule `r` so long after eight o'clock, with these facts; `later` are set at nine. */
async function why(rules: RuleSet, facts: string, after: number, later = ''): Promise<string[]> {
  const world = new World({
    catalogue: rules.catalogue,
    lockTopic: 'chastify.session',
    everyMs: 5 * minute,
    chance: createChance(1),
  })
  const set = (text: string, now: Instant) => {
    const { document } = parseYaml('facts.yaml', text)
    if (!document) throw new Error('no facts')
    const reading = { document, catalogue: rules.catalogue, zone, faults: [] }
    world.set(readFacts(reading, document.value as Record<string, string>, []), now)
    return []
  }
  let last: Step | null = null
  const end = start + after
  const kept = await replay(
    {
      rules,
      order: {
        lock: 'main',
        mode: 'live',
        zone,
        limits: limitsOf([], zone),
        services: services.map((service) => world.serve(service)),
        polls: new Map([['chastify.session', { everyMs: 5 * minute }]]),
        expect: null,
        newLock: 'auto',
      },
      seed: 'x',
      start,
      end,
      ground: {
        nextReading: (now) => ({
          at: start + (Math.floor((now - start) / (5 * minute)) + 1) * 5 * minute,
          topics: 'all' as const,
        }),
        read: world.read.bind(world),
        send: world.send.bind(world),
      },
      happenings: [
        { at: start, happens: (now) => set(facts, now) },
        ...(later ? [{ at: start + 60 * minute, happens: (now: Instant) => set(later, now) }] : []),
      ],
    },
    (made) => {
      last = made
    },
  )
  const passing = (last as Step | null)?.passing ?? nothingSeen
  const one = rules.byId.get('r')
  if (!one) throw new Error('no rule r')
  return whyLines(showWhy({ lock: 'main', mode: 'live', rule: one, kept, passing, standstill: null, now: end, zone }))
}

describe('every silence in plain words', () => {
  const on = '{ lock.unlockable: true, lock.frozen: false, lock.timeRemainingSeconds: 2d }'
  test.each<[string, string, string, number, string, readonly string[]]>([
    [
      'condition false',
      'when: [lock.unlockable is true, lock.frozen is true]\nthen: [log: x]',
      on,
      2 * minute,
      '',
      [
        'It never fired on this lock.',
        'It does not fire now: its condition is not true.',
        'It waits for lock.frozen is true; it is false.',
        '  ✓ lock.unlockable is true (it is true, read 2 min ago)',
        '  ✗ lock.frozen is true (it is false, read 2 min ago)',
      ],
    ],
    [
      'condition unknown',
      'when: [lock.unlockable is true, lock.trusted is true]\nthen: [log: x]',
      on,
      minute,
      '',
      [
        'It does not fire now: whether its condition is true is not known, and what is unknown never fires.',
        'It waits for lock.trusted is true; it is unknown (not sent by the service).',
        '  ? lock.trusted is true (it is unknown (not sent by the service), read 1 min ago)',
      ],
    ],
    [
      'disabled',
      'enabled: false\nwhen: lock.unlockable is true\nthen: [log: x]',
      on,
      0,
      '',
      ['It does not fire now: it is switched off (enabled: false).'],
    ],
    [
      'for',
      'when: lock.unlockable is true\nfor: 30m\nthen: [log: x]',
      on,
      12 * minute,
      '',
      [
        'It does not fire now: its condition is true, but not for long enough yet ("for").',
        '12 of 30 min have passed; the rest ends 2026-02-28 08:30:00 if nothing changes.',
      ],
    ],
    [
      'had its turn',
      'when: lock.unlockable is true\nthen: [log: x]',
      on,
      12 * minute,
      '',
      [
        'It fired once on this lock, last 2026-02-28 08:00:00:',
        '  log: applied',
        'It does not fire now: it had its turn, and waits for its condition to become false first.',
        'It waits for "lock.unlockable is true" to be no longer so; it is true.',
      ],
    ],
    [
      'repeat',
      'when: lock.unlockable is true\nrepeat: 2h\nthen: [log: x]',
      on,
      30 * minute,
      '',
      [
        'It does not fire now: it had its turn, and its next one has not come yet ("repeat").',
        '30 min of 2 h have passed; the rest ends 2026-02-28 10:00:00 if nothing changes.',
      ],
    ],
    [
      'cooldown',
      'when: lock.taskPoints in 1, 3\ncooldown: 6h\nthen: [log: x]',
      '{ lock.taskPoints: [1, 2, 3] }',
      15 * minute,
      '',
      [
        'It does not fire now: it fired too short a while ago ("cooldown").',
        'It may fire again from 2026-02-28 14:00:00 on.',
      ],
    ],
    [
      'limit',
      'when: lock.taskPoints in 1, 3\nlimit: 1 per day\nthen: [log: x]',
      '{ lock.taskPoints: [1, 2, 3] }',
      15 * minute,
      '',
      [
        'It does not fire now: it fired as often as it may ("limit"): 1 per day.',
        'It may fire again from 2026-03-01 00:00:00 on.',
      ],
    ],
    [
      'limit for the lock',
      'when: lock.taskPoints in 1, 3\nlimit: 1 per lock\nthen: [log: x]',
      '{ lock.taskPoints: [1, 2, 3] }',
      15 * minute,
      '',
      ['For as long as this lock lasts.'],
    ],
    [
      'only_if false',
      'when: lock.unlockable is true\nonly_if: lock.frozen is true\nthen: [log: x]',
      on,
      0,
      '',
      [
        'It does not fire now: it was due, but its "only_if" was not true; that turn is used up.',
        'It waits for lock.frozen is true; it is false.',
        'Asked when it is due (only_if):',
        '  ✗ lock.frozen is true (it is false, read 0 s ago)',
        'Its last turn that came to nothing was at 2026-02-28 08:00:00: it was due, but its "only_if" was not true; that turn is used up.',
      ],
    ],
    [
      'only_if unknown',
      'when: lock.unlockable is true\nonly_if: lock.trusted is true\nthen: [log: x]',
      on,
      0,
      '',
      ['It does not fire now: it was due, but whether its "only_if" is true was not known; that turn is used up.'],
    ],
    [
      'chance',
      'when: lock.unlockable is true\nchance: 0.001%\nthen: [log: x]',
      on,
      0,
      '',
      ['It does not fire now: it was due, but the draw went against it ("chance"); that turn is used up.'],
    ],
    [
      'not its moment',
      'at: "21:00"\nthen: [log: x]',
      on,
      0,
      '',
      [
        'It does not fire now: it looks only at certain moments ("at"), and this is none of them.',
        'Its next moment is 2026-02-28 21:00:00.',
      ],
    ],
    [
      'groups',
      'when: { any: [ lock.frozen is true, { all: [lock.unlockable is true, lock.taskPoints > 3, { not: lock.trusted is true }] } ] }\nthen: [log: x]',
      '{ lock.unlockable: true, lock.frozen: false, lock.taskPoints: 1, lock.trusted: true }',
      0,
      '',
      [
        'It waits for lock.frozen is true; it is false.',
        '  ✗ one of:',
        '    ✗ lock.frozen is true (it is false, read 0 s ago)',
        '    ✗ all of:',
        '      ✓ lock.unlockable is true (it is true, read 0 s ago)',
        '      ✗ lock.taskPoints > 3 (it is 1, read 0 s ago)',
        '      ✗ not:',
        '        ✓ lock.trusted is true (it is true, read 0 s ago)',
      ],
    ],
    [
      'another fact',
      'when: lock.timeRemainingSeconds > lock.maxTimeRemainingSeconds\nthen: [log: x]',
      '{ lock.frozen: true, lock.timeRemainingSeconds: 2h, lock.maxTimeRemainingSeconds: 3h }',
      0,
      '',
      ['It waits for lock.timeRemainingSeconds > lock.maxTimeRemainingSeconds; it is 2 h against 3 h.'],
    ],
    [
      'a change',
      'when: lock.frozen becomes true\nthen: [log: x]',
      '{ lock.frozen: true }',
      5 * minute,
      '',
      ['It waits for lock.frozen becomes true; it is true and did not just change so.'],
    ],
    [
      'a firing',
      'when: lock.frozen becomes true\nthen: [log: x]',
      '{ lock.frozen: false }',
      60 * minute,
      '{ lock.frozen: true }',
      ['It fired just now.', 'It fired once on this lock, last 2026-02-28 09:00:00:'],
    ],
  ])('%s', async (_, keys, facts, after, later, lines) => {
    const said = await why(rule(keys), facts, after, later)
    for (const line of lines) expect(said).toContain(line)
  })

  test('step full', async () => {
    const rules = rulesOf(`rules:
  - { id: a, when: lock.frozen is true, then: [log: a, log: b, log: c] }
  - { id: r, when: lock.frozen is true, then: [log: a, log: b, log: c] }`)
    const said = await why(rules, '{ lock.frozen: true }', 0)
    expect(said.some((line) => line.includes('limits.actions.per_step'))).toBe(true)
  })
})

test('a moment that waits for its reading', () => {
  const { rules } = rule('at: "08:00"\nthen: [log: x]')
  const one = rules[0]
  if (!one) throw new Error('no rule')
  const waits = { rule: 'r', fires: false, why: 'waiting for a reading', until: start, detail: '' } as const
  expect(sayDecision(waits, zone)).toBe('its moment has come, and it waits for a reading made since')
  const running = {
    lock: 'main',
    mode: 'live',
    rule: one,
    kept: emptyKept('x'),
    standstill: null,
    now: start,
    zone,
  } as const
  const shown = showWhy({ ...running, passing: { ...nothingSeen, decisions: [waits] } })
  expect(shown.wait).toBe('it is the moment of 2026-02-28 08:00:00')
})

test('what stands still, and what was never judged', () => {
  const rules = rule('description: A rule\nwhen: lock.frozen is true\nthen: [log: x]')
  const one = rules.rules[0]
  if (!one) throw new Error('no rule')
  const shown = showWhy({
    lock: 'main',
    mode: 'dry-run',
    rule: one,
    kept: emptyKept('x'),
    passing: nothingSeen,
    standstill: 'not accepted',
    now: start,
    zone,
  })
  expect(whyLines(shown)).toEqual([
    'r: A rule (lock main, dry-run)',
    'It never fired on this lock.',
    'Nothing is decided at all now: the lock is new, and its wearer has not said yes to it ("lockwarden accept").',
    'It was not judged since the daemon started.',
  ])
})

test('what is not known any more has no tick', async () => {
  const known = rulesIn('rules:\n  - { id: r, when: lock.taskPoints > 0, then: [{ log: a }] }\n')
  const b = new Bench(known)
  b.world.set({ taskPoints: 1 })
  await b.until({ later: 2 * minute })
  const line = () => {
    const one = known.byId.get('r')
    if (!one) throw new Error('no rule')
    const { kept, passing, now } = b
    return whyLines(showWhy({ lock: 'main', mode: 'live', rule: one, kept, passing, standstill: null, now, zone }))
      .find((text) => text.includes('lock.taskPoints > 0 ('))
      ?.trim()
  }
  expect(line()).toMatch(/^✓ lock\.taskPoints > 0 \(it is 1/)
  b.world.broken = { chastify: 'unreachable' }
  await b.until({ later: 10 * minute })
  expect(line()).toMatch(/^\? lock\.taskPoints > 0 \(it is unknown \(too old\)/)
})
