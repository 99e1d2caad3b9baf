import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { project } from '../e2e/daemon.ts'

const compose = parse(readFileSync(join(project, 'compose.yaml'), 'utf8'))
const service = compose.services.lockwarden

describe('compose.yaml', () => {
  test('runs one service by the image of this folder, under a name that tells nothing', () => {
    expect(Object.keys(compose)).toEqual(['services'])
    expect(Object.keys(compose.services)).toEqual(['lockwarden'])
    expect(service).toMatchObject({ build: { context: '.' }, restart: 'unless-stopped', init: true })
    expect(service.image).toMatch(/^\$\{LOCKWARDEN_IMAGE:-lockwarden\}$/)
    for (const name of [service.container_name, service.hostname]) expect(name).not.toMatch(/lock|chast|kink|key/i)
  })

  test('gives it its data folder and nothing else to write to, and no rights', () => {
    expect(service).toMatchObject({
      user: '1000:1000',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      volumes: ['./data:/data'],
      ulimits: { core: 0 },
    })
    expect(service.tmpfs).toHaveLength(1)
    expect(service.tmpfs[0]).toMatch(/^\/tmp:rw,noexec,nosuid,nodev,size=\d+m/)
    for (const key of ['privileged', 'network_mode', 'pid', 'devices', 'cap_add'])
      expect(service).not.toHaveProperty(key)
  })

  test('publishes to this machine alone, bounds memory and log, and lets requests come back', () => {
    expect(service.ports).toEqual(['127.0.0.1:8787:8787'])
    expect(service.mem_limit).toMatch(/^\d+m$/)
    expect(Number.parseInt(service.mem_limit, 10)).toBeGreaterThanOrEqual(128)
    expect(service.pids_limit).toBeGreaterThan(0)
    expect(service.logging.options['max-size']).toBe('10m')
    expect(service.stop_grace_period).toBe('30s')
  })

  test('holds no secret', () => {
    expect(Object.keys(service.environment)).toEqual(['TZ'])
  })

  const client = spawnSync('docker', ['compose', 'version']).status === 0
  test.skipIf(!client)('is what Compose itself reads', () => {
    const said = execFileSync('docker', ['compose', '-f', join(project, 'compose.yaml'), 'config', '--format', 'json'])
    expect(JSON.parse(said.toString()).services.lockwarden.read_only).toBe(true)
  })
})

describe('the systemd unit', () => {
  const unit = readFileSync(join(project, 'deploy/lockwarden.service'), 'utf8')
  const lines = unit.split('\n').filter((line) => /^\w+=/.test(line))
  const value = (key: string) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1)

  test.each([
    ['User', 'lockwarden'],
    ['StateDirectory', 'lockwarden'],
    ['StateDirectoryMode', '0700'],
    ['UMask', '0077'],
    ['LoadCredential', 'chastify:/etc/lockwarden/chastify'],
    ['ProtectSystem', 'strict'],
    ['ProtectHome', 'yes'],
    ['NoNewPrivileges', 'yes'],
    ['PrivateTmp', 'yes'],
    ['CapabilityBoundingSet', ''],
    ['RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX'],
    ['LimitCORE', '0'],
    ['Environment', 'NODE_OPTIONS=--disable-sigusr1'],
    ['Restart', 'always'],
    ['RestartPreventExitStatus', '2'],
  ])('%s=%s', (key, wanted) => {
    expect(value(key)).toBe(wanted)
  })

  test('lets what V8 makes be run', () => {
    expect(value('MemoryDenyWriteExecute')).toBeUndefined()
  })

  const analyse = spawnSync('systemd-analyze', ['--version']).status === 0
  test.skipIf(!analyse)('is what systemd understands, and little exposed', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'lockwarden-unit-'))
    const file = join(scratch, 'lockwarden.service')
    copyFileSync(join(project, 'deploy/lockwarden.service'), file)
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    const own = verified.stderr.split('\n').filter((line) => line.includes('lockwarden'))
    expect([verified.status, own]).toEqual([0, []])
    const security = spawnSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' })
    if (security.status === 0) {
      expect(Number(/exposure level for lockwarden\.service: ([\d.]+)/.exec(security.stdout)?.[1])).toBeLessThan(2.5)
    }
    rmSync(scratch, { recursive: true })
  })
})

describe('the workflows', () => {
  const folder = join(project, '.github/workflows')
  const files = existsSync(folder) ? readdirSync(folder) : []
  interface Job {
    'runs-on'?: string
    'timeout-minutes'?: number
    permissions: Record<string, string>
    uses?: string
    needs?: string
    if?: string
    steps?: { uses?: string; run?: string; with?: Record<string, string | boolean> }[]
  }
  const workflow = (name: string) =>
    parse(readFileSync(join(folder, name), 'utf8')) as {
      on: Record<string, unknown>
      permissions: Record<string, string>
      jobs: Record<string, Job>
    }
  const jobs = files.flatMap((name) => Object.entries(workflow(name).jobs).map(([id, job]) => ({ name, id, ...job })))
  const steps = jobs.flatMap(({ steps = [] }) => steps)

  test('there is one for the tests, one for the image, one for what it stands on and one for the simulation', () => {
    expect(files.sort()).toEqual(['base.yml', 'ci.yml', 'image.yml', 'simulate.yml'])
  })

  test('have no rights but those a job names, and two jobs may write: packages, and a proposal', () => {
    for (const name of files) expect(workflow(name).permissions).toEqual({})
    for (const { id, permissions } of jobs) {
      const more: Record<string, Record<string, string>> = {
        publish: { packages: 'write' },
        propose: { contents: 'write', 'pull-requests': 'write' },
      }
      const rights = { contents: 'read', ...more[id] }
      expect([id, permissions]).toEqual([id, rights])
    }
    for (const name of files) expect(workflow(name).on).not.toHaveProperty('pull_request_target')
    // The simulation lives for an hour.
    const longest = (id: string) => (id === 'worlds' ? 90 : 30)
    for (const job of jobs.filter(({ uses }) => !uses))
      expect(job['timeout-minutes']).toBeLessThanOrEqual(longest(job.id))
  })

  test('pin every action to a commit, with its version beside it', () => {
    for (const name of files) {
      for (const [, used = ''] of readFileSync(join(folder, name), 'utf8').matchAll(/uses: (.*)/g)) {
        expect(used).toMatch(/^(?:\.\/\.github\/workflows\/[\w-]+\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/)
      }
    }
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    for (const step of checkouts) expect(step.with?.['persist-credentials']).toBe(false)
    expect(checkouts.length).toBe(jobs.filter(({ uses }) => !uses).length)
  })

  test('never put what strangers write into a shell', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{')
  })

  test('run what CONTRIBUTING tells, on the Node that is needed', () => {
    const said = steps.flatMap(({ run }) => run ?? [])
    expect(said).toEqual(
      expect.arrayContaining(['npm ci', 'npm run check', 'npm test', 'npm audit --omit=dev', 'npm pack']),
    )
    expect(steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'))?.with?.['node-version']).toBe('24')
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    for (const line of said) {
      const script = /^npm run (\S+)/.exec(line)?.[1]
      if (script) expect(scripts).toHaveProperty(script)
    }
  })

  test('build for both processors, and publish only what was tested and pushed', () => {
    const builds = steps.filter(({ uses }) => uses?.startsWith('docker/build-push-action@'))
    expect(builds.map((step) => [step.with?.platforms, step.with?.push])).toEqual([
      ['linux/amd64,linux/arm64', false],
      ['linux/amd64,linux/arm64', true],
    ])
    for (const step of builds) {
      expect(step.with?.['build-args']).toMatch(/^COMMIT=\$\{\{ steps\.made\..*\nCOMMIT_DATE=\$\{\{ steps\.made\./)
    }
    const { publish, test: tests } = workflow('image.yml').jobs
    expect(publish?.needs).toBe('test')
    expect([tests?.uses, tests?.if]).toEqual(['./.github/workflows/ci.yml', "github.event_name == 'push'"])
    expect(steps.find(({ uses }) => uses?.startsWith('docker/metadata-action@'))?.with?.tags).toContain('type=semver')
  })
})
