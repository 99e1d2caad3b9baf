// What systemd is told: by a systemd-notify of our own that writes down what it was given, and by the real one.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSystemd } from '../../src/cli/systemd.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { Household, project, until } from '../e2e/daemon.ts'
import { oneLockAt } from '../household.ts'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'lockwarden-notify-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** A stand-in on the path that writes down how it was called. */
function speaker(): { path: string; said(): string[] } {
  const bin = folder()
  const file = join(bin, 'said')
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${file}\n`)
  chmodSync(join(bin, 'systemd-notify'), 0o755)
  const said = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
  return { path: `${bin}:${process.env.PATH}`, said }
}

test('that it is ready, that its loops go round for as long as they do, and that it ends', async () => {
  const world = await startSandbox()
  const { path, said } = speaker()
  await using home = new Household({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '600000' })
  onTestFinished(() => world.close())
  home.env = { ...home.env, PATH: path }
  home.write('config.yaml', JSON.stringify({ ...oneLockAt(world), data: './data' }))
  home.write('rules/none.yaml', 'rules: []\n')
  const daemon = home.start('run')
  await until('the watchdog, twice', () => said().filter((line) => line === '/run/x WATCHDOG=1').length >= 2)
  expect(said()).toContain('/run/x --ready')
  await daemon.term()
  await until('the end', () => said().includes('/run/x STOPPING=1'))
  expect(daemon.said).not.toContain('systemd')
})

test('a loop that stands still is not reported as going round', async () => {
  const { path, said } = speaker()
  const trouble: string[] = []
  const systemd = openSystemd({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '300000', PATH: path }, (words) =>
    trouble.push(words),
  )
  let goesRound = false
  systemd.watch(() => goesRound)
  await new Promise((done) => setTimeout(done, 400))
  expect(said()).toEqual([])
  goesRound = true
  await until('the watchdog', () => said().length > 0)
  systemd.stopping()
  expect(trouble).toEqual([])
})

test('without systemd, or a watchdog for another process, nothing is said', async () => {
  const { path, said } = speaker()
  const none = openSystemd({ PATH: path, WATCHDOG_USEC: '300000' }, () => undefined)
  none.ready()
  none.watch(() => true)
  none.stopping()
  const env = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '300000', WATCHDOG_PID: '1', PATH: path }
  const other = openSystemd(env, () => undefined)
  other.watch(() => true)
  await new Promise((done) => setTimeout(done, 300))
  expect(said()).toEqual([])
})

test('where there is no systemd-notify, it is said once', async () => {
  const trouble: string[] = []
  const systemd = openSystemd({ NOTIFY_SOCKET: '/run/x', PATH: folder() }, (words) => trouble.push(words))
  systemd.ready()
  systemd.stopping()
  await until('the words', () => trouble.length > 0)
  await new Promise((done) => setTimeout(done, 100))
  expect(trouble).toEqual([expect.stringContaining('systemd cannot be notified')])
})

const isThere = (name: string) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
const hears =
  'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("bound",flush=True)\nwhile True:\n  d,a,f,_=s.recvmsg(4096,4096)\n  print(d.decode().replace("\\n"," "),flush=True)\n'

test.runIf(isThere('systemd-notify') && isThere('python3'))(
  'a real socket hears it from the real systemd-notify',
  async () => {
    const socket = join(folder(), 'notify')
    const listener = spawn('python3', ['-c', hears, socket], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void listener.kill())
    let heard = ''
    listener.stdout.on('data', (text: Buffer) => {
      heard += text.toString('utf8')
    })
    await until('the socket', () => heard.includes('bound'))
    const trouble: string[] = []
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000', PATH: process.env.PATH }
    const systemd = openSystemd(env, (words) => trouble.push(words))
    systemd.ready()
    await until('ready', () => heard.includes('READY=1'))
    systemd.watch(() => true)
    await until('the watchdog', () => heard.includes('WATCHDOG=1'))
    systemd.stopping()
    await until('the end', () => heard.includes('STOPPING=1'))
    expect(trouble).toEqual([])
  },
)

test('the unit says what that needs', () => {
  const unit = readFileSync(join(project, 'deploy/lockwarden.service'), 'utf8')
  for (const line of ['Type=notify', 'NotifyAccess=all', 'WatchdogSec=180']) expect(unit).toContain(`\n${line}\n`)
})
