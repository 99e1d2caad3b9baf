import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ask, listen, socketNow, socketOf } from '../../src/daemon/control.ts'
import { Mistake } from '../../src/document/fault.ts'

function folder(deep = false): string {
  const top = mkdtempSync(join(tmpdir(), 'lockwarden-control-'))
  onTestFinished(() => rmSync(top, { recursive: true }))
  const data = deep ? join(top, 'd'.repeat(60), 'e'.repeat(60)) : top
  mkdirSync(data, { recursive: true })
  return data
}

/** What `holdFolder` writes down. */
function writeDown(data: string, socket: unknown): void {
  writeFileSync(join(data, 'daemon.json'), JSON.stringify({ pid: 1, run: 'x', socket }))
}

const answers = { health: () => ({ ok: true }) }

test('the socket is in the data folder', async () => {
  const data = folder()
  expect(socketNow(data)).toBe(join(data, 'control.sock'))
  const socket = socketOf(data)
  expect(socket).toBe(socketNow(data))
  const control = await listen(socket, answers)
  expect(await ask(socketNow(data), 'health')).toEqual({ ok: true })
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  await control.close()
  expect(await ask(socketNow(data), 'health')).toBeNull()
})

test('of too long a path it is in a private folder of a name nobody knows, and gone afterwards', async () => {
  const data = folder(true)
  const socket = socketOf(data)
  expect(socketOf(data)).not.toBe(socket)
  expect(existsSync(dirname(socket))).toBe(false)
  expect(await ask(socketNow(data), 'health')).toBeNull()
  const control = await listen(socket, answers)
  expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700)
  writeDown(data, socket)
  expect(await ask(socketNow(data), 'health')).toEqual({ ok: true })
  await control.close()
  expect(existsSync(dirname(socket))).toBe(false)
  expect(await ask(socketNow(data), 'health')).toBeNull()
})

test('a folder that others can write to is not believed', async () => {
  const data = folder(true)
  const socket = socketOf(data)
  const control = await listen(socket, answers)
  writeDown(data, socket)
  chmodSync(dirname(socket), 0o777)
  expect(socketNow(data)).toBeNull()
  await control.close()
  writeDown(data, 5)
  expect(socketNow(data)).toBeNull()
})

test('a folder that is there already is not taken', async () => {
  const socket = socketOf(folder(true))
  mkdirSync(dirname(socket))
  onTestFinished(() => rmSync(dirname(socket), { recursive: true }))
  await expect(listen(socket, answers)).rejects.toThrow(/EEXIST/)
})

test('a socket that cannot be made is a mistake with a way out', async () => {
  const data = folder()
  const failed = await listen(join(data, 'no', 'control.sock'), answers).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(Mistake)
  expect(String(failed)).toMatch(/no socket can be made at .*control\.sock \(\w+\).*data: in the config/)
})
