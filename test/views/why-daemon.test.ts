import { expect, test } from 'vitest'
import { household } from '../e2e/daemon.ts'
import { openServices } from '../e2e/services.ts'

const rules = {
  two: `rules:
  - id: ten-more
    description: Ten minutes more
    when: lock.frozen is false
    then: [add_time: 10m]
  - id: frozen
    when: lock.frozen is true
    then: [log: Frozen]
`,
}

test('why asks the running daemon', async () => {
  await using services = await openServices()
  await using home = household(services, { rules })
  const daemon = home.start('run')
  await daemon.until('its action', () => services.posts().length > 0)

  const frozen = await home.run(['why', 'frozen'])
  expect(frozen.code).toBe(0)
  expect(frozen.out).toContain('It waits for lock.frozen is true; it is ')
  expect(frozen.out).toContain('✗ lock.frozen is true')

  const ten = await home.run(['why', 'ten-more', '--lock', 'main'])
  expect(ten.out).toMatch(/^ten-more: Ten minutes more \(lock main, live\)\nIt fired once on this lock, last /)
  expect(await home.json(['why', 'frozen'])).toMatchObject([{ lock: 'main', rule: 'frozen', fired: { times: 0 } }])

  expect(await home.run(['why', 'ten-mor'])).toMatchObject({
    code: 1,
    all: 'lockwarden: there is no rule "ten-mor"; did you mean ten-more?\n',
  })
  expect((await home.run(['why', 'frozen', '--lock', 'man'])).all).toContain('there is no lock "man"')
})
