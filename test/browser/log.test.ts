// The log and dead channels in a real browser, against the real daemon.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { House } from '../console/house.ts'
import { hasBrowser, startBrowser } from './browser.ts'
import { Visitor } from './visitor.ts'

describe.skipIf(!hasBrowser)('the console', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  test('shows the last lines of the log, as loud as one wants', async () => {
    await using house = await House.open()
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('keyholder')
    await visitor.open('Audit')
    await page.getByRole('link', { name: 'The log of the daemon' }).click()
    await page.getByRole('heading', { level: 1, name: 'Log' }).waitFor()
    await page.getByText('watching with 1 rule, live').waitFor()
    expect(await visitor.barriers()).toEqual([])
    await page.getByLabel('Show').selectOption('error')
    await page.getByText('watching with 1 rule, live').waitFor({ state: 'detached' })
    await page.getByText('Nothing yet.').waitFor()
    await visitor.leave()
  })

  test('shows a broker that is away on its first page', async () => {
    await using house = await House.open({ config: { mqtt: { url: 'mqtt://127.0.0.1:9' } } })
    const visitor = await Visitor.of(browser, house)
    const { page } = visitor
    await visitor.signIn('wearer')
    await page.getByText('Nothing gets through: mqtt.').waitFor()
    expect(await visitor.barriers()).toEqual([])
    await visitor.leave()
  })
})
