#!/usr/bin/env bash
# Versions: Node 24.21.0, ky 2.1.0.
# Expected: a request that was told not to retry leaves once, whatever the status of its answer.
# Instead: Node's own fetch sends a request with a known body once more, by itself, when it is answered 421, on a new
# connection. The client above it sees one answer; `retry: 0` and `redirect: 'manual'` change nothing. All other
# statuses from 400 on leave once.
# Seen:
#   ky POST 421: 2 requests
#   fetch POST 421: 2 requests
#   fetch GET 421: 2 requests
#   node:http POST 421: 1 request
#   other statuses from 400 to 599 that left twice: none
set -euo pipefail
wanted=$(sed -n "s/^#   //p" "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node@24.21.0 ky@2.1.0
cat > probe.mjs <<'JS'
import { createServer, request } from 'node:http'
import ky from 'ky'

let came = 0
let status = 0
const server = createServer((asked, reply) => {
  came++
  asked.resume()
  asked.on('end', () => reply.writeHead(status).end('{}'))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}/`
const count = async (send) => {
  came = 0
  await send()
  return came
}
const plain = () =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST' }, (reply) => reply.resume().on('end', resolve))
    asked.on('error', reject).end('{}')
  })
const options = { retry: 0, redirect: 'manual', throwHttpErrors: false }
const said = (what, n) => console.log(`${what}: ${n} ${n === 1 ? 'request' : 'requests'}`)
status = 421
said('ky POST 421', await count(async () => (await ky.post(url, { json: {}, ...options })).text()))
said('fetch POST 421', await count(async () => (await fetch(url, { method: 'POST', body: '{}' })).text()))
said('fetch GET 421', await count(async () => (await fetch(url)).text()))
said('node:http POST 421', await count(plain))
const twice = []
for (status = 400; status < 600; status++) {
  if (status === 421) continue
  // A 407 is an error to fetch, and no answer.
  const send = () => fetch(url, { method: 'POST', body: '{}' }).then((reply) => reply.text(), () => '')
  if ((await count(send)) !== 1) twice.push(status)
}
console.log(`other statuses from 400 to 599 that left twice: ${twice.join(', ') || 'none'}`)
server.closeAllConnections()
server.close()
JS
got=$(node_modules/.bin/node probe.mjs)
echo "$got"
expected=$wanted
[ "$got" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
