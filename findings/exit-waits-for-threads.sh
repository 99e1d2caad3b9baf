#!/usr/bin/env bash
# Versions: Node 24.21.0, libuv 1.52.1.
# Expected: process.exit() ends the process, whatever is pending.
# Instead: it waits for the threads of the pool. A name that no server answers is looked up in one of them, and nothing
# can end that; so is a file that takes its time. Here it is a pipe that nobody writes to for three seconds. Where
# process.execve() puts another program in the place of the process, the threads are gone, and its exit code counts.
# Seen:
#   process.exit: code 7, after three seconds
#   process.execve: code 7, at once
set -euo pipefail
wanted=$(sed -n "s/^#   //p" "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node@24.21.0
cat > probe.mjs <<'JS'
import { open } from 'node:fs'
open('pipe', 'r', () => {})
const ends = {
  exit: () => process.exit(7),
  execve: () => process.execve('/bin/sh', ['sh', '-c', 'exit 7'], {}),
}
setTimeout(ends[process.argv[2]], 100)
JS
mkfifo pipe
got=$(
  for way in exit execve; do
    (sleep 3; exec 3<>pipe; sleep 1) &
    begun=$(date +%s%N)
    code=0
    node_modules/.bin/node probe.mjs "$way" || code=$?
    took=$((($(date +%s%N) - begun) / 1000000))
    echo "process.$way: code $code, $([ "$took" -lt 2500 ] && echo at once || echo after three seconds)"
    wait
  done
)
echo "$got"
[ "$got" = "$wanted" ] || { echo 'this has changed' >&2; exit 1; }
