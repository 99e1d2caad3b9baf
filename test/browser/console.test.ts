// The pages in a real browser, against the real daemon and the simulated services.
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { confirmedMs } from '../../src/console/session.ts'
import { House, passwords, until } from '../console/house.ts'
import { hasBrowser, startBrowser } from './browser.ts'
import { Visitor } from './visitor.ts'

const rules = `inputs:
  vacation: { type: switch, by: [keyholder, wearer] }
  checkin: { type: button, by: [wearer] }
rules:
  - id: point
    description: Every point costs five minutes
    when: lock.taskPoints rises
    limit: 3 per day
    then:
      - add_time: 5m
  - id: bedtime
    at: "22:30"
    when:
      - lock.frozen is false
      - any: [ lock.timeRemainingSeconds > 1d, tracker.locked is true ]
    then:
      - freeze: { until: "07:00" }
`

/** Too small to be told from a reading: whether it happened is a person's to say. */
const unsure = `inputs: { checkin: { type: button } }
rules:
  - id: adds
    when: input.checkin rises
    then: [ add_time: 5s ]
`

describe.skipIf(!hasBrowser)('the console', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())
  afterEach(() => void vi.restoreAllMocks())

  test('how old the newest backup is stands among what must go, and that none could be made for two nights', async () => {
    await using house = await House.open()
    const visitor = await Visitor.of(browser, house)
    const line = visitor.page.getByRole('listitem').filter({ hasText: 'Backups' })
    await visitor.signIn('wearer')
    await line.getByText('None yet.').waitFor()
    const made = (hours: number) => {
      const stamp = new Date(Date.now() - hours * 3_600_000).toISOString().replace(/[-:]|\.\d+/g, '')
      house.write(`data/backups/lockwarden-${stamp}.backup`, '')
    }
    made(3 * 24)
    await visitor.page.reload()
    await line.getByText('The newest is 3 d old.').waitFor()
    expect(await line.textContent()).toContain('Trouble')
    made(5)
    await visitor.page.reload()
    await line.getByText('The newest is 5 h old.').waitFor()
    expect(await line.textContent()).toContain('Kept')
    await visitor.leave()
  })

  test('a keyholder adds a rule from an example, sees what would come of it, and sees it fire', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await page.getByLabel('Password').fill('a wrong one')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('This is not the password.').waitFor()
    await visitor.signIn('keyholder')
    await page.getByRole('heading', { name: 'Weekend Challenge of alice' }).waitFor()
    expect(await page.getByRole('timer').textContent()).toMatch(/^5 d \d\d:\d\d:\d\d$/)

    await visitor.open('Rules')
    await page.getByRole('link', { name: 'Add a rule from an example' }).click()
    await page.getByRole('link', { name: /the last hour has begun/ }).click()
    const least = page.getByLabel(/^When: how long the lock still runs, less than/)
    expect(await least.inputValue()).toBe('1h')
    await least.fill('five minutes')
    await page.getByRole('button', { name: 'See what it would do' }).click()
    await page.getByText(/a length of time such as 45m/).waitFor()
    expect(await least.getAttribute('aria-invalid')).toBe('true')
    await least.fill('2h')
    await page.getByLabel('Notify: title').fill('Nearly over')
    await page.getByRole('button', { name: 'See what it would do' }).click()
    await page
      .getByText(/less than 2 h/)
      .first()
      .waitFor()
    await page.getByText('No rule would fire at once').waitFor()
    await page.getByRole('heading', { name: /On the recorded readings/ }).waitFor()
    await page.getByText('last-hour: new').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'last-hour' }).waitFor()
    expect(house.read('rules/last-hour.yaml')).toContain('< 2h')

    house.world.lock.addTime(-6 * 86_400)
    await page.locator('#rule-last-hour').getByText('Fired once').waitFor()
    expect(house.world.applied.map(({ call }) => call)).toContain('notify')
    await visitor.open('Timeline')
    await page.getByRole('button', { name: /last-hour/ }).click()
    await page.getByRole('heading', { name: '1 firing of this mark' }).waitFor()
    await page
      .getByText(/^Notified/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: /The rule last-hour/ }).click()
    await page.locator('#why-last-hour').getByText('lock.timeRemainingSeconds < 2h', { exact: true }).waitFor()
    await visitor.leave()
  })

  test('a mistake is named where it is, a save takes effect, a conflict overwrites nothing, and a save is undone', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    const visitor = await Visitor.of(browser, house, { viewport: { width: 1280, height: 800 } })
    const { page } = visitor
    await visitor.signIn('keyholder')
    await visitor.open('Edit')
    await page.getByRole('link', { name: /ours.yaml/ }).click()
    const text = page.getByLabel('Text of ours.yaml')
    await page.getByText('No mistakes.').waitFor()

    await text.fill(rules.replace('taskPoints', 'taskPonts'))
    await page.getByRole('button', { name: /Line 7: unknown fact/ }).click()
    expect(await page.evaluate('document.activeElement.id + " " + getSelection().toString()')).toBe(
      'yaml lock.taskPonts rises',
    )
    await page.keyboard.type('lock.taskP')
    await page.getByRole('option', { name: 'lock.taskPoints', exact: true }).waitFor()
    await page.keyboard.press('Control+ ')
    await page.keyboard.press('Enter')
    await page.keyboard.type('ri')
    await page.getByRole('option', { name: 'rises' }).click()
    await page.getByText('No mistakes.').waitFor()
    expect(await text.inputValue()).toBe(rules.replace('taskPoints rises', 'taskPoints rises '))

    await text.fill(rules.replace('5m', '30m'))
    await page.getByText('No mistakes.').waitFor()
    await page.getByRole('button', { name: 'See what it would do' }).click()
    await page.getByText('More can happen to the wearer than before').waitFor()
    await page.getByRole('heading', { name: /On the recorded readings/ }).waitFor()
    house.write('rules/ours.yaml', `# By hand.\n${rules}`)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Changed on disk meanwhile' }).waitFor()
    await page.getByRole('region', { name: 'On disk now' }).getByText('# By hand.').waitFor()
    expect(house.read('rules/ours.yaml')).toContain('add_time: 5m')
    await page.getByRole('button', { name: 'Go on with mine' }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Earlier versions' }).waitFor()
    expect(house.read('rules/ours.yaml')).toContain('add_time: 30m')

    house.world.lock.patch({ taskPoints: 4 })
    await visitor.open('Now')
    await page.getByText('Added 30 min').waitFor()

    await visitor.go('#/main/edit/ours.yaml')
    await page.getByRole('button', { name: 'Undo the last save' }).click()
    await page.getByText('Taken back.').waitFor()
    expect(house.read('rules/ours.yaml')).toBe(`# By hand.\n${rules}`)
    await visitor.open('Audit')
    await page.getByText('took back ours.yaml').click()
    await page.getByText('+      - add_time: 5m').waitFor()
    await visitor.leave()
  })

  test('a wearer stops, restriction is held, and the wearer alone resumes', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules }, lock: { new_lock: 'ask' } })
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('wearer')
    expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Yes, this is my lock' }).click()
    await page.getByRole('heading', { name: 'A new lock' }).waitFor({ state: 'detached' })
    await page.getByRole('switch', { name: 'Vacation' }).click()
    await page.getByRole('switch', { name: 'Vacation', checked: true }).waitFor()
    await page.getByRole('button', { name: 'Press checkin' }).click()
    await page.getByText('Checkin was pressed.').waitFor()

    await page.getByRole('button', { name: 'Stop' }).click()
    const dialog = page.getByRole('dialog', { name: 'Stop?' })
    await dialog.getByText('It is not an emergency release').waitFor()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Stop now')
    await page.keyboard.press('Enter')
    await page.getByText('The switch is set: nothing restrictive is sent').waitFor()
    house.world.lock.patch({ taskPoints: 4 })
    const row = page.locator('.list li', { has: page.getByRole('link', { name: 'point', exact: true }) })
    await row.first().waitFor()
    expect(house.world.applied).toEqual([])

    await visitor.signOut()
    await visitor.signIn('keyholder')
    await page.getByText('Only the wearer can resume.').first().waitFor()
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0)
    await visitor.signOut()
    await visitor.signIn('wearer')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor({ state: 'detached' })
    house.world.lock.patch({ taskPoints: 5 })
    await page.getByText('Added 5 min').waitFor()

    const keyholder = await house.as('keyholder')
    const { json: file } = await keyholder.ask('/api/rule-files/ours.yaml?lock=main')
    const worse = { lock: 'main', version: file.version, text: rules.replace('5m', '45m') }
    expect((await keyholder.ask('/api/rule-files/ours.yaml', { method: 'PUT', body: worse })).status).toBe(200)
    await page.getByRole('heading', { name: 'The rules may do more than before' }).waitFor()
    await page.getByRole('button', { name: 'I have seen it' }).click()
    await page.getByRole('heading', { name: 'The rules may do more than before' }).waitFor({ state: 'detached' })

    await house.end()
    await page.getByText(/^Offline since \d\d:\d\d/).waitFor()
    await visitor.leave()
  })

  test('for what weighs more the password is asked again; one sees where one is signed in, and changes it', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    const other = await house.as('wearer')
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('wearer')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Stop now' }).click()
    const resume = page.getByRole('button', { name: 'Resume' })
    await resume.waitFor()
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() + confirmedMs + 1000)
    await resume.click()
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor()
    expect(await visitor.barriers()).toEqual([])
    await page.getByRole('button', { name: 'Leave it' }).click()
    await page.getByText('Nothing was done.').waitFor()
    expect(house.has('data/STOP')).toBe(true)
    await resume.click()
    await page.getByLabel('Password').fill('a wrong password')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('This is not the password.').waitFor()
    await page.getByLabel('Password').fill(passwords.wearer)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('Resumed. Actions that were held back meanwhile are not sent.').waitFor()
    expect(house.has('data/STOP')).toBe(false)

    await page.getByRole('link', { name: 'Signed in as wearer' }).click()
    await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
    await page.getByRole('button', { name: 'Sign out a browser, 127.0.0.1' }).click()
    await page.getByText('It is signed out.').waitFor()
    expect((await other.ask('/api/status')).status).toBe(401)
    await page.getByLabel('The present password').fill(passwords.wearer)
    await page.getByLabel('A new one').fill('sunlit gravel 7')
    await page.getByLabel('The new one once more').fill('sunlit gravel 8')
    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('The two new passwords are different.').waitFor()
    await page.getByLabel('The new one once more').fill('sunlit gravel 7')
    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('The password is changed.').waitFor()
    const old = await house.ask('/api/sign-in', { body: { role: 'wearer', password: passwords.wearer } })
    expect(old.status).toBe(401)
    await visitor.open('Rules')
    await visitor.leave()
  })

  test('without a connection a page says so, and goes on by itself when there is one', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await page.route('**/api/events', (route) => route.abort())
    await visitor.signIn('keyholder')
    await page.getByText(/^Offline since \d\d:\d\d/).waitFor()
    await page.unroute('**/api/events')
    await page.getByText(/^Offline since/).waitFor({ state: 'detached' })
    house.world.lock.freeze(3600)
    await page.getByText('Frozen by somebody').waitFor()
    await visitor.leave()
  })

  test('news take nobody’s focus, and fold up nothing that was unfolded', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    await until('a reading', async () => house.world.seen.length > 2)
    house.world.lock.patch({ taskPoints: 4 })
    await until('the rule to fire', async () => house.world.applied.length > 0)
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('keyholder')
    await page.getByText(/^Not used yet/).click()
    await page.getByRole('switch', { name: 'Vacation' }).focus()
    house.world.lock.freeze(3600)
    await page.getByText('Frozen by somebody').waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('input-vacation')
    expect(await page.locator('#limits-unused').getAttribute('open')).toBe('')

    await visitor.open('Timeline')
    const firings = page.locator('.firing')
    await firings.first().locator('summary').click()
    house.world.lock.patch({ taskPoints: 5 })
    await firings.nth(1).waitFor()
    const of =
      "[...document.querySelectorAll('.firing')].map((one) => [one.open, one.contains(document.activeElement)])"
    expect(await page.evaluate(of)).toEqual([
      [false, false],
      [true, true],
    ])
    await visitor.leave()
  })

  test('of several locks one is chosen, and those that were stopped together go on together', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': rules } })
    await house.end()
    const config = JSON.parse(house.read('config.yaml'))
    // The service does not know it, which is no matter here.
    const other = { chastify: { ...config.locks.main.chastify, token: 'another-token-of-nobody' } }
    house.write('config.yaml', JSON.stringify({ ...config, locks: { ...config.locks, other } }))
    await house.start()
    const wearer = await house.as('wearer')
    await wearer.ask('/api/stop', { body: {} })
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('wearer')
    const lock = page.getByLabel('Lock', { exact: true })
    await lock.selectOption('other')
    await page.waitForURL(/#\/other\/now/)
    await visitor.open('Rules')
    expect(await lock.inputValue()).toBe('other')
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByText('All locks were stopped together').waitFor()
    await page.getByRole('button', { name: 'Resume all locks' }).click()
    await page.getByText('Resumed. Actions that were held back').waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor()
    await page.goBack()
    await page.goBack()
    await page.waitForURL((url) => !url.hash.startsWith('#/other'))
    await expect.poll(() => lock.inputValue()).toBe('main')
    await visitor.leave()
  })

  test('what may or may not have happened is asked, and answered by a button', async () => {
    await using house = await House.open({ rules: { 'ours.yaml': unsure } })
    house.world.fault({ call: 'add_time', kind: 'drop-after', times: 1 })
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('keyholder')
    await page.getByRole('button', { name: 'Press checkin' }).click()
    await page.getByRole('heading', { name: 'Did this happen?' }).waitFor()
    await page.getByRole('button', { name: 'Leave it' }).click()
    await page.getByText('1 action may or may not have happened.').waitFor()
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText('Only the wearer can say no.').waitFor()
    expect(await page.getByRole('button', { name: 'No', exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'Yes', exact: true }).click()
    await page.getByRole('heading', { name: 'Did this happen?' }).waitFor({ state: 'detached' })
    await visitor.leave()
    const other = await Visitor.of(browser, house)
    await other.signIn('wearer')
    const told = other.page.getByRole('heading', { name: 'The keyholder said what became of 1 action' })
    await told.waitFor()
    await other.page.getByText('adds: add_time 5 s happened').waitFor()
    await other.page.getByRole('button', { name: 'I have seen it' }).click()
    await told.waitFor({ state: 'detached' })
    await other.leave()
  })

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test('nothing shuts anybody out, everything fits, and every target has room for a finger', async () => {
      await using house = await House.open({ rules: { 'ours.yaml': rules } })
      await until('a reading', async () => house.world.seen.length > 2)
      house.world.lock.patch({ taskPoints: 4 })
      await until('the rule to fire', async () => house.world.applied.length > 0)
      const visitor = await Visitor.of(browser, house, { colorScheme, viewport: { width: 360, height: 740 } })
      const { page } = visitor
      const found: Record<string, unknown> = {}
      // A page that is being drawn anew is looked at again: trouble that stays is trouble.
      const look = async (name: string) => {
        for (let looks = 0; looks < 3; looks++) {
          const trouble = {
            barriers: await visitor.barriers(),
            wide: await visitor.isTooWide(),
            small: await visitor.small(),
          }
          delete found[name]
          if (!trouble.wide && trouble.barriers.length + trouble.small.length === 0) return
          found[name] = trouble
          await page.waitForTimeout(500)
        }
      }
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await look('sign in')
      await visitor.signIn('keyholder')
      await look('now')
      await page.getByRole('button', { name: 'Stop' }).click()
      await look('stop')
      await page.keyboard.press('Escape')
      await visitor.open('Timeline')
      await page.locator('.firing summary').first().click()
      await look('timeline')
      await visitor.open('Rules')
      await page.locator('#why-bedtime summary').click()
      await page.locator('#why-bedtime').getByText('Its condition').waitFor()
      await look('rules')
      await visitor.open('Edit')
      await look('files')
      await page.getByRole('link', { name: /ours.yaml/ }).click()
      await page.getByText('No mistakes.').waitFor()
      await page.getByLabel('Text of ours.yaml').fill(rules.replace('taskPoints rises', 'taskPonts rises'))
      await page.getByRole('button', { name: /Line 7/ }).waitFor()
      await look('editor')
      await page.getByLabel('Text of ours.yaml').fill(rules.replace('5m', '50m'))
      await page.getByText('No mistakes.').waitFor()
      await page.getByRole('button', { name: 'See what it would do' }).click()
      await page.getByRole('heading', { name: /On the recorded readings/ }).waitFor()
      await look('preview')
      house.write('rules/ours.yaml', `# By hand.\n${rules}`)
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByRole('heading', { name: 'Changed on disk' }).waitFor()
      await look('conflict')
      await visitor.go('#/main/example')
      await page.getByRole('heading', { name: 'Add a rule' }).waitFor()
      await look('examples')
      await page.getByRole('link', { name: /Six hours without/ }).click()
      await page.getByRole('heading', { name: 'Six hours without' }).waitFor()
      await look('example')
      await visitor.open('Audit')
      await look('audit')
      await page.getByRole('link', { name: 'Signed in as keyholder' }).click()
      await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
      await look('you')
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.getByRole('button', { name: 'Stop now' }).click()
      await page.getByText('Only the wearer can resume.').first().waitFor()
      await look('stopped')
      expect(found).toEqual({})
      await visitor.leave()
    })
  })
})
