// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of sources
/** A small break of the program, as a change of its text. */
export interface Mutation {
  name: string
  /** Under `src`. */
  file: string
  /** A text that stands there once. */
  from: string
  to: string
}

const limits = 'core/acting/limits.ts'
const gates = 'core/acting/gates.ts'
const settle = 'core/acting/settle.ts'
const ruleKeys = 'core/model/rulekeys.ts'
const quota = 'core/model/quota.ts'
const firing = 'core/firing/firing.ts'
const standstill = 'core/standstill.ts'

/** Thirty small breaks: a gate left out, a comparison turned, a fence forgotten. */
export const mutations: readonly Mutation[] = [
  {
    name: 'the end of the limits is not kept',
    file: limits,
    from: "effect.toward === 'restricts' && limits.ends !== null",
    to: "effect.toward === 'neutral' && limits.ends !== null",
  },
  {
    name: 'anything is allowed',
    file: limits,
    from: 'if (!limits.allow.includes(effect.allow)) {',
    to: "if (effect.allow === 'nothing') {",
  },
  {
    name: 'quiet hours are loud',
    file: limits,
    from: 'isWithin(quiet, localTime(now, zone).clock)) {',
    to: '!isWithin(quiet, localTime(now, zone).clock)) {',
  },
  {
    name: 'one time more than agreed',
    file: limits,
    from: 'since(unit, now, zone)) >= most) {',
    to: 'since(unit, now, zone)) > most) {',
  },
  {
    name: 'each is not clamped',
    file: limits,
    from: 'if (bound.each !== null) clamp(bound.each, `${name}.each`, bound.each)',
    to: '',
  },
  {
    name: 'what was granted before does not count',
    file: limits,
    from: 'clamp(most - earlier - sumSince(counted(unit), since(unit, now, zone), bound),',
    to: 'clamp(most,',
  },
  {
    name: 'the ceiling is not kept',
    file: limits,
    from: "if ('seconds' in room) clamp(room.seconds, room.limit, room.bound)",
    to: "if ('seconds' in room) clamp(room.bound, room.limit, room.bound)",
  },
  {
    name: 'an outage is not held',
    file: gates,
    from: 'now < (passing.heldUntil[service] ?? 0))',
    to: 'now < 0 * (passing.heldUntil[service] ?? 0))',
  },
  {
    name: 'nothing comes too late',
    file: gates,
    from: 'const isLate = !isStop && scene.now - row.at > scene.expiresAfterMs',
    to: 'const isLate = !isStop && scene.now < row.at',
  },
  {
    name: 'a failure keeps nothing from leaving',
    file: gates,
    from: 'passage.list.find((other) => other.failed && !other.goesOn)',
    to: 'passage.list.find((other) => other.failed && other.goesOn)',
  },
  {
    name: 'a list has no order',
    file: gates,
    from: 'return passage.list.some(isOpen) || isLost ? waits(passage) : passage',
    to: 'return isLost ? waits(passage) : passage',
  },
  {
    name: 'two leave at a time',
    file: gates,
    from: 'const isHeld = (closing || isBusy) && !isStop',
    to: 'const isHeld = closing && !isStop',
  },
  {
    name: 'the switch holds relief',
    file: gates,
    from: "scene.order.stopped && towardNow(passage, scene) === 'restricts'",
    to: 'scene.order.stopped',
  },
  {
    name: 'absence is believed at once',
    file: settle,
    from: 'if (row.absentAt === null) return { ...row, absentAt: asked }\n      return late ? notApplied(ended) : row',
    to: 'return notApplied(ended)',
  },
  {
    name: 'what may have arrived is sent again',
    file: settle,
    from: "if (answer.sent === 'no') {",
    to: "if (answer.sent !== 'yes') {",
  },
  {
    name: 'a lost answer is a refusal',
    file: settle,
    from: "if (answer.sent === 'yes' || answer.trouble === 'missing-token') {",
    to: "if (answer.sent !== 'no' || answer.trouble === 'missing-token') {",
  },
  {
    name: 'nobody takes up what a dead process sent',
    file: 'core/acting/settling.ts',
    from: 'return row.run === order.run ? row : orphaned(',
    to: "return row.run !== '' ? row : orphaned(",
  },
  {
    name: 'a cooldown does not hold',
    file: ruleKeys,
    from: 'now >= last + cooldownMs) return null',
    to: 'now >= last) return null',
  },
  {
    name: 'a limit is one too high',
    file: quota,
    from: 'filter((moment) => moment >= from).length >= times',
    to: 'filter((moment) => moment >= from).length > times',
  },
  { name: 'only_if is not asked', file: ruleKeys, from: "onlyIf ? null : 'only_if false'", to: 'null' },
  {
    name: 'an episode has many turns',
    file: firing,
    from: "if (episode.occurred > 0 && waits === 0) return silent(question, memory, 'had its turn in this episode')",
    to: '',
  },
  {
    name: 'for is half as long',
    file: firing,
    from: 'const waits = episode.occurred === 0 ? rule.forMs : rule.repeatMs',
    to: 'const waits = (episode.occurred === 0 ? rule.forMs : rule.repeatMs) / 2',
  },
  {
    name: 'less is more',
    file: 'core/language/operators.ts',
    from: "name: 'lessThan', words: '<', takes: 'one', types: ordered, test: comparing((a, b) => a < b)",
    to: "name: 'lessThan', words: '<', takes: 'one', types: ordered, test: comparing((a, b) => a > b)",
  },
  {
    name: 'own writes are changes by others',
    file: 'core/judging/anchor.ts',
    from: 'const rest = step - own',
    to: 'const rest = step',
  },
  {
    name: 'a device is not stopped',
    file: 'core/acting/halt.ts',
    from: '[deviceRule, due],',
    to: '[deviceRule, false],',
  },
  {
    name: 'the switch takes nothing back',
    file: 'core/acting/undo.ts',
    from: "if (!order.stopped || order.mode !== 'live') return null",
    to: "if (order.stopped || order.mode !== 'live') return null",
  },
  {
    name: 'nobody is asked about a new lock',
    file: standstill,
    from: "if (waitsForYes && kept.sessions[kept.session]?.accepted !== true) return 'not accepted'",
    to: '',
  },
  {
    name: 'anybody is expected',
    file: standstill,
    from: 'if (other !== null) return `not the expected ${other}`',
    to: '',
  },
  {
    name: 'polls are ten times as far apart',
    file: 'core/waking/wake.ts',
    from: 'return Math.max(asked + intervalMs + spread, health?.notBefore ?? 0)',
    to: 'return Math.max(asked + 10 * intervalMs + spread, health?.notBefore ?? 0)',
  },
  {
    name: 'a refused token is used on',
    file: 'core/reading/health.ts',
    from: 'dead: isTokenTrouble(answer.trouble),',
    to: 'dead: false,',
  },
]

/** Faults of the past, put back. */
export const past: readonly Mutation[] = [
  {
    name: 'a commit without an answer is taken for stored',
    file: 'daemon/storing.ts',
    from: '      trouble = error\n',
    to: '      this.#know(attempt.kept, this.#version + 1)\n      return { unstored: null }\n      trouble = error\n',
  },
  {
    name: 'a claim of which nobody knew is not given back',
    file: 'core/memory/takenup.ts',
    from: 'return givenBack(row, is)',
    to: 'return row',
  },
  {
    name: 'what cannot be stored leaves all the same',
    file: 'daemon/loop.ts',
    from: '        if (unstored) made = await take()\n',
    to: '',
  },
  {
    name: 'a reading must show a write at once',
    file: 'core/memory/ledger.ts',
    from: 'return asked < (endedAt ?? Number.POSITIVE_INFINITY) + settleWindowMs',
    to: 'return asked < (endedAt ?? Number.POSITIVE_INFINITY)',
  },
  {
    name: 'a failure of the service is a refusal',
    file: 'services/http.ts',
    from: "if (status >= 500) return failed('perhaps', 'server-error', told, wait())",
    to: "if (status >= 500) return failed('yes', 'server-error', told, wait())",
  },
  {
    name: 'a connection that was cut was never there',
    file: 'services/http.ts',
    from: 'if (outcome.ok || wire.connected) return outcome',
    to: 'if (outcome.ok) return outcome',
  },
  {
    name: 'what had no answer in time was not sent',
    file: 'services/http.ts',
    from: "resolve(failed('perhaps', 'timeout',",
    to: "resolve(failed('no', 'timeout',",
  },
  {
    name: 'a write hides what became of another',
    file: 'core/acting/leave.ts',
    from: 'isBusy: isBusy || wouldHide(rows, row, rules),',
    to: 'isBusy,',
  },
  {
    name: 'what is unknown of another lock stays unknown',
    file: 'core/acting/settling.ts',
    from: "if (row.session === session || row.state === 'sending') return row\n",
    to: "if (row.session === session || row.state !== 'planned') return row\n",
  },
  {
    name: 'a rule does not wait for the reading that is under way',
    file: 'core/reading/sources.ts',
    from: 'return rule.changes.size === 0 && topicsOf(rule, order)',
    to: "return rule.id === '' && topicsOf(rule, order)",
  },
  {
    name: 'a clock that was set back is a change',
    file: 'core/step.ts',
    from: '    kept = movedAlong(kept, setBy(seen, jump))\n',
    to: '',
  },
]
