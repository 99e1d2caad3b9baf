#!/usr/bin/env bash
# Versions: Node 24.21.0, ky 2.1.0.
# Expected: a signal that is handed to a request ends it, as long as the request goes on; plain fetch does.
# Instead: once the head of an answer is there, ky's request holds the caller's signal by a controller that nothing keeps
# alive. After a major garbage collection, aborting no longer ends the reading of a body that stalls: it goes on until
# the server ends it. Without a collection, the same abort ends it at once.
# Seen:
#   fetch, collected: aborted
#   ky, not collected: aborted
#   ky, collected: read to its end
set -euo pipefail
wanted=$(sed -n "s/^#   //p" "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node@24.21.0 ky@2.1.0
cat > probe.mjs <<'JS'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import ky from 'ky'

const server = createServer((_, reply) => {
  reply.writeHead(200)
  reply.write('{')
  setTimeout(() => reply.end('}'), 2500)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}/`

async function outcome(send, collects) {
  const stop = new AbortController()
  const answer = await send(stop.signal)
  const read = answer.text().then(
    () => 'read to its end',
    () => 'aborted',
  )
  for (let i = 0; i < 10; i++) {
    await pause(20)
    if (collects) globalThis.gc()
  }
  stop.abort()
  return read
}
const options = { retry: 0, timeout: false }
console.log(`fetch, collected: ${await outcome((signal) => fetch(url, { signal }), true)}`)
console.log(`ky, not collected: ${await outcome((signal) => ky(url, { ...options, signal }), false)}`)
console.log(`ky, collected: ${await outcome((signal) => ky(url, { ...options, signal }), true)}`)
server.closeAllConnections()
server.close()
JS
got=$(node_modules/.bin/node --expose-gc probe.mjs)
echo "$got"
[ "$got" = "$wanted" ] || { echo 'this has changed' >&2; exit 1; }
