// Ends and beginnings: signals, the switch, two at a time, and clocks that go back.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultRule } from '../../src/sandbox/index.ts'
import { pause } from '../e2e/daemon.ts'
import { type House, ruleFile } from './house.ts'
import type { Trial } from './trials.ts'

const rules = ruleFile([
  { id: 'one', then: ['add_time: 601', 'add_time: 701', 'log: One'] },
  { id: 'two', then: ['add_time: 602', 'log: Two'] },
])
const setting = { rules }
const hourMs = 3_600_000

async function begun(house: House, fault: FaultRule): Promise<void> {
  house.start()
  await house.readings(1)
  house.fault({ ...fault, times: 1 })
  const from = house.sandbox.seen.length
  house.call('one')
  await house.arrival(from)
}

export const endings: readonly Trial[] = [
  {
    name: 'resend: false, and a request that did not arrive',
    setting: { rules: ruleFile([{ id: 'one', then: ['add_time: 601', 'log: One'], more: '    resend: false\n' }]) },
    async run(house, expect) {
      await begun(house, { call: 'add_time', kind: 'drop-before' })
      await house.settled('one', 2)
      expect.states('one', ['not-applied', 'cancelled'])
      await house.readings(6)
      expect.happened('add_time', 0)
    },
  },
  {
    name: 'resend: false, and a request that did arrive',
    setting: { rules: ruleFile([{ id: 'one', then: ['add_time: 601', 'log: One'], more: '    resend: false\n' }]) },
    async run(house, expect) {
      await begun(house, { call: 'add_time', kind: 'drop-after' })
      await house.settled('one', 2)
      expect.states('one', ['applied', 'applied'])
    },
  },
  {
    name: 'both sendings lost before they arrive',
    setting,
    async run(house, expect) {
      house.fault({ call: 'add_time', kind: 'drop-before', times: 1 })
      await begun(house, { call: 'add_time', kind: 'status', status: 500 })
      await house.settled('one', 3)
      expect.states('one', ['not-applied', 'cancelled', 'cancelled'])
      expect.that(house.rows('one')[0]?.attempts === 2, 'it was not sent twice')
      await house.readings(6)
      expect.happened('add_time', 0)
    },
  },
  {
    name: 'a log whose answer is lost, in front of a list',
    setting: { rules: ruleFile([{ id: 'one', then: ['log: First', 'add_time: 601'] }]) },
    async run(house, expect) {
      await begun(house, { call: 'log', kind: 'drop-before' })
      await house.settled('one', 2)
      expect.states('one', ['unsettled', 'applied'])
    },
  },
  {
    name: 'the switch in the middle of a list',
    setting,
    async run(house, expect) {
      await begun(house, { call: 'add_time', kind: 'slow', holdMs: 300 })
      writeFileSync(join(house.data, 'STOP'), '')
      await house.settled('one', 3)
      expect.states('one', ['applied', 'refused', 'applied'])
      rmSync(join(house.data, 'STOP'))
      await house.readings(6)
      expect.happened('add_time', 1)
      expect.happened('log', 1)
    },
  },
  {
    name: 'the switch while nobody knows what came of a request',
    setting,
    async run(house, expect) {
      await begun(house, { call: 'add_time', kind: 'drop-before' })
      writeFileSync(join(house.data, 'STOP'), '')
      await house.settled('one', 3)
      await house.readings(6)
      // What did not arrive is not sent again to a wearer who said stop.
      expect.happened('add_time', 0)
      expect.that(house.rows('one')[0]?.state !== 'applied', 'it is claimed')
    },
  },
  {
    name: 'SIGTERM while a request is answered slowly',
    setting,
    async run(house, expect) {
      await begun(house, { call: 'add_time', kind: 'slow', holdMs: 800 })
      const ended = await house.daemon?.term()
      expect.that(ended?.code === 0, `it ended with ${ended?.code}`)
      expect.that(house.rows('one')[0]?.state === 'applied', 'the answer was not waited for')
      house.start()
      await house.settled('one', 3)
      expect.states('one', ['applied', 'applied', 'applied'])
      expect.happened('add_time', 2)
    },
  },
  ...[
    { after: true, how: 'hangs', fault: { kind: 'hang', after: true } },
    { after: false, how: 'hangs', fault: { kind: 'hang' } },
    { after: true, how: 'stalls in its body', fault: { kind: 'stall' } },
    { after: false, how: 'stalls in its body', fault: { kind: 'stall', status: 200 } },
  ].map(({ after, how, fault }): Trial => {
    return {
      name: `SIGTERM while a request ${after ? 'that was done' : 'that was not done'} ${how}`,
      // Its end takes its real seconds, which are not to be minutes on the fast clock.
      setting: { ...setting, speed: 10 },
      async run(house, expect) {
        await begun(house, { call: 'add_time', ...fault } as FaultRule)
        const ended = await house.daemon?.term()
        expect.that(ended?.code === 0, `it ended with ${ended?.code}`)
        expect.that((ended?.took ?? 9999) < 5000, `it took ${ended?.took} ms`)
        house.start()
        await house.settled('one', 3)
        expect.states('one', ['applied', 'applied', 'applied'])
        expect.happened('add_time', 2)
      },
    }
  }),
  {
    name: 'two daemons on one folder',
    setting,
    async run(house, expect) {
      const first = house.start()
      await house.readings(1)
      const second = house.start()
      const ended = await Promise.race([second.ended, pause(30_000).then(() => null)])
      expect.that(ended !== null && ended.code !== 0, 'the second goes on')
      expect.said(/another lockwarden/)
      house.daemon = first
      house.call('two')
      await house.settled('two', 2)
      await house.readings(4)
      expect.happened('add_time', 1)
    },
  },
  {
    name: 'two daemons started at once, again and again',
    setting,
    async run(house, expect) {
      house.call('two')
      for (let turn = 0; turn < 4; turn++) {
        const pair = [house.start(), house.start()]
        await Promise.race([...pair.map(({ ended }) => ended), pause(30_000)])
        expect.that(
          pair.some(({ over }) => over),
          'both go on',
        )
        expect.that(
          pair.some(({ over }) => !over),
          `neither goes on: ${pair.map(({ said }) => said).join('\n')}`,
        )
        for (const one of pair) one.process.kill('SIGKILL')
        await Promise.all(pair.map(({ ended }) => ended))
      }
      house.start()
      await house.settled('two', 2)
      expect.happened('add_time', 1)
    },
  },
  {
    name: 'the clock goes back by an hour between two runs, the service’s does not',
    setting,
    async run(house, expect) {
      house.start()
      await house.readings(1)
      await house.daemon?.term()
      house.call('two')
      const daemon = house.start({ pace: { ...house.pace, epoch: house.pace.epoch - hourMs } })
      await house.readings(6)
      expect.happened('add_time', 0)
      expect.that(!daemon.over, 'it ended')
      await house.daemon?.term()
      house.start()
      await house.settled('two', 2)
      expect.states('two', ['applied', 'applied'])
      expect.happened('add_time', 1)
    },
  },
  {
    name: 'the clock goes back while a request is unknown, and is set right again',
    setting,
    async run(house, expect) {
      await begun(house, { call: 'add_time', kind: 'hang', holdMs: 100, after: true })
      await house.kill()
      house.start({ pace: { ...house.pace, epoch: house.pace.epoch - hourMs } })
      await house.readings(6)
      expect.happened('add_time', 1)
      await house.daemon?.term()
      house.start()
      await house.settled('one', 3)
      expect.that(house.rows('one')[0]?.state !== 'not-applied', 'it is denied')
    },
  },
  {
    name: 'all clocks go back by ten minutes between two runs',
    setting: { ...setting, speed: 60 },
    async run(house, expect) {
      house.start()
      await house.readings(1)
      await house.daemon?.term()
      house.goBack(600_000)
      house.call('two')
      house.start()
      // The service confirms the clock, so that the stored time is taken for a wrong one.
      await house.settled('two', 2)
      expect.states('two', ['applied', 'applied'])
      expect.happened('add_time', 1)
    },
  },
]
