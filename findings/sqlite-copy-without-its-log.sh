#!/usr/bin/env bash
# Versions: Node 24.21.0, better-sqlite3 13.2.0, SQLite 3.54.1.
# Expected: a copy of a database's file that lacks committed rows is refused, or said to be incomplete. And opening an
# empty or missing database leaves a log that stands beside it alone, at least where it is opened for reading only.
# Instead: in WAL mode what was committed last is in the file -wal until a checkpoint. A copy of the .db alone opens
# without an error, as older; early on, before the first checkpoint (by itself that comes after 1000 pages), as an empty
# database without one table. And where the .db is empty, opening it deletes the -wal beside it, by a reader, too: with it
# goes what was committed and could have been put together again.
# Seen:
#   rows in the database: 2, in a copy of the .db before a checkpoint: no table
#   rows in the database: 3, in a copy of the .db after a checkpoint and one more commit: 2
#   an empty .db beside its log, opened for reading only: no table, and the log is gone
set -euo pipefail
wanted=$(sed -n "s/^#   //p" "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node@24.21.0 better-sqlite3@13.2.0
cat > probe.mjs <<'JS'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'

const rowsIn = (database) => {
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 't'").get().n
  return tables === 0 ? 'no table' : database.prepare('SELECT count(*) AS n FROM t').get().n
}
const rowsInFile = (file, options) => {
  const database = new Database(file, options)
  const rows = rowsIn(database)
  database.close()
  return rows
}
const original = new Database('original.db')
original.pragma('journal_mode = WAL')
original.exec('CREATE TABLE t (x)')
const insert = original.prepare('INSERT INTO t VALUES (1)')
insert.run()
insert.run()
copyFileSync('original.db', 'early.db')
const early = rowsInFile('early.db')
console.log(`rows in the database: ${rowsIn(original)}, in a copy of the .db before a checkpoint: ${early}`)
original.pragma('wal_checkpoint(PASSIVE)')
insert.run()
copyFileSync('original.db', 'late.db')
const late = rowsInFile('late.db')
const after = 'in a copy of the .db after a checkpoint and one more commit'
console.log(`rows in the database: ${rowsIn(original)}, ${after}: ${late}`)
copyFileSync('original.db-wal', 'emptied.db-wal')
writeFileSync('emptied.db', '')
const emptied = rowsInFile('emptied.db', { readonly: true })
const log = existsSync('emptied.db-wal') ? 'is there' : 'is gone'
console.log(`an empty .db beside its log, opened for reading only: ${emptied}, and the log ${log}`)
original.close()
JS
got=$(node_modules/.bin/node probe.mjs)
echo "$got"
[ "$got" = "$wanted" ] || { echo 'this has changed' >&2; exit 1; }
