// Commands as another user than the daemon's, and on a disk that is full: what is said is what is so.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/core/model/finding.ts'
import { Daemon, household, project } from './daemon.ts'
import { Services } from './services.ts'
import { hasSmallDisk, smallDisk } from './smalldisk.ts'

const root = process.getuid?.() === 0
const nobody = 65_534

/** What a command says to another user, who may read the program and the config. */
async function asNobody(
  folder: string,
  words: readonly string[],
): Promise<{ code: number | null; all: string; out: string }> {
  const child = new Daemon(
    spawn(process.execPath, [join(project, 'src/main.ts'), ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', TZ: 'UTC', NO_COLOR: '1' },
      uid: nobody,
      gid: nobody,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const { code } = await child.ended
  return { code, all: child.said, out: child.out }
}

/** Only root is somebody else at will, and the program must be where others can read it. */
function canBeNobody(): boolean {
  if (!root) return false
  try {
    execFileSync(process.execPath, [join(project, 'src/main.ts'), '--version'], { uid: nobody, gid: nobody })
    return true
  } catch {
    return false
  }
}

describe.runIf(canBeNobody())('another user', () => {
  test('is told whose the data are, and nothing that is not known', async () => {
    await using services = await new Services().listen()
    await using home = household(services)
    const daemon = home.start('run')
    await daemon.until('an answer', async () => (await home.run(['health'])).code === 0)
    chmodSync(home.folder, 0o755)
    for (const name of ['config.yaml', 'rules/quiet.yaml']) chmodSync(home.path(name), 0o644)
    chmodSync(home.path('rules'), 0o755)
    chmodSync(home.data, 0o700)
    const whose = `${home.data} belongs to user 0, and this is user ${nobody}: run the command as user 0`
    for (const words of [['backup', '/tmp/never.backup'], ['quit'], ['restart'], ['restore', 'config.yaml']]) {
      const said = await asNobody(home.folder, words)
      if (words[0] === 'restore') expect(said.code).not.toBe(0)
      else expect([words, said.code, said.all]).toEqual([words, 1, `lockwarden: ${whose}\n`])
    }
    const doctor = JSON.parse((await asNobody(home.folder, ['doctor', '--json'])).out) as { findings: Finding[] }
    const of = (about: string) => doctor.findings.filter((one) => one.about === about)
    expect(of('data folder')).toMatchObject([{ severity: 'fault', message: whose }])
    for (const about of ['database', 'audit', 'daemon', 'backups']) expect(of(about)).toEqual([])
    expect(of('switch').map(({ message }) => message)).toEqual([])
    const second = await asNobody(home.folder, ['run'])
    expect([second.code, second.all.includes(whose)]).toEqual([1, true])
    for (const words of [['status'], ['history']]) {
      const said = await asNobody(home.folder, words)
      expect(said.code).toBe(1)
      expect(said.all).toMatch(/the daemon runs as another user|belongs to user 0/)
    }
    expect((await daemon.term()).code).toBe(0)
    for (const words of [['status'], ['history'], ['export', '--json']]) {
      const said = await asNobody(home.folder, words)
      expect([words, said.code, said.all]).toEqual([
        words,
        1,
        expect.stringMatching(/belongs to user 0|as another user/),
      ])
    }
  })
})

describe.runIf(hasSmallDisk())('a full disk', () => {
  test('is no matter of owners, and nothing is left of what was tried', async () => {
    const small = smallDisk()
    if (!small) throw new Error('there was a disk before')
    try {
      await using services = await new Services().listen()
      await using home = household(services, { rest: { data: small.path } })
      small.fill()
      const before = readdirSync(small.path)
      const { findings } = JSON.parse((await home.run(['doctor', '--json'])).out) as { findings: Finding[] }
      const [found] = findings.filter(({ about }) => about === 'data folder')
      expect(found).toMatchObject({ severity: 'fault', mend: 'make room on its disk' })
      expect(found?.message).toContain('(ENOSPC)')
      expect(readdirSync(small.path)).toEqual(before)
      const run = await home.run(['run', '--once'])
      expect(run.code).toBe(1)
      expect(run.all).toContain('the disk is full; make room')
      expect(run.all).not.toMatch(/owner|permission|belongs/)
      expect(readdirSync(small.path).filter((name) => /tmp|part|trial|daemon\.json/.test(name))).toEqual([])
      small.free()
      expect((await home.run(['run', '--once'])).code).toBe(0)
      small.fill()
      const kept = readdirSync(small.path)
      const backup = await home.run(['backup', join(small.path, 'one.backup')])
      expect([backup.code, backup.err]).toEqual([1, expect.stringContaining('there is no room left on the disk')])
      // The two that SQLite has beside an open database are its own.
      expect(readdirSync(small.path).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(kept)
    } finally {
      small.away()
    }
  })
})
