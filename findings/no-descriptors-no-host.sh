#!/usr/bin/env bash
# A process that may open no more files is told that hosts do not exist, and that databases cannot be opened.
#
# Versions: node 24.21.0 and better-sqlite3 13.2.0 from npm, glibc 2.36.
# One would expect: EMFILE, as opening a file says.
# Behaviour: the first lookup of a name in a process opens the resolver's own files; where it may not, it answers
#   ENOTFOUND, even for localhost, which looks like a wrong address or a broken network. Once a lookup has succeeded in
#   that process, the same lack is EMFILE. SQLite says SQLITE_CANTOPEN, as for a folder without permission, and its
#   error carries no errno. Which resource is missing can only be told by trying to open something else.
# Seen:
#   file EMFILE, first lookup ENOTFOUND, database SQLITE_CANTOPEN
#   file EMFILE, later lookup EMFILE, database SQLITE_CANTOPEN
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node@24.21.0 better-sqlite3@13.2.0
cat >full.mjs <<'JS'
import { lookup } from 'node:dns/promises'
import { openSync } from 'node:fs'
import Database from 'better-sqlite3'

new Database('one.db').close()
const told = async (doing) => {
  try {
    await doing()
    return 'fine'
  } catch ({ code }) {
    return code
  }
}
const which = process.argv[2]
if (which === 'later') await lookup('localhost')
const file = await told(() => {
  for (;;) openSync('/dev/null')
})
const host = await told(() => lookup('localhost'))
const database = await told(() => new Database('one.db'))
console.log(`file ${file}, ${which} lookup ${host}, database ${database}`)
JS
ulimit -n 60
seen=$(node_modules/.bin/node full.mjs first; node_modules/.bin/node full.mjs later)
echo "$seen"
[ "$seen" = "file EMFILE, first lookup ENOTFOUND, database SQLITE_CANTOPEN
file EMFILE, later lookup EMFILE, database SQLITE_CANTOPEN" ]
