#!/usr/bin/env bash
# node-cron calls expressions valid that it then refuses to schedule, since their day never comes.
#
# Versions: node-cron 4.6.0 from npm.
# One would expect: what `validate` calls valid can be scheduled, and a day that never comes is either no valid
#   expression or a schedule without a next run.
# Behaviour: the check for days that no named month has looks at plain numbers alone. "0 9 31 4 *" is invalid. The
#   nearest working day to it (31W), or a fifth Saturday that is the 5th of its month, is valid; `schedule` then throws
#   that it could not find a next date, so the program that had checked its config fails at its start.
# Seen:
#   0 9 31 4 *: validate false, schedule throws
#   0 9 31W 4 *: validate true, schedule throws
#   0 9 5 * 6#5: validate true, schedule throws
#   0 9 29 2 *: validate true, schedule takes it
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node-cron@4.6.0
cat >never.mjs <<'JS'
import cron from 'node-cron'
for (const expression of ['0 9 31 4 *', '0 9 31W 4 *', '0 9 5 * 6#5', '0 9 29 2 *']) {
  let schedule = 'takes it'
  try {
    const task = cron.schedule(expression, () => {}, { timezone: 'UTC' })
    task.getNextRun()
    await task.destroy()
  } catch {
    schedule = 'throws'
  }
  console.log(`${expression}: validate ${cron.validate(expression)}, schedule ${schedule}`)
}
JS
seen=$(node never.mjs)
echo "$seen"
[ "$seen" = "0 9 31 4 *: validate false, schedule throws
0 9 31W 4 *: validate true, schedule throws
0 9 5 * 6#5: validate true, schedule throws
0 9 29 2 *: validate true, schedule takes it" ]
