import { html } from 'lit-html'
import { firingsIn } from '../parts/firing.ts'
import { limitBars } from '../parts/limits.ts'
import { type Content, card, type Shown, sheet } from '../parts/pieces.ts'
import { countdown } from '../parts/words.ts'
import { ask } from '../wire/api.ts'
import { pace } from '../wire/clock.ts'
import { may } from '../wire/session.ts'
import { aheadCard, doneCard, servicesCard } from './cards.ts'
import { heroCard, heroFacts, type Known } from './hero.ts'
import { inputsCard } from './inputs.ts'
import { firstNotices } from './notices.ts'
import { unsettledCard } from './unsettled.ts'

const mostDone = 5

/** The present state. */
export async function now(lock: string): Promise<Shown> {
  const { root, draw } = sheet()
  let ticking = 0
  const again = () => void news()
  const look = async () => {
    const asked = await read(lock)
    draw(pageOf(lock, asked, again))
    clearInterval(ticking)
    ticking = tick(root, asked.of)
  }
  const news = () => look().catch(() => undefined)
  await look()
  return { title: 'Now', root, news, leave: () => clearInterval(ticking) }
}

/** All data of the page. */
type Asked = Awaited<ReturnType<typeof read>>

async function read(lock: string) {
  const [status, [ahead], [pressable], [facts], past, raised, settled] = await Promise.all([
    ask('status', { lock }),
    ask('ahead', { lock }),
    ask('inputs', { lock }),
    ask('facts', { lock, names: heroFacts.join(',') }),
    ask('history', { lock, most: 40 }),
    may('accept') ? ask('raised', { lock }) : [],
    may('settle') ? ask('settled', { lock }) : [],
  ])
  const [of] = status.locks
  if (!of) throw new Error(`There is no lock ${lock}.`)
  const known: Known = new Map(facts?.facts.map(({ name, unknown, value }) => [name, unknown === null ? value : null]))
  return { status, of, moments: ahead?.moments ?? [], inputs: pressable?.inputs ?? [], known, past, raised, settled }
}

function pageOf(lock: string, asked: Asked, again: () => void): Content {
  const { status, of, raised, settled, known, inputs, moments, past } = asked
  // Empty elements must take no room, so they hold nothing but their content.
  return html`<h1 tabindex="-1" class="aside">Now</h1>
    <div>${firstNotices({ status, of, raised, settled }, again)}</div>
    <div>${heroCard(of, known)}</div>
    <div class="columns">
      <div>
        <div>${unsettledCard(lock, of.unsettled, again)}</div>
        <div>${aheadCard(of, moments)}</div>
        <div>${inputsCard(lock, inputs, again)}</div>
      </div>
      <div>
        <div>${doneCard(lock, firingsIn(past).slice(0, mostDone))}</div>
        <div>${card('Limits used', limitBars(of.limits))}</div>
        <div>${servicesCard(of.services, status.backups)}</div>
      </div>
    </div>`
}

/** Counts run on between two answers. Returns the timer. */
function tick(root: HTMLElement, { remainingSeconds, frozen }: Asked['of']): number {
  const begun = performance.now()
  const count = () => {
    const clock = root.querySelector('#remaining')
    if (!clock || remainingSeconds === null) return
    const passed = frozen ? 0 : ((performance.now() - begun) / 1000) * pace()
    const { days, clock: hours } = countdown(remainingSeconds - passed)
    clock.textContent = `${days > 0 ? `${days} d ` : ''}${hours}`
  }
  count()
  return window.setInterval(count, 250)
}
