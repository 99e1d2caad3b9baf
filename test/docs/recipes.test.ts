// The recipes for a container and for systemd, run from the text of the page as far as that goes without an engine: what
// engine and system would do with what was made is done by stand-ins, on the very files.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { Daemon, project, until } from '../e2e/daemon.ts'

const page = readFileSync(join(project, 'docs/operating.md'), 'utf8')
/** The commands of a part of the page, those that go on over a line's end in one. */
function recipe(part: string): string[] {
  const text = page.slice(page.indexOf(`### ${part}\n`)).split(/\n##+ (?!#)/)[0] ?? ''
  return [...text.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, code = '']) => code.replaceAll('\\\n', ' ').split('\n'))
    .filter((line) => line !== '')
}

let home = ''
let world: Sandbox
const clone = () => join(home, 'clone')

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'lockwarden-recipes-'))
  world = await startSandbox({ chastify: { token: 'paste-it-here' } })
  for (const name of ['rules', 'deploy', 'compose.yaml'])
    cpSync(join(project, name), join(clone(), name), { recursive: true })
  const example = readFileSync(join(project, 'config.example.yaml'), 'utf8')
  writeFileSync(
    join(clone(), 'config.example.yaml'),
    example.replace('# base_url: https://chastify.net', `base_url: ${world.url}`),
  )
  mkdirSync(join(home, 'bin'))
  command('lockwarden', `exec "${process.execPath}" "${inject('program')}" "$@"`)
  command('sudo', 'while [[ "$1" == -* ]]; do [ "$1" = -u ] && shift; shift; done; exec "$@"')
  command('chown', 'echo "chown $*" >> "$HOME/calls"')
})
afterEach(async () => {
  const pid = join(home, 'pid')
  if (existsSync(pid)) {
    try {
      process.kill(Number(readFileSync(pid, 'utf8')))
    } catch {
      // It has ended.
    }
    await until('its end', () => !alive(Number(readFileSync(pid, 'utf8'))))
  }
  await world.close()
  rmSync(home, { recursive: true, force: true })
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A command that the recipe finds first. */
function command(name: string, script: string): void {
  writeFileSync(join(home, 'bin', name), `#!/bin/bash\n${script}\n`)
  chmodSync(join(home, 'bin', name), 0o755)
}

/** Starts something as an engine would: in the background, its log kept, until it is well. */
const inBackground = (words: string) =>
  [
    `(${words} > "$HOME/log" 2>&1 < /dev/null & echo $! > "$HOME/pid")`,
    'for i in $(seq 150); do lockwarden health --config "$config" > /dev/null 2>&1 && exit 0; sleep 0.2; done',
    'cat "$HOME/log"; exit 1',
  ].join('\n')

async function follow(lines: readonly string[]): Promise<string> {
  const env = { PATH: `${join(home, 'bin')}:${process.env.PATH}`, HOME: home, TZ: 'UTC', NO_COLOR: '1' }
  const script = lines.flatMap((line) => [`echo '+ ${line.replaceAll("'", "'\\''")}'`, line])
  const ran = new Daemon(
    spawn('bash', ['-c', ['set -e', ...script].join('\n')], { cwd: clone(), env, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  const { code } = await ran.ended
  if (code !== 0) throw new Error(`it said:\n${ran.said.slice(-3000)}`)
  return ran.said
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('a container', () => {
  const lines = recipe('Container')
  const [, words = '[]'] = /^CMD (\[.*\])$/m.exec(readFileSync(join(project, 'Dockerfile'), 'utf8')) ?? []
  const starts = (JSON.parse(words) as string[]).map((word) => word.replace('/data/', '$PWD/')).join(' ')

  test('what is made is clean, is read with the token, and the owner comes last', async () => {
    command(
      'docker',
      `cd data; config="$PWD/config.yaml"
case "$1 $2" in
  "compose run") shift 4; exec lockwarden "$@" ;;
  "compose up") ${inBackground(`lockwarden ${starts}`)} ;;
  "compose exec") shift 3; exec "$@" ;;
  "logs "*) cat "$HOME/log" ;;
  "exec warden") shift 2; exec "$@" ;;
  *) echo "what is docker $*?"; exit 1 ;;
esac`,
    )
    const said = await follow(lines)
    expect(said).toMatch(
      /\+ docker compose exec lockwarden lockwarden status[\s\S]*main \(dry-run\)\n.*Weekend Challenge/,
    )
    expect(readFileSync(join(home, 'calls'), 'utf8')).toBe('chown -R 1000:1000 data\n')
    const after = lines.slice(lines.findIndex((line) => line.includes('chown')) + 1)
    expect(after.filter((line) => !line.startsWith('docker '))).toEqual([])
    for (const name of ['config.yaml', 'secrets/chastify'])
      expect([name, mode(join(clone(), 'data', name))]).toEqual([name, '600'])
    expect(mode(join(clone(), 'data'))).toBe('700')
    expect(existsSync(join(clone(), 'data/lockwarden.db'))).toBe(true)
  })

  test('the workflow takes it from the first page, as it stands there', () => {
    const workflow = parse(readFileSync(join(project, '.github/workflows/ci.yml'), 'utf8'))
    const [, take] = workflow.jobs.container.steps as { run: string }[]
    const taken = execFileSync('bash', ['-c', (take?.run ?? '').replace(' | tee recipe.sh', '')], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(taken.trim().split('\n')).toEqual(lines.slice(0, taken.trim().split('\n').length))
    expect(taken).toContain('docker compose up -d --wait')
  })

  test('the page calls service and container by their names', () => {
    const name = /container_name: (\S+)/.exec(readFileSync(join(project, 'compose.yaml'), 'utf8'))?.[1]
    const books = execFileSync(
      'grep',
      ['-rhoE', 'docker (logs|exec)( --?[a-z]+( [0-9]+)?)* [a-z]+', 'docs', 'README.md'],
      {
        cwd: project,
        encoding: 'utf8',
      },
    )
    for (const line of books.trim().split('\n')) expect(line.split(' ').at(-1)).toBe(name)
  })

  test('a faulty config is said once and waited for, and taken up when it is mended', async () => {
    const file = join(home, 'config.yaml')
    const chastify = { token: 'paste-it-here', base_url: world.url }
    const config = { version: 1, locks: { main: { chastify, poll: { chastify: '1s' } } } }
    writeFileSync(file, JSON.stringify({ ...config, mode: 'lively' }))
    mkdirSync(join(home, 'rules'))
    const words = [inject('program'), 'run', '--wait', '--config', file]
    const daemon = new Daemon(spawn(process.execPath, words, { cwd: home, env: { TZ: 'UTC' } }))
    await daemon.says('it waits until that is mended')
    expect(daemon.err).toMatch(/config\.yaml:1:\d+: /)
    writeFileSync(file, JSON.stringify(config))
    await daemon.says('watching with 0 rules')
    expect(daemon.err.match(/it waits until/g)).toHaveLength(1)
    expect(await daemon.term()).toMatchObject({ code: 0 })
  })

  test('told to end while it waits, it ends at once and well', async () => {
    const words = [inject('program'), 'run', '--wait', '--config', join(home, 'none.yaml')]
    const daemon = new Daemon(spawn(process.execPath, words, { cwd: home, env: { TZ: 'UTC' } }))
    await daemon.says('it waits until that is mended')
    expect(await daemon.term()).toMatchObject({ code: 0 })
  })
})

describe('systemd', () => {
  const root = () => join(home, 'root')
  const here = (line: string) =>
    line.replaceAll(/\/(var\/lib\/lockwarden|etc\/lockwarden|etc\/systemd)/g, `${root()}/$1`)

  test('its steps can be followed in their order, and the unit runs on what they made', {}, async () => {
    for (const folder of ['var/lib', 'etc/systemd/system']) mkdirSync(join(root(), folder), { recursive: true })
    const unit = join(root(), 'etc/systemd/system/lockwarden.service')
    const credentials = join(home, 'credentials')
    const handed = `mkdir -p "${credentials}"; export CREDENTIALS_DIRECTORY="${credentials}"`
    command('useradd', 'echo "useradd $*" >> "$HOME/calls"')
    command(
      'systemctl',
      `[ "$1" = daemon-reload ] && exit 0
${handed}
value() { sed -n "s|^$1=||p" "${unit}" | sed 's|/var/lib/|${root()}/var/lib/|g; s|/etc/|${root()}/etc/|g'; }
credential=$(value LoadCredential); cp "\${credential#*:}" "${credentials}/\${credential%%:*}"
cd "$(value WorkingDirectory)"; config="$PWD/config.yaml"; start=$(value ExecStart)
${inBackground('$start')}`,
    )
    command(
      'systemd-run',
      `${handed}
while [ "\${1#--}" != "$1" ]; do
  case "$1" in
    --working-directory=*) folder="\${1#*=}" ;;
    --property=LoadCredential=*) given="\${1##*=}"; cp "\${given#*:}" "${credentials}/\${given%%:*}" ;;
  esac
  shift
done
cd "$folder"; "$@" || [ $? = 1 ]`,
    )
    const said = await follow(recipe('systemd').map(here))
    expect(said).toMatch(/status --config .*\n[\s\S]*main \(dry-run\)\n.*Weekend Challenge/)
    expect(said).toMatch(/systemd-run[\s\S]*token: it reads Weekend Challenge[\s\S]*all is well/)
    expect(readFileSync(join(home, 'calls'), 'utf8')).toMatch(/^useradd .* lockwarden\nchown -R lockwarden: .*\n$/)
    expect(mode(join(root(), 'etc/lockwarden/chastify'))).toBe('600')
    expect(mode(join(root(), 'var/lib/lockwarden/config.yaml'))).toBe('600')
  })
})
