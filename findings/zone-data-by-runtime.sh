#!/usr/bin/env bash
# Which clock a zone has is a property of the JavaScript runtime, not of the machine.
#
# Versions: node 24.0.0 and node 24.21.0 from npm, both for the same moment, 2026-12-01 12:00 UTC.
# Behaviour: two patch levels of one Node major disagree by an hour about America/Vancouver, America/Edmonton and
#   Africa/Casablanca: Intl goes by the zone data compiled into the binary (process.versions.tz) and never looks at
#   /usr/share/zoneinfo, so neither agrees with the machine's other programs by more than luck.
# Seen (ZONE=offset in minutes, older first):
#   America/Vancouver -480 -420; America/Edmonton -420 -360; Africa/Casablanca 60 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 24.0.0 24.21.0; do
  mkdir "$version"
  (cd "$version" && npm init -y >/dev/null && npm i --no-audit --no-fund --silent "node@$version")
done
cat >offset.mjs <<'JS'
const at = Date.UTC(2026, 11, 1, 12)
const offset = (timeZone) => {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts.find(({ type }) => type === 'timeZoneName').value)
  return sign ? Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) : 0
}
console.log(process.argv.slice(2).map((zone) => `${zone}=${offset(zone)}`).join(' '))
JS
zones="America/Vancouver America/Edmonton Africa/Casablanca"
# shellcheck disable=SC2086
older=$(TZDIR=/nowhere ./24.0.0/node_modules/.bin/node offset.mjs $zones)
# shellcheck disable=SC2086
newer=$(TZDIR=/nowhere ./24.21.0/node_modules/.bin/node offset.mjs $zones)
echo "$(./24.0.0/node_modules/.bin/node -p process.versions.tz): $older"
echo "$(./24.21.0/node_modules/.bin/node -p process.versions.tz): $newer"
[ "$older" = "America/Vancouver=-480 America/Edmonton=-420 Africa/Casablanca=60" ]
[ "$newer" = "America/Vancouver=-420 America/Edmonton=-360 Africa/Casablanca=0" ]
