// A disk that is full, not to be written to, or spoilt; and a database from elsewhere.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pause } from '../e2e/daemon.ts'
import { type House, ruleFile } from './house.ts'
import type { Trial } from './trials.ts'

const rules = ruleFile([
  { id: 'one', then: ['add_time: 601', 'log: One'] },
  { id: 'two', then: ['add_time: 602', 'log: Two'] },
])
const setting = { rules }
const isRoot = process.getuid?.() === 0
/** As root nothing is read-only, so the daemon runs as somebody else then. */
const nobody = isRoot ? { uid: 65_534 } : {}

const databaseOf = (house: House) => join(house.data, 'lockwarden.db')

/** A daemon that has done the first rule and ended as it should. */
async function lived(house: House): Promise<void> {
  house.start()
  house.call('one')
  await house.settled('one', 2)
  await house.daemon?.term()
}

/** It must refuse to run, in words for a person, and send nothing. */
async function refuses(house: House, words: RegExp, starting: Parameters<House['start']>[0] = {}): Promise<string[]> {
  const before = house.sandbox.seen.length
  house.call('two')
  const daemon = house.start(starting)
  const ended = await Promise.race([daemon.ended, pause(30_000).then(() => null)])
  const faults: string[] = []
  if (ended === null) faults.push('it goes on')
  else if (ended.code === 0) faults.push('it ended with 0')
  if (!words.test(daemon.err)) faults.push(`it should say ${words}; it said ${daemon.said}`)
  if (/\n\s+at /.test(daemon.err)) faults.push(`it shows a stack: ${daemon.err}`)
  const sent = house.sandbox.seen.slice(before).filter(({ method }) => method === 'POST').length
  if (sent > 0) faults.push(`it sent ${sent} requests`)
  return faults
}

function refusal(name: string, words: RegExp, spoil: (house: House) => void): Trial {
  return {
    name,
    setting,
    async run(house, expect) {
      await lived(house)
      spoil(house)
      for (const fault of await refuses(house, words)) expect.that(false, fault)
      expect.happened('add_time', 1)
    },
  }
}

/** Writes rubbish over part of the database, its log taken in before. */
function overwrite(house: House, part: (bytes: Buffer) => void): void {
  const file = databaseOf(house)
  const database = new Database(file)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  const bytes = readFileSync(file)
  part(bytes)
  writeFileSync(file, bytes)
}

/** Files may not grow beyond so many blocks; the system's own limit needs no rights. */
const withLimit = (blocks: number) => ['/bin/sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh']

const many = Array.from({ length: 30 }, (_, n) => ({ id: `many-${n}`, then: [`add_time: ${800 + n}`] }))

const full: Trial = {
  name: 'disk full (ulimit -f) at some commit, then kill -9 and room again',
  setting: { rules: ruleFile([{ id: 'one', then: ['add_time: 601', 'log: One'] }, ...many]) },
  async run(house, expect) {
    await lived(house)
    // Room for the log of some commits; the unit is 512 bytes or 1024, as the shell likes.
    const daemon = house.start({ through: withLimit(80) })
    await house.readings(1)
    const isFull = () => /nothing is sent until it can be/.test(daemon.said)
    for (const { id } of many) {
      if (isFull()) break
      house.call(id)
      await house.until(
        `${id} or a full disk`,
        20_000,
        () => isFull() || house.rows(id)[0]?.state === 'applied' || null,
      )
    }
    expect.that(isFull(), 'the disk was never full')
    await house.readings(4)
    await house.kill()
    house.start()
    const open = house.rows().find((row) => row.state !== 'applied')
    if (open) await house.settled(open.rule, 1)
    await house.readings(6)
    expect.that(
      house.rows().every(({ state }) => state === 'applied'),
      'not all is applied',
    )
  },
}

/** A file system of one megabyte, where this may be mounted. */
function mounted(house: House): boolean {
  mkdirSync(house.data, { recursive: true })
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', house.data], { stdio: 'ignore' })
  } catch {
    return false
  }
  house.atEnd(() => void execFileSync('/bin/umount', [house.data], { stdio: 'ignore' }))
  return true
}

function fill(house: House): string {
  const ballast = join(house.data, 'ballast')
  for (let size = 1024 * 1024; size >= 512; size /= 2) {
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' })
    } catch {
      // Full for pieces of this size.
    }
  }
  return ballast
}

const filled: Trial = {
  name: 'disk full (tmpfs) before a decision, and with an answer not yet stored',
  setting,
  async run(house, expect) {
    if (!mounted(house)) return
    await lived(house)
    const daemon = house.start()
    await house.readings(1)
    const ballast = fill(house)
    house.call('two')
    await daemon.until('the words of a full disk', () => /nothing is sent until it can be/.test(daemon.said))
    expect.happened('add_time', 1)
    // It goes on reading, so that a minute later it does not count as standing still.
    await house.moment(house.now + 70_000)
    const ill = await house.command('health')
    expect.that(
      ill.code === 1 && /^main: nothing can be stored in .*: the disk is full; make room\n$/.test(ill.said),
      `health says ${ill.said}`,
    )
    const { said } = await house.command('status')
    expect.that(/NOTHING IS DECIDED: nothing can be stored/.test(said), `status says ${said}`)
    house.fault({ call: 'add_time', kind: 'slow', holdMs: 400, times: 1 })
    const from = house.sandbox.seen.length
    rmSync(ballast)
    await house.arrival(from)
    // The request is on its way; what comes of it finds no room.
    fill(house)
    await pause(800)
    rmSync(ballast)
    await house.settled('two', 2)
    expect.states('two', ['applied', 'applied'])
    expect.happened('add_time', 2)
    const well = await house.command('health')
    expect.that(well.code === 0, `health says ${well.said} although there is room again`)
  },
}

const filledAndKilled: Trial = {
  name: 'disk full (tmpfs) with an answer not yet stored, then kill -9',
  setting,
  async run(house, expect) {
    if (!mounted(house)) return
    await lived(house)
    house.start()
    await house.readings(1)
    house.fault({ call: 'add_time', kind: 'slow', holdMs: 300, times: 1 })
    const from = house.sandbox.seen.length
    house.call('two')
    await house.arrival(from)
    const ballast = fill(house)
    await pause(800)
    await house.kill()
    rmSync(ballast)
    house.start()
    await house.settled('two', 2)
    expect.states('two', ['applied', 'applied'])
    expect.happened('add_time', 2)
  },
}

function takenAway(name: string, then: (house: House) => Promise<void>): Trial {
  return {
    name: `the database is taken away while it runs, ${name}`,
    setting,
    async run(house, expect) {
      await lived(house)
      const daemon = house.start()
      await house.readings(1)
      house.fault({ call: 'add_time', kind: 'slow', holdMs: 300, times: 1 })
      const from = house.sandbox.seen.length
      house.call('two')
      await house.arrival(from)
      // The request is on its way; what comes of it has no place to be stored in.
      renameSync(databaseOf(house), join(house.folder, 'away.db'))
      await daemon.until('the words of a missing file', () => /was taken away/.test(daemon.said))
      await house.readings(2)
      await then(house)
      await house.settled('two', 2)
      expect.states('two', ['applied', 'applied'])
      expect.happened('add_time', 2)
    },
  }
}

const putBack = (house: House) => renameSync(join(house.folder, 'away.db'), databaseOf(house))

const readOnly: Trial = {
  name: 'the data folder is read-only at the start',
  setting,
  async run(house, expect) {
    await lived(house)
    chmodSync(house.folder, 0o755)
    for (const name of ['config.yaml', 'rules/rules.yaml']) chmodSync(join(house.folder, name), 0o644)
    chmodSync(house.data, 0o555)
    for (const name of readdirSync(house.data)) chmodSync(join(house.data, name), 0o444)
    for (const fault of await refuses(house, /cannot use the data folder|belongs to user 0, and this is user/, nobody))
      expect.that(false, fault)
    expect.happened('add_time', 1)
    chmodSync(house.data, 0o700)
  },
}

const folder: Trial = {
  name: 'a folder in place of the database',
  setting,
  async run(house, expect) {
    mkdirSync(databaseOf(house), { recursive: true })
    for (const fault of await refuses(house, /cannot use|cannot be/)) expect.that(false, fault)
    rmSync(databaseOf(house), { recursive: true })
    house.start()
    await house.settled('two', 2)
    expect.happened('add_time', 1)
  },
}

const emptied: Trial = {
  name: 'the database is an empty file',
  setting,
  ledger: 'lost',
  async run(house, expect) {
    await lived(house)
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(databaseOf(house) + suffix)) truncateSync(databaseOf(house) + suffix, 0)
    }
    // All that was remembered is gone, and the folder knows that there was something.
    for (const fault of await refuses(house, /not the one that was here/)) expect.that(false, fault)
    expect.happened('add_time', 1)
  },
}

const torn: Trial = {
  name: 'a torn page in the middle of the database',
  setting,
  async run(house, expect) {
    await lived(house)
    overwrite(house, (bytes) => {
      // Each page but the first, its second half: whatever is read of them is wrong.
      for (let at = 4096; at + 4096 <= bytes.length; at += 4096) bytes.fill(0xa5, at, at + 2048)
    })
    for (const fault of await refuses(house, /damaged|cannot use/)) expect.that(false, fault)
    expect.happened('add_time', 1)
  },
}

const kept: Trial = {
  name: 'kill -9, then the end of the write-ahead log is cut off',
  setting,
  async run(house, expect) {
    await lived(house)
    house.start()
    house.call('two')
    await house.settled('two', 2)
    await house.kill()
    const log = `${databaseOf(house)}-wal`
    // A power cut may tear the last frame only; what was answered for before it is on disk.
    if (existsSync(log) && statSync(log).size > 4000) truncateSync(log, statSync(log).size - 1000)
    house.start()
    await house.settled('two', 2)
    await house.readings(6)
    expect.happened('add_time', 2)
  },
}

export const storage: readonly Trial[] = [
  full,
  filled,
  filledAndKilled,
  takenAway('then put back', async (house) => putBack(house)),
  takenAway('then kill -9, and it is put back', async (house) => {
    await house.kill()
    putBack(house)
    house.start()
  }),
  readOnly,
  folder,
  emptied,
  torn,
  kept,
  refusal('rubbish in place of the database', /damaged/, (house) => {
    rmSync(`${databaseOf(house)}-wal`, { force: true })
    writeFileSync(databaseOf(house), 'Rubbish, and nothing else. '.repeat(500))
  }),
  refusal('the database cut off in its middle', /damaged|cannot use/, (house) => {
    overwrite(house, () => undefined)
    truncateSync(databaseOf(house), Math.floor(statSync(databaseOf(house)).size / 2))
  }),
  refusal('a newer database', /newer lockwarden/, (house) => {
    const database = new Database(databaseOf(house))
    database.pragma('user_version = 99')
    database.close()
  }),
]
