// Somebody with a browser, and what must never happen while they look at the pages.

import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Role } from '../../src/config/console.ts'
import { type House, passwords } from '../console/house.ts'

export class Visitor {
  readonly page: Page
  readonly #house: House
  readonly #troubles: string[] = []
  readonly #elsewhere: string[] = []

  private constructor(page: Page, house: House) {
    this.page = page
    this.#house = house
    page.on('pageerror', ({ message }) => this.#troubles.push(message))
    page.on('console', (message) => {
      // A browser notes each answer that is an error; those are looked at by the pages themselves.
      const isAnswer = /^Failed to load resource: (?:the server responded|net::ERR_(?:CONNECTION|INCOMPLETE|FAILED))/
      if (message.type() === 'error' && !isAnswer.test(message.text())) this.#troubles.push(message.text())
    })
    page.on('request', (request) => {
      const { origin } = new URL(request.url())
      if (origin !== house.origin) this.#elsewhere.push(request.url())
    })
  }

  static async of(browser: Browser, house: House, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options })
    context.setDefaultTimeout(60_000)
    const visitor = new Visitor(await context.newPage(), house)
    await visitor.page.goto(house.origin)
    return visitor
  }

  async signIn(role: Role): Promise<void> {
    const { page } = this
    await page.getByRole('radio', { name: role }).check()
    await page.getByLabel('Password').fill(passwords[role])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'What happens next' }).waitFor()
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: 'Sign out' }).click()
    await this.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  }

  async open(page: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: page }).click()
    await this.page.getByRole('heading', { level: 1, name: page }).waitFor({ state: 'attached' })
  }

  /** Goes to an address of the pages, such as `#/main/edit/ours.yaml`. */
  async go(hash: string): Promise<void> {
    await this.page.goto(`${this.#house.origin}/${hash}`)
  }

  /** What of the page as it is shuts people out, seriously: wrong contrasts, controls without names. */
  async barriers(): Promise<string[]> {
    const found = (await this.page.evaluate(`${axe.source}; axe.run({ resultTypes: ['violations'] })`)) as {
      violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
    }
    return found.violations.flatMap(({ id, impact, nodes }) =>
      impact === 'serious' || impact === 'critical'
        ? nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)
        : [],
    )
  }

  /** Whether everything fits into the width of the screen. */
  async isTooWide(): Promise<boolean> {
    const { page } = this
    return (await page.evaluate(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    )) as boolean
  }

  /** Buttons and links of the page that are lower than a finger is wide, but for links in the middle of a text. */
  async small(): Promise<string[]> {
    return (await this.page.evaluate(`[...document.querySelectorAll('button, .button, nav a, summary, select, input:not([type=radio]):not(.aside)')]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
      .map((one) => one.outerHTML.slice(0, 120))`)) as string[]
  }

  /** Ends the visit; throws where something was asked from elsewhere, or went wrong in the page. */
  async leave(): Promise<void> {
    expect({ troubles: this.#troubles, elsewhere: this.#elsewhere }).toEqual({ troubles: [], elsewhere: [] })
    await this.page.context().close()
  }
}
