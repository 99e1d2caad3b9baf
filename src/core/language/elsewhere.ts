/** Actions of other programs, with what there is here; where nothing is, what to do instead. */
const actionsElsewhere: Readonly<Record<string, string>> = {
  set_time: 'nothing sets the time; add_time and remove_time change it',
  add: 'did you mean add_time?',
  remove: 'did you mean remove_time?',
  message: 'did you mean notify?',
  send: 'did you mean notify?',
  say: 'did you mean notify?',
  print: 'did you mean log?',
  pause: 'did you mean freeze?',
  thaw: 'did you mean unfreeze?',
  task: 'did you mean task.assign?',
  dice: 'did you mean tracker.game?',
  vibrate: 'did you mean device?',
  count: 'did you mean tally.add?',
  wait: 'a list does not wait; what comes later is a rule of its own, with "after:"',
  delay: 'a list does not wait; what comes later is a rule of its own, with "after:"',
  sleep: 'a list does not wait; what comes later is a rule of its own, with "after:"',
  if: 'write { if: condition, then: [ … ], else: [ … ] }',
  when: 'write { if: condition, then: [ … ], else: [ … ] }',
}

/** Keys of rules of other programs. */
const keysElsewhere: Readonly<Record<string, string>> = {
  else: 'write "then: [ { if: condition, then: [ … ], else: [ … ] } ]"',
  wait: 'did you mean for?',
  schedule: 'did you mean at?',
  trigger: 'did you mean when?',
  unless: 'write "not:" and the condition under "when", or under "only_if"',
}

/** What to write for an action that has another name here; null for an unheard-of one. */
export function actionElsewhere(name: string, known: Iterable<string>): string | null {
  const whole = [...known].find((one) => one.startsWith(`${name}.`))
  const word = name.toLowerCase()
  const told = Object.hasOwn(actionsElsewhere, word) ? actionsElsewhere[word] : undefined
  return told ?? (whole === undefined ? null : `did you mean ${whole}?`)
}

/** The same for a key of a rule. */
export function keyElsewhere(name: string): string | null {
  const word = name.toLowerCase()
  return Object.hasOwn(keysElsewhere, word) ? (keysElsewhere[word] ?? null) : null
}
