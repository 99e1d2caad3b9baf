import type Database from 'better-sqlite3'

/** The parts of a database, by kind and name, each with the statement that made it. */
type Shape = ReadonlyMap<string, string>

/** Ours has a handful; of a strange database no more need be read. */
const mostLookedAt = 200

/** The parts of a database. */
export function shapeOf(database: Database.Database): Shape {
  const parts = database
    .prepare<[number], { type: string; name: string; tbl_name: string; sql: string | null }>(
      'SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT ?',
    )
    .all(mostLookedAt)
  return new Map(parts.map(({ type, name, tbl_name, sql }) => [`${type} ${name} of ${tbl_name}`, bare(sql ?? '')]))
}

/** The first difference from the expected parts, in words; null if there is none. Parts in `also` may exist or not. */
export function strangeIn(is: Shape, should: Shape, also: Shape): string | null {
  for (const [part, sql] of is) {
    const wanted = should.get(part) ?? also.get(part)
    const [kind, name] = part.split(' ')
    if (wanted === undefined) return `the ${kind} ${name} is not one of its own`
    if (wanted !== sql) return `the ${kind} ${name} is not made as it should be`
  }
  const missing = [...should.keys()].find((part) => !is.has(part))
  return missing === undefined ? null : `the ${missing.split(' ').slice(0, 2).join(' ')} is missing`
}

/** A statement without its layout. */
function bare(sql: string): string {
  return sql.replace(/\s+/g, ' ').replace(/ ?([(),]) ?/g, '$1')
}
