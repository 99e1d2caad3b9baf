// What a container is, out of what Linux has by itself: an own view of the files, of which all but a few folders are
// read-only; an own network, in which there is nothing but this machine's loopback; no rights; and little memory.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Daemon } from '../e2e/daemon.ts'

const memory = '/sys/fs/cgroup/memory'
const unified = '/sys/fs/cgroup'

/** How a limit to the memory can be set here: by a control group of either version, or not at all. */
export function memoryLimiter(): 'cgroup v1' | 'cgroup v2' | null {
  if (process.getuid?.() !== 0) return null
  for (const [kind, folder, file] of [
    ['cgroup v1', memory, 'memory.limit_in_bytes'],
    ['cgroup v2', unified, 'cgroup.controllers'],
  ] as const) {
    if (!existsSync(join(folder, file))) continue
    const trial = join(folder, `lockwarden-trial-${process.pid}`)
    try {
      mkdirSync(trial)
      const limit = existsSync(join(trial, 'memory.max')) || existsSync(join(trial, 'memory.limit_in_bytes'))
      execFileSync('rmdir', [trial])
      if (limit) return kind
    } catch {
      // It cannot be had here; perhaps the other can.
    }
  }
  return null
}

/** Whether namespaces and layered file systems can be had here. */
export function canJail(scratch: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  for (const name of ['a', 'b', 'c']) mkdirSync(join(scratch, 'trial', name), { recursive: true })
  const script =
    'mount --make-rprivate / && mount -t overlay overlay -o lowerdir=a:b c && ip link set lo up && setpriv --no-new-privs chroot --version'
  const tried = spawnSync('unshare', ['--mount', '--net', 'sh', '-c', script], { cwd: join(scratch, 'trial') })
  return tried.status === 0
}

/** The least of a base image: Node, a shell, what takes rights away, and the libraries they were linked with. */
export function makeBase(folder: string): void {
  const put = (from: string, to: string) => {
    const path = join(folder, to)
    if (existsSync(path)) return
    mkdirSync(dirname(path), { recursive: true })
    try {
      linkSync(realpathSync(from), path)
    } catch {
      copyFileSync(realpathSync(from), path)
    }
  }
  const node = process.execPath
  for (const [from, to] of [
    [node, '/usr/local/bin/node'],
    [programNamed('sh'), '/bin/sh'],
    [programNamed('setpriv'), '/usr/bin/setpriv'],
  ] as const) {
    put(from, to)
    const linked = execFileSync('ldd', [from], { encoding: 'utf8' })
    for (const [library] of linked.matchAll(/\/\S+\.so\S*/g)) put(library, library)
  }
  for (const name of ['proc', 'dev', 'tmp', 'data', 'etc']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'etc/passwd'), 'node:x:1000:1000::/home/node:/bin/sh\n')
}

function programNamed(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
}

export interface Jail {
  image: string
  base: string
  /** An empty folder to mount on. */
  root: string
  /** What `/data` is; the one place that lasts. */
  data: string
  user: string
  workdir: string
  env: Readonly<Record<string, string>>
  /** Bytes. */
  memory?: number
}

/** A program of this machine that shares the network of a jail, started before what is jailed. */
export interface Neighbour {
  words: readonly string[]
  env: Readonly<Record<string, string>>
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

/** Starts a command in a jail; what it uses of the memory is told by `memoryUsed` afterwards. */
export function jailed(
  jail: Jail,
  command: readonly string[],
  neighbour: Neighbour | null,
): Daemon & { group: string } {
  const { image, base, root, data, user, workdir, env } = jail
  const group = join(memoryLimiter() === 'cgroup v2' ? unified : memory, `lockwarden-${process.pid}-${counter++}`)
  const limited = jail.memory !== undefined && memoryLimiter() !== null
  if (limited) {
    mkdirSync(group)
    const file = existsSync(join(group, 'memory.max')) ? 'memory.max' : 'memory.limit_in_bytes'
    writeFileSync(join(group, file), String(jail.memory))
  }
  const [uid, gid] = user.split(':')
  const inside = `cd ${workdir} && exec ${command.map(quoted).join(' ')}`
  const script = [
    'set -e',
    'mount --make-rprivate /',
    // Layers without an upper one are read-only.
    `mount -t overlay overlay -o lowerdir=${image}:${base} ${root}`,
    `mount --bind ${data} ${root}/data`,
    `mount -t tmpfs -o size=16m,noexec,nosuid,nodev,mode=1777 tmpfs ${root}/tmp`,
    `mount -t proc proc ${root}/proc`,
    `mount --bind /dev ${root}/dev`,
    'ip link set lo up',
    ...(neighbour
      ? [
          `${cleanly(neighbour.env)} ${neighbour.words.map(quoted).join(' ')} > ${root}.neighbour 2>&1 &`,
          `for i in $(seq 100); do grep -q 127.0.0.1 ${root}.neighbour && break; sleep 0.1; done`,
        ]
      : []),
    ...(limited ? [`echo $$ > ${group}/cgroup.procs`] : []),
    `exec ${cleanly(env)} ${programNamed('chroot')} ${root} /usr/bin/setpriv --reuid ${uid} --regid ${gid} --clear-groups \\`,
    `  --no-new-privs --bounding-set=-all --inh-caps=-all -- /bin/sh -c ${quoted(inside)}`,
  ].join('\n')
  // A process tree of its own, so that the neighbour ends with it.
  const child = spawn('unshare', ['--mount', '--net', '--pid', '--fork', '--kill-child=SIGKILL', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return Object.assign(new Daemon(child), { group })
}

function cleanly(env: Readonly<Record<string, string>>): string {
  const given = Object.entries(env)
  return ['env', '-i', ...given.map(([name, value]) => quoted(`${name}=${value}`))].join(' ')
}

let counter = 0

/** The process that was jailed, as this machine numbers it; null before it is there. */
export function jailedProcess({ process: { pid } }: Daemon): number | null {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    return child ? Number(child) : null
  } catch {
    return null
  }
}

/** Another command in a jail, as an engine's `exec` has it. */
export function alongside(inside: number, user: string, command: readonly string[]): Daemon {
  const [uid, gid] = user.split(':')
  const into = [
    '-t',
    `${inside}`,
    '--mount',
    '--net',
    '--pid',
    '--root',
    '--wd',
    '--setuid',
    `${uid}`,
    '--setgid',
    `${gid}`,
  ]
  return new Daemon(spawn('nsenter', [...into, '--', ...command], { stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** The most memory that a jailed command had, in bytes, and how often it was refused any; to be asked once it has ended. */
export function memoryUsed({ group }: { group: string }): { most: number; refused: number } {
  const read = (...names: string[]) => {
    const name = names.find((one) => existsSync(join(group, one)))
    return name === undefined ? '' : readFileSync(join(group, name), 'utf8').trim()
  }
  const most = Number(read('memory.max_usage_in_bytes', 'memory.peak') || 0)
  const events = read('memory.oom_control', 'memory.events')
  const refused = Number(/oom_kill (\d+)/.exec(events)?.[1] ?? 0)
  if (existsSync(group)) rmdirSync(group)
  return { most, refused }
}
