import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Config, dataFolderOf, type LockConfig, loadConfig } from '../../src/config/load.ts'
import { hashPassword } from '../../src/config/password.ts'
import { configSchemaOf } from '../../src/config/schema.ts'
import { readTokenFile } from '../../src/config/tokens.ts'
import { Faulty, faultLine, Mistake } from '../../src/document/fault.ts'
import type { ChastifyCredentials } from '../../src/services/chastify/client.ts'
import { services } from '../../src/services/index.ts'
import type { Secret } from '../../src/services/secret.ts'
import { readBaseUrl } from '../../src/services/section.ts'
import type { TrackerCredentials } from '../../src/services/tracker/client.ts'
import { faultsOf, folderWith, load, said } from './files.ts'

const good = `version: 1
locks:
  main:
    chastify: { token: dev-12345678 }
`

function only(config: Config): LockConfig {
  const [lock] = config.locks
  if (!lock) throw new Error('no lock')
  return lock
}

/** What the clients of the two services are given for a lock. */
function given(lock: LockConfig | undefined): { chastify?: ChastifyCredentials; tracker?: TrackerCredentials } {
  return lock?.credentials ?? {}
}

/** The tokens of a lock that stand in files. */
const inFiles = (lock: LockConfig | undefined) => lock?.tokens.filter(({ file }) => file !== null)

test('the least config gets every default', async () => {
  const folder = await folderWith({ 'config.yaml': good })
  const config = await loadConfig(join(folder, 'config.yaml'), { TZ: 'Europe/Berlin' })
  expect(config).toMatchObject({
    file: join(folder, 'config.yaml'),
    folder,
    mode: 'dry-run',
    zone: 'Europe/Berlin',
    data: join(folder, 'data'),
  })
  const lock = only(config)
  expect(lock).toMatchObject({
    name: 'main',
    expect: null,
    newLock: 'ask',
    polls: { chastify: { everyMs: 30_000 }, tracker: { everyMs: 300_000 } },
    rules: join(folder, 'rules'),
  })
  expect(inFiles(lock)).toEqual([])
  expect(given(lock).tracker).toBeUndefined()
  expect(given(lock).chastify?.baseUrl).toBe('https://chastify.net')
  expect(given(lock).chastify?.token.reveal()).toBe('dev-12345678')
  expect(given(lock).chastify).not.toHaveProperty('device')
  expect(lock.limits).toMatchObject({ ends: null, remaining: 30 * 86_400, add_time: { each: 3600 } })
})

test('every key arrives where it is used', async () => {
  const files = {
    's/c': 'dev-file\n',
    's/t': ' trk-file ',
    's/d': '\ufeffdom-file',
    's/k': 'app-key',
    's/m': 'main-tok',
  }
  const text = `version: 1
mode: live
timezone: America/New_York
data: /var/lib/lockwarden
locks:
  main:
    chastify:
      token_file: s/c
      base_url: http://localhost:8787/
      device: { route: extension, session_id: 0a1b, app_key_file: s/k, main_token_file: s/m }
    tracker: { token_file: s/t, dom_token_file: s/d, base_url: "https://tracker.example/x/" }
    expect: { wearer: alice }
    poll: { chastify: 1m30s, tracker: "0 */10 * * * *" }
    rules: ../elsewhere/rules.yaml
  second:
    chastify: { token: dev-literal, device: { route: app } }
    tracker: { dom_token: dom-literal }
    new_lock: auto
    poll: { tracker: 90 }
`
  const folder = await folderWith({ 'config.yaml': text, ...files })
  const config = await loadConfig(join(folder, 'config.yaml'), { TZ: 'Europe/Berlin' })
  expect(config).toMatchObject({ mode: 'live', zone: 'America/New_York', data: '/var/lib/lockwarden' })
  const [main, second] = config.locks
  expect(main).toMatchObject({
    expect: { wearer: 'alice' },
    newLock: 'auto',
    polls: { chastify: { everyMs: 90_000 }, tracker: { cron: '0 */10 * * * *' } },
    rules: join(folder, '../elsewhere/rules.yaml'),
  })
  const bare = (secret: Secret | null | undefined) => secret?.reveal()
  const credentials = given(main)
  expect(credentials.chastify?.baseUrl).toBe('http://localhost:8787')
  expect(credentials.tracker?.baseUrl).toBe('https://tracker.example/x')
  expect(bare(credentials.chastify?.token)).toBe('dev-file')
  expect(bare(credentials.tracker?.token)).toBe('trk-file')
  expect(bare(credentials.tracker?.domToken)).toBe('dom-file')
  const device = credentials.chastify?.device
  if (device?.route !== 'extension') throw new Error('another route')
  expect([device.sessionId, bare(device.appKey), bare(device.mainToken)]).toEqual(['0a1b', 'app-key', 'main-tok'])
  expect(inFiles(main)?.map(({ file, secret }) => [file, secret.reveal()])).toEqual([
    [join(folder, 's/c'), 'dev-file'],
    [join(folder, 's/k'), 'app-key'],
    [join(folder, 's/m'), 'main-tok'],
    [join(folder, 's/t'), 'trk-file'],
    [join(folder, 's/d'), 'dom-file'],
  ])
  expect(inFiles(main)?.[0]?.secret).toBe(credentials.chastify?.token)
  expect(second).toMatchObject({
    newLock: 'auto',
    polls: { chastify: { everyMs: 30_000 }, tracker: { everyMs: 90_000 } },
  })
  expect(inFiles(second)).toEqual([])
  expect(given(second).chastify?.device).toEqual({ route: 'app' })
  expect(given(second).tracker?.token).toBeNull()
  expect(bare(given(second).tracker?.domToken)).toBe('dom-literal')
})

test('new locks ask where no wearer is expected, and as written where it is written', async () => {
  const newLock = async (more: string) => only(await load(`${good}    ${more}\n`)).newLock
  expect(await newLock('rules: r')).toBe('ask')
  expect(await newLock('expect: { wearer: alice }')).toBe('auto')
  expect(await newLock('expect: { wearer: alice }\n    new_lock: ask')).toBe('ask')
  expect(await newLock('new_lock: auto')).toBe('auto')
})

test('locks keep the order of the file, whatever their names', async () => {
  const config = await load(`version: 1
locks:
  zoe: { chastify: { token: a } }
  2: { chastify: { token: b } }
  1: { chastify: { token: c } }
`)
  expect(config.locks.map((lock) => lock.name)).toEqual(['zoe', '2', '1'])
})

test('the zone is the written one, else TZ, else the one of the system', async () => {
  const zone = async (text: string, TZ?: string) => (await load(text, TZ === undefined ? {} : { TZ })).zone
  expect(await zone(`${good}timezone: Asia/Tokyo\n`, 'nonsense')).toBe('Asia/Tokyo')
  expect(await zone(good, ':Asia/Tokyo')).toBe('Asia/Tokyo')
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone
  expect(await zone(good, '')).toBe(system)
  expect(await zone(good)).toBe(system)
})

test.each([
  ['30s', { everyMs: 30_000 }],
  ['1s', { everyMs: 1000 }],
  ['1h 30m', { everyMs: 5_400_000 }],
  ['45', { everyMs: 45_000 }],
  ['"*/5 * * * *"', { cron: '*/5 * * * *' }],
  ['"30 */5 * * * *"', { cron: '30 */5 * * * *' }],
  ['" 0 9 * * mon-fri "', { cron: '0 9 * * mon-fri' }],
  ['"@hourly"', { cron: '@hourly' }],
])('a poll of %s', async (written, poll) => {
  expect(only(await load(`${good}    poll: { chastify: ${written} }\n`)).polls.chastify).toEqual(poll)
})

test.each([
  ['https://chastify.net', 'https://chastify.net'],
  ['https://chastify.net/', 'https://chastify.net'],
  ['https://Example.NET:8443/proxy//', 'https://example.net:8443/proxy'],
  ['http://localhost:8787', 'http://localhost:8787'],
  ['http://127.0.0.1:1/', 'http://127.0.0.1:1'],
  ['http://127.8.9.10', 'http://127.8.9.10'],
  ['http://[::1]:8787/x', 'http://[::1]:8787/x'],
  ['http://chastify.net', null],
  ['http://127.0.0.1.evil.example', null],
  ['http://localhost.evil.example', null],
  ['http://0.0.0.0', null],
  ['http://192.168.1.5', null],
  ['http://[::2]', null],
  ['https://me:secret@chastify.net', null],
  ['https://me@chastify.net', null],
  ['https://chastify.net?x=1', null],
  ['https://chastify.net?', null],
  ['https://chastify.net/#top', null],
  ['https:chastify.net', null],
  ['https://', null],
  ['https://chas tify.net', null],
  ['ftp://chastify.net', null],
  ['file:///etc/passwd', null],
  ['chastify.net', null],
  ['', null],
])('the address %s', (written, url) => {
  const read = readBaseUrl(written)
  expect('url' in read ? read.url : null).toBe(url)
  if ('wrong' in read) expect(read.wrong).not.toContain('secret')
})

test('variables fill texts, and nothing but texts', async () => {
  const env = { T: 'dev-12345678', HOST: 'example.net', POLL: '10s', INJECT: 'x\nmode: live', LOCK: 'other' }
  const config = await load(
    `version: 1
data: "\${LOCK}-a$\${T}-\${HOST}-$HOST"
locks:
  main:
    chastify: { token: "\${T}", base_url: "https://\${HOST}/" }
    poll: { chastify: "\${POLL}" }
    rules: \${HOST}
`,
    env,
  )
  expect(config.data).toBe(join(config.folder, `other-a\${T}-example.net-$HOST`))
  expect(only(config)).toMatchObject({ polls: { chastify: { everyMs: 10_000 } }, rules: join(config.folder, env.HOST) })
  expect(given(only(config)).chastify?.baseUrl).toBe('https://example.net')
  expect(given(only(config)).chastify?.token.reveal()).toBe('dev-12345678')
  // A value is a text, whatever it holds.
  const named = `version: 1\nlocks: { main: { chastify: { token: t }, expect: { wearer: "\${INJECT}" } } }\n`
  expect(await load(named, env)).toMatchObject({ mode: 'dry-run', locks: [{ expect: { wearer: 'x\nmode: live' } }] })
  // A key is not filled in.
  const [fault] = await faultsOf(good.replace('main', `"\${LOCK}"`), env)
  expect(fault?.message).toContain('the name of a lock')
})

test('a value that was filled in is not filled in again', async () => {
  const config = await load(`${good}data: "\${A}"\n`, { A: `\${B}`, B: 'no' })
  expect(config.data).toBe(join(config.folder, `\${B}`))
})

test('the limits of a lock overlay those for all, and these the defaults', async () => {
  const config = await load(`version: 1
timezone: Europe/Berlin
limits:
  ends: "2027-01-31 12:00"
  add_time: { each: 2h, per_day: 5h }
  remaining: unlimited
locks:
  main:
    chastify: { token: a }
    limits:
      add_time: { per_day: 1h }
      task: unlimited
  second:
    chastify: { token: b }
`)
  const [main, second] = config.locks
  const ends = Date.UTC(2027, 0, 31, 11)
  expect(main?.limits).toMatchObject({
    ends,
    remaining: null,
    add_time: { each: 7200, per_day: 3600, per_lock: 259_200 },
    task: { times_per_day: null },
  })
  expect(second?.limits).toMatchObject({
    ends,
    remaining: null,
    add_time: { each: 7200, per_day: 18_000 },
    task: { times_per_day: 5 },
    game: { times_per_day: 3 },
  })
})

const token = 'dev-s3cr3t-0123456789abcdef'

test('no secret shows where a config is printed', async () => {
  const config = await load(
    `version: 1
locks:
  main:
    chastify: { token: "\${T}", device: { route: extension, session_id: s, app_key_file: k, main_token_file: k } }
    tracker: { token_file: k, dom_token: ${token} }
`,
    { T: token },
    { k: token },
  )
  const printed = [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true }), `${config.locks}`].join()
  expect(printed).not.toContain('s3cr3t')
  expect(printed).toContain('[secret]')
})

test.each([
  `    poll: { chastify: "\${T}" }`,
  `    poll: "\${T}"`,
  `    new_lock: "\${T}"`,
  `    expect: "\${T}"`,
  `    rules: "~\${T}"`,
  `    tracker: "\${T}"`,
  `    tracker: { token: "\${T} x" }`,
  `    tracker: { token: "\${T} x", base_url: "http://\${T}" }`,
  `    tracker: { base_url: "https://\${T}@x" }`,
  `    tracker: { token_file: "\${T}" }`,
  `    limits: { add_time: "\${T}" }`,
  `    limits: { add_time: { each: "\${T}", times_per_day: "\${T}" }, ends: "\${T}", remaining: "\${T}" }`,
  `    limits: { allow: "\${T}" }`,
  `version: "\${T}"`,
  `mode: "\${T}"`,
  `timezone: "\${T}"`,
  `limits: "\${T}"`,
  // Written literally, in the right and in all the wrong places.
  `    tracker: { token: ${token}€ }`,
  `    tracker: { token: "${token}\\n${token}" }`,
  `    tracker: ${token}`,
  `    tracker: [${token}]`,
  `    tracker: { ${token} }`,
  `    tracker: { ${token}: 1 }`,
  `    tracker: { token_file: ${token} }`,
  `    tracker: { token: *${token} }`,
  `    tracker: { token: !${token} x }`,
  `    tracker: { token: "${token} }`,
  `    tracker: { token: ${token}: x }`,
  `    tracker: { token: @${token} }`,
  `    expect: ${token}`,
  `    poll: { chastify: ${token} }`,
  `mode: ${token}`,
  `${token}`,
  `${token}: 1`,
  `  ${token}: 1`,
  `  other: ${token}`,
])('no secret shows in the fault of %s', async (line) => {
  const text = line.startsWith('version') ? good.replace('version: 1', line) : `${good}${line}\n`
  const faults = await faultsOf(text, { T: token })
  expect(faults.length).toBeGreaterThan(0)
  for (const fault of faults) expect(faultLine(fault)).not.toContain('s3cr3t')
})

test('a fault shows a variable as it is written', async () => {
  const [fault] = await faultsOf(`${good}mode: "\${T}"\n`, { T: token })
  expect(fault && said(fault)).toBe(`"\${T}" is not one of dry-run, live`)
})

test('what a token file held does not show either', async () => {
  const faults = await faultsOf(good.replace('token: dev-12345678', 'token_file: t'), {}, { t: `${token} ${token}` })
  expect(faults.map(faultLine).join()).not.toContain('s3cr3t')
})

test('a config that cannot be read is a mistake that says what to do', async () => {
  const folder = await folderWith({ 'config.yaml': good, plain: '' })
  const mistake = (file: string) => loadConfig(join(folder, file), {}).catch((error: unknown) => error)
  const missing = await mistake('none.yaml')
  expect(missing).toBeInstanceOf(Mistake)
  expect(String(missing)).toMatch(
    /no config .*none\.yaml: copy config\.example\.yaml to it, or "lockwarden init" makes one; "lockwarden demo" .*$/,
  )
  expect(String(await mistake('plain/config.yaml'))).toContain('copy config.example.yaml')
  await mkdir(join(folder, 'sub'))
  expect(String(await mistake('sub'))).toContain('is a folder')
  if (process.getuid?.() !== 0) {
    await chmod(join(folder, 'config.yaml'), 0)
    expect(String(await mistake('config.yaml'))).toContain('may not be read')
  }
})

test('a token file is read as it is now', async () => {
  const folder = await folderWith({ t: '  dev-1234\r\n' })
  const read = await readTokenFile(join(folder, 't'))
  expect('secret' in read && read.secret.reveal()).toBe('dev-1234')
  expect(await readTokenFile(join(folder, 'u'))).toEqual({ wrong: 'there is no such file' })
  expect(await readTokenFile(join(folder, 'a\0b'))).toHaveProperty('wrong')
})

test.each([
  ['a good config', good, 'data'],
  ['a written folder', `data: ./box\n${good}`, 'box'],
  ['other keys that are faulty', 'version: 9\ndata: box\nlocks: 5\n', 'box'],
  ['a broken line below', 'data: box\nlocks: [\n', 'box'],
  ['a broken line above', 'locks: {{\n\tx: "\ndata: "box"\nmode: live\n', 'box'],
  ['a variable', `data: "\${BOX}/x"\nlocks: 5\n`, 'box/x'],
  ['a variable that is not set', `data: "\${NONE}"\n`, null],
  ['a folder that is no text', 'data: [a]\n', null],
  ['an empty folder', 'data:\n', null],
  ['a broken file that names none', 'mode: live\nlocks: [\n', null],
  ['a broken file that names two', 'data: a\ndata: b\n', null],
  ['no map', '- data: x\n', null],
  ['nothing', '', null],
])('the data folder out of %s', async (_, text, expected) => {
  const folder = await folderWith({ 'config.yaml': text })
  const found = await dataFolderOf(join(folder, 'config.yaml'), { BOX: 'box' })
  expect(found).toBe(expected === null ? null : join(folder, expected))
})

test('the data folder without a config', async () => {
  const folder = await folderWith({})
  expect(await dataFolderOf(join(folder, 'config.yaml'), {})).toBeNull()
})

const example = new URL('../../config.example.yaml', import.meta.url)

test('the example loads, and is safe', async () => {
  const config = await loadConfig(example.pathname, { CHASTIFY_TOKEN: 'dev-12345678', TZ: 'Europe/Berlin' })
  const plain = await load(good, { TZ: 'Europe/Berlin' })
  expect(config).toMatchObject({ mode: 'dry-run', locks: [{ name: 'main', newLock: 'ask' }] })
  expect(only(config).limits).toEqual(only(plain).limits)
  expect(only(config).polls).toEqual(only(plain).polls)
  const error: unknown = await loadConfig(example.pathname, {}).catch((thrown: unknown) => thrown)
  expect(error instanceof Faulty && error.message).toContain('CHASTIFY_TOKEN is not set')
})

test('every line of the example that is switched off can be switched on', async () => {
  const written = await readFile(example, 'utf8')
  const on = written
    .split('\n')
    .filter((line) => !/^ +token: |device: \{ route/.test(line))
    .map((line) => line.replace(/^( *)# ( *[a-z_]+:(?: |$))/, '$1$2'))
    .filter((line) => !/^ *(?:dry-run|ask): /.test(line))
  const tokens = ['chastify', 'tracker', 'dom', 'app-key', 'main-token']
  const files = Object.fromEntries([...tokens, 'mqtt'].map((name) => [`secrets/${name}`, `${name}-token`]))
  const hashes = {
    'secrets/keyholder': await hashPassword('a fine password'),
    'secrets/wearer': await hashPassword('another fine one'),
  }
  const heartbeat = { 'secrets/heartbeat': 'https://watch.example.net/abc' }
  const config = await load(on.join('\n'), {}, { ...files, ...hashes, ...heartbeat })
  expect(config.console).toMatchObject({ port: 8787, url: 'https://lock.example.net', trustedProxies: ['127.0.0.1'] })
  expect(config.zone).toBe('Europe/Berlin')
  expect(only(config)).toMatchObject({ expect: { wearer: 'alice' }, limits: { task: { times_per_day: 2 } } })
  expect(inFiles(only(config))).toHaveLength(tokens.length)
  expect(config.reach).toMatchObject({
    metrics: { host: '127.0.0.1', port: 9464 },
    mqtt: { url: 'mqtt://127.0.0.1:1883', username: 'lockwarden', topic: 'lockwarden', discovery: 'homeassistant' },
    tell: { channels: [{ name: 'phone', kind: 'ntfy' }], quiet: { from: 82_800, to: 25_200 }, wording: 'discreet' },
  })
})

test('every key of the schema, but those of the limits, says what it is for', () => {
  type Json = { description?: string; properties?: Record<string, Json>; additionalProperties?: Json | false }
  const silent: string[] = []
  const walk = (at: string, schema: Json & { oneOf?: Json[] }) => {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if (!inner.description) silent.push(`${at}.${key}`)
      if (key !== 'limits') walk(`${at}.${key}`, inner)
    }
    for (const inner of schema.oneOf ?? []) walk(at, inner)
    if (schema.additionalProperties) walk(`${at}.*`, schema.additionalProperties)
  }
  walk('', z.toJSONSchema(configSchemaOf(services), { io: 'input' }) as Json)
  expect(silent).toEqual([])
})
