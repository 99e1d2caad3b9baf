// What README.md shows of the program, made from the program: pictures of the console under docs/pictures, and the
// blocks of text below the lines `<!-- from the program: … -->`. `npm run pictures` writes both anew; with `texts`
// only the blocks.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { startApp } from '../src/app/app.ts'
import { pacedClock } from '../src/cli/demo-clock.ts'
import { asPlayed } from '../src/cli/demo-day.ts'
import { makeDemoHome } from '../src/cli/demo-home.ts'
import { program } from '../src/cli/program.ts'
import { loadConfig } from '../src/config/load.ts'
import { loadRules } from '../src/config/rulefiles.ts'
import { instantOf } from '../src/core/calendar/time.ts'
import { startSandbox } from '../src/sandbox/index.ts'
import { services } from '../src/services/index.ts'
import { sayRule } from '../src/views/sentence.ts'

const project = resolve(import.meta.dirname, '..')
const zone = 'Europe/Berlin'

const tooMuch = `rules:
  - id: too-much
    description: Asks for more than was agreed to
    when: lock.active is true
    then:
      - add_time: 5h
      - pillory: 1h
`

/** The texts that README.md shows, by the names they have there. The clock is made up; seconds are left out. Throws where they do not come about. */
export async function texts(): Promise<Record<'sentence' | 'why' | 'limit', string>> {
  const start = instantOf('2026-03-02 14:00', zone) ?? 0
  // It stands nearly still, so that the same is said on a slow machine.
  const clock = pacedClock(0.01, start)
  const seen = { wearerLastSeenTimestamp: start - 7 * 3_600_000, keyholderLastSeenTimestamp: start - 1_200_000 }
  const world = await startSandbox({ clock, chastify: { lock: { timeRemainingSeconds: 200_000, ...seen } } })
  const folder = await mkdtemp(join(tmpdir(), 'lockwarden-texts-'))
  const ending = new AbortController()
  try {
    await mkdir(join(folder, 'rules'))
    await cp(join(project, 'rules/vacation.yaml'), join(folder, 'rules/vacation.yaml'))
    const presence = await readFile(join(project, 'rules/presence.yaml'), 'utf8')
    await writeFile(join(folder, 'rules/presence.yaml'), asPlayed(presence))
    await writeFile(join(folder, 'rules/too-much.yaml'), tooMuch)
    const chastify = { token: world.tokens.chastify, base_url: world.url }
    const written = { version: 1, mode: 'live', timezone: zone, locks: { main: { chastify, new_lock: 'auto' } } }
    const file = join(folder, 'config.yaml')
    await writeFile(file, JSON.stringify(written))
    const app = await startApp(
      { config: await loadConfig(file, {}), log: pino({ level: 'silent' }), clock, from: folder },
      ending.signal,
    )
    const rows = () => app.locks.get('main')?.kept.rows ?? []
    for (let i = 0; i < 500 && rows().filter(({ endedAt }) => endedAt !== null).length < 4; i++) await pause(20)
    if (rows().length < 4) throw new Error('not every action of the examples has ended')
    const say = async (...words: string[]) => {
      const said: string[] = []
      const terminal = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) }
      const around = { env: {}, folder, home: project, person: false, signal: ending.signal, version: '' }
      await program([...words, '--config', file], { ...terminal, ...around })
      return said.join('\n').replaceAll(/(\d\d:\d\d):\d\d/g, '$1')
    }
    const { rules } = await loadRules(join(project, 'rules'), { services, zone }, project)
    const away = rules?.byId.get('away')
    if (!rules || !away) throw new Error('there is no rule away among the examples')
    const sentence = folded(sayRule({ ...away, enabled: true }, { ...rules, zone }))
    return { sentence, why: await say('why', 'away'), limit: await say('history', '--rule', 'too-much') }
  } finally {
    ending.abort()
    await world.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A sentence in lines of the width of this page. */
function folded(text: string): string {
  return text.replaceAll(/(.{1,110})(?: |$)/g, '$1\n').trimEnd()
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds))
}

/** A page with each of its blocks from the program as the program says it. */
export function withTexts(page: string, said: Readonly<Record<string, string>>): string {
  return page.replaceAll(
    /(<!-- from the program: (\w+) -->\n```text\n)[\s\S]*?```/g,
    (_, head: string, name: string) => `${head}${said[name] ?? ''}\n\`\`\``,
  )
}

/** The console on a phone in the afternoon of the demo's day: the page Now, and a rule. */
async function pictures(to: string): Promise<void> {
  const { startBrowser } = await import('../test/browser/browser.ts')
  const clock = pacedClock(1, instantOf('2026-03-02 08:00', zone) ?? 0)
  const lock = { timeRemainingSeconds: 15 * 3600, timeLockedSeconds: 3 * 86_400 }
  const world = await startSandbox({ clock, chastify: { lock } })
  const data = await mkdtemp(join(tmpdir(), 'lockwarden-pictures-'))
  const ending = new AbortController()
  const browser = await startBrowser()
  try {
    const { config, passwords } = await makeDemoHome(data, {
      baseUrl: world.url,
      tokens: world.tokens,
      zone,
      rules: { examples: join(project, 'rules') },
      withConsole: true,
    })
    const log = pino({ level: 'silent' })
    const app = await startApp({ config, log, clock, env: {}, from: data, home: project, version: '' }, ending.signal)
    clock.pace(3600)
    const shown = instantOf('2026-03-02 18:10', zone) ?? 0
    await clock.until(clock.ticks() + shown - clock.now(), ending.signal)
    clock.pace(1)
    const scale = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }
    const page = await (await browser.newContext({ ...scale, colorScheme: 'dark', timezoneId: zone })).newPage()
    await page.goto(app.console?.url ?? '')
    await page.getByRole('radio', { name: 'keyholder' }).check()
    await page.getByLabel('Password').fill(new Map(passwords).get('keyholder') ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'What happens next' }).waitFor()
    await pause(500)
    await page.screenshot({ path: join(to, 'now.png') })
    await page.getByRole('navigation').getByRole('link', { name: 'Rules' }).click()
    const rule = page.locator('#rule-away')
    await rule.waitFor()
    await rule.scrollIntoViewIfNeeded()
    await rule.evaluate((one) => {
      one.querySelector('details')?.setAttribute('open', '')
      one.scrollIntoView()
    })
    await pause(500)
    await page.screenshot({ path: join(to, 'rule.png') })
  } finally {
    await browser.close()
    ending.abort()
    await world.close()
    await rm(data, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const readme = join(project, 'README.md')
  await writeFile(readme, withTexts(await readFile(readme, 'utf8'), await texts()))
  if (process.argv[2] !== 'texts') {
    await mkdir(join(project, 'docs/pictures'), { recursive: true })
    await pictures(join(project, 'docs/pictures'))
  }
}
