#!/usr/bin/env bash
# Versions: Node 24.21.0, better-sqlite3 13.2.0, SQLite 3.54.1.
# Expected: a commit into a database whose file was removed, or replaced by another one, fails.
# Instead: in WAL mode it succeeds, with synchronous=FULL, too: it goes to the files that are still open, and is lost with
# the process. Nothing of it is in the file that has the name now. With a rollback journal the same commit is refused
# (SQLITE_READONLY_DBMOVED). So a program in WAL mode must look itself, by device and inode.
# Seen:
#   WAL, removed: committed, 2 rows by this connection, the file is not there
#   WAL, replaced: committed, 2 rows by this connection, 1 by a new one
#   rollback journal, removed: SQLITE_READONLY_DBMOVED
#   rollback journal, replaced: SQLITE_READONLY_DBMOVED
set -euo pipefail
wanted=$(sed -n "s/^#   //p" "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm i --no-audit --no-fund --silent node@24.21.0 better-sqlite3@13.2.0
cat > probe.mjs <<'JS'
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'

const count = (database) => database.prepare('SELECT count(*) AS n FROM t').get().n
function seen(mode, what) {
  const file = `${mode}-${what}.db`
  const database = new Database(file)
  database.pragma(`journal_mode = ${mode}`)
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
  if (mode === 'WAL') database.pragma('wal_checkpoint(TRUNCATE)')
  if (what === 'replaced') {
    copyFileSync(file, 'copy.db')
    renameSync('copy.db', file)
  } else rmSync(file)
  try {
    database.prepare('INSERT INTO t VALUES (2)').run()
  } catch (error) {
    return error.code
  }
  const own = `committed, ${count(database)} rows by this connection`
  database.close()
  if (!existsSync(file)) return `${own}, the file is not there`
  rmSync(`${file}-wal`, { force: true })
  return `${own}, ${count(new Database(file))} by a new one`
}
for (const [mode, name] of [['WAL', 'WAL'], ['DELETE', 'rollback journal']]) {
  for (const what of ['removed', 'replaced']) console.log(`${name}, ${what}: ${seen(mode, what)}`)
}
JS
got=$(node_modules/.bin/node probe.mjs)
echo "$got"
[ "$got" = "$wanted" ] || { echo 'this has changed' >&2; exit 1; }
