// Own writes that readings show late, beside rules that look for just such changes.
import { lagMs } from './strokes.ts'
import type { Trial } from './trials.ts'

const rules = `rules:
  - id: ours
    when: lock.lockTitle is ours
    then: [add_time: 1201, task.assign: Ours, freeze: 7200]
  - id: longer
    when: lock.timeRemainingSeconds rises by 10m
    then: [log: Longer]
  - id: frozen
    when: lock.frozen becomes true
    then: [log: Frozen]
  - id: asked
    when: lock.taskAssigned becomes true
    then: [log: Asked]
`
const seen = ['longer', 'frozen', 'asked']

export const lags: readonly Trial[] = [
  {
    name: 'own writes show 3 s late',
    setting: { rules },
    async run(house, expect) {
      house.start()
      await house.readings(2)
      for (const call of ['add_time', 'task.assign', 'freeze']) {
        house.fault({ call, kind: 'late', delayMs: lagMs, status: 200, times: 1 })
      }
      house.call('ours')
      await house.settled('ours', 3)
      expect.states('ours', ['applied', 'applied', 'applied'])
      await house.moment(house.now + 40_000)
      await house.readings(2)
      const by = seen.filter((rule) => house.rows(rule).length > 0)
      expect.that(by.length === 0, `own writes were taken for somebody else's by ${by.join(', ')}`)
      // What others do afterwards is seen as before.
      house.sandbox.lock.addTime(700)
      await house.settled('longer', 1)
      expect.happened('log', 1)
    },
  },
]
