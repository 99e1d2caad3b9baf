// The steps of a Dockerfile, read from it and done in a scratch folder: as far as that goes without an engine.
import { execFile } from 'node:child_process'
import { chownSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, posix, relative } from 'node:path'
import { promisify } from 'node:util'

export interface Step {
  name: string
  /** `--from=build` and the like. */
  flags: Readonly<Record<string, string>>
  words: readonly string[]
  text: string
}

/** What an image says of itself. */
export interface Image {
  /** Where its files are. */
  root: string
  base: string
  env: Record<string, string>
  labels: Record<string, string>
  workdir: string
  user: string
  volumes: string[]
  stopsignal: string | null
  healthcheck: { options: Record<string, string>; command: string[] } | null
  entrypoint: string[]
  command: string[]
}

/** The instructions of a Dockerfile, comments and line ends taken out. */
export function stepsOf(dockerfile: string): Step[] {
  const lines = dockerfile.split('\n').filter((line) => !/^\s*(#|$)/.test(line))
  return lines
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => {
      const [, name = '', rest = ''] = /^\s*([A-Z]+)\s+(.*)$/.exec(line) ?? []
      const flags: Record<string, string> = {}
      let text = rest.trim()
      for (let found = flagAt(text); found; found = flagAt(text)) {
        flags[found[1] ?? ''] = found[2] ?? ''
        text = text.slice(found[0].length)
      }
      const words = text.startsWith('[') ? (JSON.parse(text) as string[]) : text.split(/\s+/)
      return { name, flags, words, text }
    })
}

function flagAt(text: string): RegExpExecArray | null {
  return /^--([a-z-]+)=(\S+)\s+/.exec(text)
}

/** Which files of a folder an engine would be handed, by a `.dockerignore` of names, `*` and `!`. */
export function contextFilter(ignore: string): (path: string) => boolean {
  const patterns = ignore.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return (path) =>
    patterns.reduce((kept, pattern) => {
      const name = pattern.replace(/^!/, '')
      const fits = name === '*' || path === name || path.startsWith(`${name}/`)
      return fits ? pattern.startsWith('!') : kept
    }, true)
}

/**
 * Does the steps of a Dockerfile for this machine's processor, each stage in a folder of its own below `scratch`. The
 * images it builds upon are empty folders: their programs are those of this machine. `given` are build arguments.
 */
export async function build(
  context: string,
  scratch: string,
  env: NodeJS.ProcessEnv,
  given: Readonly<Record<string, string>> = {},
): Promise<Image> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const passed: Readonly<Record<string, string>> = { TARGETARCH: arch, BUILDPLATFORM: `linux/${arch}`, ...given }
  const kept = contextFilter(readFileSync(join(context, '.dockerignore'), 'utf8'))
  const stages = new Map<string, Image>()
  let image: Image | undefined
  let args: Record<string, string> = {}
  for (const step of stepsOf(readFileSync(join(context, 'Dockerfile'), 'utf8'))) {
    const { name, words, flags, text } = step
    if (name === 'FROM') {
      const [base = '', , alias = String(stages.size)] = words
      image = emptyImage(join(scratch, alias), base)
      stages.set(alias, image)
      args = {}
      mkdirSync(image.root, { recursive: true })
      continue
    }
    if (!image) throw new Error(`${name} comes before FROM`)
    const inside = (path: string, of: Image = image as Image) => join(of.root, posix.resolve(of.workdir, path))
    if (name === 'ARG') args[words[0] ?? ''] = passed[words[0] ?? ''] ?? ''
    else if (name === 'ENV') Object.assign(image.env, pairsOf(text))
    else if (name === 'LABEL') Object.assign(image.labels, pairsOf(text))
    else if (name === 'WORKDIR') {
      image.workdir = posix.resolve(image.workdir, words[0] ?? '')
      mkdirSync(inside('.'), { recursive: true })
    } else if (name === 'COPY') {
      const from = flags.from === undefined ? null : stages.get(flags.from)
      if (from === undefined) throw new Error(`there is no stage ${flags.from}`)
      const sources = words.slice(0, -1)
      const target = words.at(-1) ?? ''
      for (const source of sources) {
        const path = from ? inside(source, from) : join(context, source)
        const whole = statSync(path).isDirectory()
        const to = whole
          ? inside(target)
          : target.endsWith('/')
            ? join(inside(target), basename(source))
            : inside(target)
        if (target === './' || target === '.') mkdirSync(inside('.'), { recursive: true })
        mkdirSync(dirname(to), { recursive: true })
        const filter = (file: string) => from !== null || kept(relative(context, file)) || lstatSync(file).isDirectory()
        if (from === null && !kept(source)) throw new Error(`${source} is not handed to the builder`)
        cpSync(path, to, { recursive: true, filter, verbatimSymlinks: true })
        if (flags.chown !== undefined) own(to, flags.chown)
      }
    } else if (name === 'RUN') {
      await promisify(execFile)('sh', ['-c', text], {
        cwd: inside('.'),
        env: { ...env, ...args, ...image.env },
        maxBuffer: 50_000_000,
      })
    } else if (name === 'USER') image.user = words[0] ?? ''
    else if (name === 'VOLUME') image.volumes.push(...words)
    else if (name === 'STOPSIGNAL') image.stopsignal = words[0] ?? null
    else if (name === 'ENTRYPOINT') image.entrypoint = [...words]
    else if (name === 'CMD') image.command = [...words]
    else if (name === 'HEALTHCHECK') {
      const [, command = '[]'] = /^CMD\s+(\[.*\])$/.exec(text) ?? []
      image.healthcheck = { options: flags, command: JSON.parse(command) }
    } else throw new Error(`${name} is no step that is known here`)
  }
  if (!image) throw new Error('there is no step')
  return image
}

function emptyImage(root: string, base: string): Image {
  return {
    root,
    base,
    env: {},
    labels: {},
    workdir: '/',
    user: '0',
    volumes: [],
    stopsignal: null,
    healthcheck: null,
    entrypoint: [],
    command: [],
  }
}

function pairsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.]+)=("[^"]*"|\S+)/g)]
  return Object.fromEntries(pairs.map(([, name, value = '']) => [name, value.replace(/^"|"$/g, '')]))
}

function own(path: string, owner: string): void {
  const [user, group] = owner.split(':').map(Number)
  if (process.getuid?.() !== 0) return
  chownSync(path, user ?? 0, group ?? 0)
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name), owner)
}
