// Status and history as a person and a program see them, of a running daemon and of one that has ended.
import { describe, expect, test } from 'vitest'
import { household } from './daemon.ts'
import { openServices } from './services.ts'

const session = '/api/apps/v1/session'
const rules = {
  one: `rules:
  - id: ten-more
    when: lock.frozen is false
    then: [add_time: 10m, log: Ten more]
  - id: word
    when: lock.taskPoints > 5
    then: [log: A word]
  - id: later
    enabled: false
    when: lock.frozen is true
    then: [log: Later]
`,
}

type Line = { readonly id: string; readonly rule: string; readonly action: string; readonly state: string }

describe.concurrent('status', () => {
  test('of a dry run names what going live would fire, and sends nothing by asking', async () => {
    await using services = await openServices()
    await using home = household(services, { rules, mode: 'dry-run', tracker: true })
    const daemon = home.start('run')
    await daemon.says(/rule ten-more fires/)
    expect(await home.json(['status'])).toMatchObject({
      locks: [{ mode: 'dry-run', goingLive: { fires: ['ten-more'], standstill: null } }],
    })
    services.points = 6
    await daemon.says(/rule word fires/)
    const { out } = await home.run(['status'])
    expect(out).toMatch(/ {2}going live now would fire at once: ten-more, word$/m)
    expect(services.posts()).toEqual([])
  })

  test('tells age, requests, limits used and what is switched off, in narrow lines', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.until('two actions', () => services.done.length === 2)
    await daemon.until('a reading after them', () => services.gets(session).length >= 3)
    const { out } = await home.run(['status'])
    expect(out).toMatch(/^ {2}chastify: answers, read \d+ s ago$/m)
    expect(out).toMatch(/^ {2}tracker: not configured$/m)
    expect(out).toMatch(/added today 10 min of 3 h, on this lock 10 min of 3 d; actions this hour 2 of 20/)
    expect(out).toMatch(/chastify \d+ of 150 reads, 2 of 20 actions in the last minute, \d+ reads in a day/)
    expect(out).toMatch(/^ {2}switched off \(--all shows more\): later$/m)
    expect((await home.run(['status', '--all'])).out).toMatch(/^ {2}rule later: switched off; never fired/m)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})

describe.concurrent('history', () => {
  test('names each action, and is filtered alike with a daemon and without', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.until('two actions', () => services.done.length === 2)
    await daemon.until('their answers', () => [...daemon.said.matchAll(/"state":"applied"/g)].length >= 2)
    const look = async (...words: string[]) =>
      ((await home.json(['history', ...words])) as readonly Line[]).map(({ rule, action }) => `${rule} ${action}`)
    const both = async () => {
      expect(await look('--rule', 'ten-more')).toEqual(['ten-more log', 'ten-more add_time'])
      expect(await look('--rule', 'word')).toEqual([])
      expect(await look('--state', 'applied', '--most', '1')).toEqual(['ten-more log'])
      expect(await look('--state', 'refused')).toEqual([])
      expect(await look('--since', '1h')).toEqual(['ten-more log', 'ten-more add_time'])
      expect(await look('--since', '2099-01-01')).toEqual([])
      expect((await home.run(['history', '--state', 'refused'])).out).toBe('nothing like that was done\n')
    }
    await both()
    const lines = (await home.json(['history'])) as readonly Line[]
    for (const { id } of lines) expect(id).toMatch(/^[0-9a-z]{8}$/)
    expect((await home.run(['history'])).out).toContain(`  ${lines[0]?.id}  ten-more  log`)
    await daemon.term()
    await both()
    expect(await home.json(['history'])).toEqual(lines)
  })

  test.each([
    ['a state that is none', ['--state', 'aplied'], /did you mean applied\?/],
    ['a since that is none', ['--since', 'yesterday'], /since: "yesterday" is not a length of time such as 7d/],
    ['a since that is a mere number', ['--since', '20'], /7d/],
    ['a rule that is none', ['--rule', 'ten-mor'], /there is no rule "ten-mor"; did you mean ten-more\?/],
    ['a lock that is none', ['--lock', 'man'], /there is no lock "man"; did you mean main\?/],
    ['more lines than one answer has', ['--most', '1001'], /most: "1001" is not a whole number from 1 to 1000/],
  ])('%s is wrong usage, with a daemon and without', async (_, words, expected) => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const look = async () => {
      const said = await home.run(['history', ...words])
      expect([said.code, said.out]).toEqual([2, ''])
      expect(said.err).toMatch(expected)
    }
    await look()
    const daemon = home.start('run')
    await daemon.until('two actions', () => services.done.length === 2)
    await look()
  })
})
