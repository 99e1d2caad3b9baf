/** Ten rules as people write them, none of which comes true by itself. */
export const quietRules = `rules:
  - { id: a, when: lock.timeRemainingSeconds < 1h, then: [log: a] }
  - { id: b, when: [lock.wearerLastSeenAgoSeconds > 400d, lock.frozen is false], then: [log: b] }
  - { id: c, when: lock.timeLockedSeconds > 900d, then: [log: c] }
  - { id: d, when: [lock.frozen is true, "time.clock between 22:00 and 06:00"], then: [log: d] }
  - { id: e, when: lock.taskAssigned is true, for: 2h, then: [log: e] }
  - { id: f, when: lock.lockTitle is Nothing, then: [log: f] }
  - { id: g, when: lock.unlockable is true, then: [log: g] }
  - { id: h, when: { any: [lock.lockTitle is somebody, lock.taskPoints > 1000] }, then: [log: h] }
  - { id: i, when: rule.a.firedTimesToday > 100000, then: [log: i] }
  - { id: j, when: lock.taskPoints rises by 1000, then: [log: j] }
`
