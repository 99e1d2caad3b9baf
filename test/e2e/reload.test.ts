// Rules, limits and tokens are taken up while the daemon runs, all or nothing; inputs are pressed from outside.
import { describe, expect, test } from 'vitest'
import { config, household } from './daemon.ts'
import { openServices } from './services.ts'

const onPoints = (id: string, points: number, then: string): string =>
  `rules:\n  - id: ${id}\n    when: lock.taskPoints > ${points}\n    then: [ ${then} ]\n`

describe.concurrent('files that change under the daemon', () => {
  test('a rule that is added is taken up, and fires', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { one: onPoints('one', 100, 'log: one') } })
    const daemon = home.start('run')
    await daemon.says(/watching with 1 rule/)
    home.write('rules/two.yaml', onPoints('two', -1, 'log: two'))
    await daemon.says(/read again: 2 rules/)
    await daemon.until('the log', () => services.posts().some(({ body }) => JSON.stringify(body).includes('two')))
  })

  test('with one fault in any file all rules from before stay, and the fault is told with its place', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { one: onPoints('one', 5, 'log: one') } })
    const daemon = home.start('run')
    await daemon.says(/watching with 1 rule/)
    home.write('rules/one.yaml', onPoints('one', -1, 'log: changed'))
    home.write('rules/two.yaml', 'rules:\n  - id: two\n    when: lock.frozn is true\n    then: [ unfreeze ]\n')
    await daemon.says(/rules\/two\.yaml:3:11: unknown fact/)
    await daemon.says(/stay in force/)
    const status = await home.run(['status'])
    expect(status.out).toMatch(/rules\/two\.yaml:3:11: unknown fact "lock\.frozn"/)
    services.points = 6
    await daemon.until('the log', () => services.posts().length > 0)
    expect(JSON.stringify(services.posts().map(({ body }) => body))).toContain('"one"')
    home.write('rules/two.yaml', onPoints('two', -1, 'log: two'))
    await daemon.says(/read again: 2 rules/)
    await daemon.until('the other', () => JSON.stringify(services.posts().map(({ body }) => body)).includes('two'))
  })

  test('an edit does not fire again what has fired; a smaller limit holds at once', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { one: onPoints('one', -1, 'add_time: 10m') } })
    const daemon = home.start('run')
    await daemon.until('the addition', () => services.done.includes('time 600'))
    const smaller = config(services, { rules: { one: '' }, limits: { allow: ['log'] } })
    home.write('config.yaml', JSON.stringify(smaller))
    home.write(
      'rules/one.yaml',
      `${onPoints('one', -2, 'add_time: 20m')}  - id: two\n    when: lock.taskPoints > 6\n    then: [ add_time: 5m ]\n`,
    )
    await daemon.says(/read again: 2 rules/)
    services.points = 7
    await daemon.until('the refusal', async () =>
      (await home.history()).some(({ rule, note }) => rule === 'two' && /limits\.allow/.test(String(note))),
    )
    expect(services.done).toEqual(['time 600'])
  })

  test('a token file that changes is used at once, after the old one was refused', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { one: onPoints('one', -1, 'log: one') } })
    home.write('secrets/token', 'not-the-token-1234\n')
    const given = JSON.stringify(config(services, { rules: { one: '' } }))
    const written = /"chastify":\{"token":"([^"]+)"/
    home.write('config.yaml', given.replace(written, '"chastify":{"token_file":"./secrets/token"'))
    const daemon = home.start('run')
    await daemon.says(/nothing more is sent with this token/)
    home.write('secrets/token', `${written.exec(given)?.[1]}\n`)
    await daemon.says(/the token of chastify was read again/)
    await daemon.until('the log', () => services.posts().length === 1)
  })
})

describe.concurrent('inputs', () => {
  const rules = {
    one: `inputs:
  vacation: { type: switch }
  checkin: { type: button, by: [wearer] }
rules:
  - id: asked
    when: input.checkin rises
    then: [ log: thanks ]
  - id: away
    when: input.vacation is true
    then: [ log: away ]
`,
  }

  test('a press and a switch fire rules, each once; survive a restart', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const daemon = home.start('run')
    await daemon.says(/rule asked is silent|the lock is|watching/)
    await daemon.until('a reading', () => services.gets('/api/apps/v1/session').length > 1)
    expect(await home.run(['set', 'checkin'])).toMatchObject({ code: 0, out: 'main: checkin was pressed\n' })
    expect(await home.run(['set', 'vacation', 'on'])).toMatchObject({ code: 0 })
    await daemon.until('both logs', () => services.posts().length === 2)
    await daemon.term()
    const again = home.start('run')
    await again.until('the socket', async () => (await home.run(['health'])).code === 0)
    expect((await home.run(['facts'])).out).toMatch(/input\.vacation\s+true/)
    expect(services.posts().length).toBe(2)
  })

  test('a wrong name or position is refused in one line', async () => {
    await using services = await openServices()
    await using home = household(services, { rules })
    const none = await home.run(['set', 'checkin'])
    expect(none).toMatchObject({ code: 1 })
    const daemon = home.start('run')
    await daemon.says(/watching/)
    await daemon.until('the socket', async () => (await home.run(['health'])).code === 0)
    expect(await home.run(['set', 'vacaton', 'on'])).toMatchObject({ code: 1 })
    expect((await home.run(['set', 'vacaton', 'on'])).err).toMatch(/did you mean vacation\?/)
    expect((await home.run(['set', 'vacation', 'maybe'])).err).toMatch(/set it to on or off/)
  })
})

describe.concurrent('rules about time act at their moment, whatever the poll', () => {
  test('for: 2s is not left to the next poll', async () => {
    await using services = await openServices()
    const rules = { one: 'rules:\n  - id: one\n    when: lock.active is true\n    for: 2s\n    then: [ log: one ]\n' }
    await using home = household(services, { rules, lock: { poll: { chastify: '1h' } } })
    const daemon = home.start('run')
    await daemon.until('the log', () => services.posts().length === 1)
    expect(services.gets('/api/apps/v1/session').length).toBeLessThan(5)
  })
})

describe.concurrent('what the wearer agreed to', () => {
  test('tighter limits hold at once although a rule file is broken', async () => {
    await using services = await openServices()
    await using home = household(services, { rules: { one: onPoints('one', 5, 'add_time: 10m') } })
    const daemon = home.start('run')
    await daemon.says(/watching with 1 rule/)
    home.write('rules/broken.yaml', 'rules: [ {')
    await daemon.says(/stay in force/)
    home.write('config.yaml', JSON.stringify(config(services, { rules: { one: '' }, limits: { allow: ['log'] } })))
    await daemon.until('both broken and tightened', () => daemon.said.match(/stay in force/g)?.length === 2)
    services.points = 6
    await daemon.until('the refusal', async () =>
      (await home.history()).some(({ rule, note }) => rule === 'one' && /limits\.allow/.test(String(note))),
    )
    expect(services.done).toEqual([])
  })
})
