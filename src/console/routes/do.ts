import * as z from 'zod'
import { queries } from '../../queries/index.ts'
import { count } from '../../queries/shapes.ts'
import { type Around, lockOf, record } from '../around.ts'
import { someLock } from '../given.ts'
import { operation } from '../operation.ts'
import { Refusal } from '../refusal.ts'

const stopped = z.record(z.string(), z.boolean()).describe('Whether each lock is stopped, by its name')

function stoppedOf({ locks, daemon }: Around): Record<string, boolean> {
  return Object.fromEntries(locks.map((lock) => [lock, daemon.stopped(lock)]))
}

function changesSince(before: Record<string, boolean>, around: Around): string[] {
  return Object.entries(stoppedOf(around)).flatMap(([lock, is]) =>
    before[lock] === is ? [] : [`${lock}: ${is ? 'goes → stopped' : 'stopped → goes'}`],
  )
}

async function nudge({ daemon, events }: Around): Promise<void> {
  await queries.nudge.answer({}, daemon)
  events.stir()
}

const stop = operation({
  method: 'post',
  path: '/api/stop',
  summary: 'Sets the switch: nothing is sent any more',
  who: 'signed-in',
  in: someLock,
  out: z.object({ stopped }),
  answer: async ({ given: { lock = null }, session: { role }, asked, around }) => {
    if (lock !== null) lockOf(around, lock)
    const before = stoppedOf(around)
    around.stop(lock, `stopped by the ${role}, at the console`)
    await nudge(around)
    const difference = changesSince(before, around)
    record(around, asked, { what: 'stop', lock, said: `stopped ${lock ?? 'all locks'}`, difference })
    return { stopped: stoppedOf(around) }
  },
})

const resume = operation({
  method: 'post',
  path: '/api/resume',
  summary: 'Takes the switch back; a lock stays stopped while all are',
  who: 'wearer',
  confirmed: true,
  in: someLock,
  out: z.object({ removed: count.describe('How many switches were set'), stopped }),
  answer: async ({ given: { lock = null }, asked, around }) => {
    if (lock !== null) lockOf(around, lock)
    const before = stoppedOf(around)
    const removed = around.resume(lock)
    await nudge(around)
    const difference = changesSince(before, around)
    record(around, asked, { what: 'resume', lock, said: `resumed ${lock ?? 'all locks'}`, difference })
    return { removed, stopped: stoppedOf(around) }
  },
})

const accept = operation({
  method: 'post',
  path: '/api/accept',
  summary: "The wearer's yes to the present lock",
  who: 'wearer',
  confirmed: true,
  // One lock at a time, so that the audit can name it.
  in: queries.accept.in.required({ lock: true }),
  out: z.object({ lock: z.string(), session: z.string() }),
  refusals: [409],
  answer: async ({ given: { lock }, asked, around }) => {
    const [done] = await queries.accept.answer({ lock }, around.daemon)
    const session = done?.session ?? null
    if (session === null || session === 'none') {
      throw new Refusal(409, 'no-lock', session === null ? 'the lock was not read yet' : 'there is no active lock')
    }
    const said = `said yes to the lock ${session}`
    record(around, asked, { what: 'accept', lock, said, difference: [`accepted: ${session}`] })
    return { lock, session }
  },
})

const set = operation({
  method: 'post',
  path: '/api/set',
  summary: 'Sets a switch or presses a button',
  who: 'signed-in',
  in: queries.set.in,
  out: queries.set.out,
  answer: async ({ given, session: { role }, asked, around }) => {
    const { lock, input, value = 'press' } = given
    const known = await queries.pressable.answer({ lock }, around.daemon)
    const found = known.flatMap((one) => one.inputs.filter(({ name }) => name === input))
    if (!found.every(({ by }) => by.includes(role))) {
      throw new Refusal(403, 'role', `${input} is not for the ${role}`)
    }
    const done = await queries.set.answer(given, around.daemon)
    const was = found.map((one) => String(one.value)).join(', ')
    const difference = value === 'press' ? [`${input}: pressed`] : [`${input}: ${was} → ${value}`]
    const said = `${input} ${value === 'press' ? 'was pressed' : `was set to ${value ? 'on' : 'off'}`}`
    record(around, asked, { what: 'input', lock: lock ?? null, said, difference })
    return done
  },
})

const release = operation({
  method: 'post',
  path: '/api/release',
  summary: 'Lets a rule fire again that was held because it kept triggering itself',
  who: 'signed-in',
  in: queries.release.in.required({ lock: true }),
  out: queries.release.out,
  refusals: [422],
  answer: async ({ given: { lock, rule }, asked, around }) => {
    const done = await queries.release.answer({ lock, rule }, around.daemon)
    const difference = [`${rule}: held → goes on`]
    record(around, asked, { what: 'release', lock, said: `let ${rule} go on`, difference })
    return done
  },
})

const settle = operation({
  method: 'post',
  path: '/api/settle',
  summary: 'Says whether an unsettled action happened',
  who: 'signed-in',
  in: queries.settle.in.omit({ by: true }),
  out: queries.settle.out,
  refusals: [422],
  answer: async ({ given, session: { role }, asked, around }) => {
    const { id, happened } = given
    const done = await queries.settle.answer({ ...given, by: role }, around.daemon)
    const difference = [`${id}: unsettled → ${happened ? 'applied' : 'not-applied'}`]
    const said = `${done.said}: ${happened ? 'it happened' : 'it did not happen'}`
    record(around, asked, { what: 'settle', lock: done.lock, said, difference })
    return done
  },
})

/** The actions of people, without those on rules. */
export const doRoutes = [stop, resume, accept, set, release, settle]
