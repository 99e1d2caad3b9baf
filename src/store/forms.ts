import type Database from 'better-sqlite3'

// Before schema 3, the JSON in the database gained keys from build to build without a version number. Each of these
// functions takes one body of any of those builds to the form of schema 3. Anything else stays as it is: whoever reads
// it next reports what is wrong.

type Body = Record<string, unknown>

/** Brings every JSON body of a database from what was written before schema 3 to the form of schema 3. */
export function toFirstForm(database: Database.Database): void {
  const locks = database.prepare<[], { name: string; head: string }>('SELECT name, head FROM lock').all()
  const setHead = database.prepare<[string, string]>('UPDATE lock SET head = ? WHERE name = ?')
  const memories = database.prepare<[], { lock: string; key: string; body: string }>('SELECT * FROM memory').all()
  const setMemory = database.prepare<[string, string, string]>('UPDATE memory SET body = ? WHERE lock = ? AND key = ?')
  const ids = database.prepare<[], { id: number }>('SELECT rowid AS id FROM ledger ORDER BY rowid').all()
  const rowAt = database.prepare<[number], { body: string }>('SELECT body FROM ledger WHERE rowid = ?')
  const setRow = database.prepare<[string, number]>('UPDATE ledger SET body = ? WHERE rowid = ?')
  const assigned = new Map<unknown, Body[]>()
  for (const { id } of ids) {
    const { body = '' } = rowAt.get(id) ?? {}
    const row = bodyIn(body)
    if (!row) continue
    const after = JSON.stringify(rowOf(row))
    if (after !== body) setRow.run(after, id)
    if (row.action === 'task.assign' && row.state === 'applied') {
      assigned.set(row.lock, [...(assigned.get(row.lock) ?? []), row])
    }
  }
  for (const { lock, key, body } of memories) {
    const memory = bodyIn(body)
    const after = memory && JSON.stringify(memoryOf(memory))
    if (after && after !== body) setMemory.run(after, lock, key)
  }
  for (const { name, head } of locks) {
    const body = bodyIn(head)
    const after = body && JSON.stringify(headOf(body, assigned.get(name) ?? []))
    if (after && after !== head) setHead.run(after, name)
  }
}

/** A JSON object without infinite numbers, which would be written as null. */
function bodyIn(text: string): Body | null {
  try {
    const read: unknown = JSON.parse(text, (_, value) => {
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) throw new RangeError('no number')
      return value
    })
    return isBody(read) ? read : null
  } catch {
    return null
  }
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Adds missing keys at the end, so that a complete body stays unchanged. */
function filled(body: Body, usual: Body): Body {
  const lacking = Object.entries(usual).filter(([key]) => !Object.hasOwn(body, key))
  return lacking.length === 0 ? body : { ...body, ...Object.fromEntries(lacking) }
}

function mapped(value: unknown, change: (one: Body) => unknown): unknown {
  if (!isBody(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, isBody(one) ? change(one) : one]))
}

/** Inputs, gaps and the knowledge about freezes and tasks were added one after the other. */
function headOf(head: Body, assigned: readonly Body[]): Body {
  const sessions = mapped(head.sessions, (session) => ({
    ...filled(session, { wearer: null, task: {}, frozen: null, thawedAt: null, standsFrozen: null }),
    task: taskOf(session, assigned),
  }))
  return filled({ ...head, sessions }, { inputs: {}, gaps: [] })
}

function taskOf(session: Body, assigned: readonly Body[]): unknown {
  const { task = {} } = session
  if (!isBody(task)) return task
  // The last reading saw all tasks that were assigned before it. If such a task counted as new, it would look like a
  // replaced one.
  const last = assigned.findLast(
    ({ session: of, endedAt }) => of === session.key && Number(endedAt ?? 0) <= Number(session.seenAt ?? 0),
  )
  const key = last && [last.lock, last.session, last.mode, last.rule, last.occurrence, last.position].join(' ')
  return filled(task, { open: null, closed: null, lastResult: null, lastRow: key ?? null })
}

/**
 * The first build knew one firing for an episode. Later builds stored changes by the position of the leaf in the
 * condition.
 */
function memoryOf(memory: Body): Body {
  const { since, fired, ...rest } = memory
  const begun = typeof since === 'number' ? { since, occurred: fired === true ? 1 : 0, from: since, blindMs: 0 } : null
  const usual = { digest: '', episode: begun, changes: 0, moment: null, looked: null, anchors: {}, lost: null }
  const whole = filled('fired' in memory ? rest : memory, usual)
  // Such a build did not store its last look, so the time between that and now counts as unobserved.
  const { from } = (whole.episode ?? {}) as { from?: unknown }
  const looked = 'looked' in memory ? whole.looked : (from ?? null)
  return { ...whole, looked, anchors: anchorsOf(whole.anchors) }
}

/**
 * The anchors of changes. The position of a leaf does not tell its fact, so the next reading becomes the anchor. The
 * rise of a count was one number, below 0 for a fall.
 */
function anchorsOf(anchors: unknown): unknown {
  if (!isBody(anchors)) return anchors
  const ofFacts = Object.entries(anchors).filter(([, one]) => !isBody(one) || Object.hasOwn(one, 'asked'))
  return mapped(Object.fromEntries(ofFacts), ({ risen, ...anchor }) => {
    const moved = typeof risen === 'number' && risen !== 0 ? { [risen > 0 ? 'up' : 'down']: Math.abs(risen) } : {}
    return filled(anchor, moved)
  })
}

/** Before lost answers were counted, an unsettled row had lost one. */
function rowOf(row: Body): Body {
  const sent = typeof row.sentAt === 'number' ? (row.params ?? null) : null
  const lost = row.state === 'unknown' || row.state === 'unsettled' ? 1 : 0
  const usual = { due: row.at, goesOn: false, resend: false, sent, lost, before: null, absentAt: null }
  return filled(row, usual)
}
