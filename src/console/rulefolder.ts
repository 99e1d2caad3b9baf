import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Who } from '../store/audit.ts'
import { Refusal } from './refusal.ts'

/** The only file names that the console reads and writes: no folder, no dot but the last, nothing hidden, no test. */
const ruleFileName = /^[a-z0-9-]{1,80}\.yaml$/
export const largestRuleFile = 300_000
/** The most that a folder may hold by saving here: more than anybody can keep track of, less than fills a disk. */
const mostFiles = 200
const largestFolder = 3_000_000
/** The most versions of a file, and the most bytes of all; the oldest are deleted first. */
export const mostVersions = 200
const largestVersions = 20_000_000
/** The most saves in an hour. */
export const mostSaves = 120
const hourMs = 3_600_000

/** A rule file as it is on disk. */
export interface RuleText {
  name: string
  text: string
  /** Identifies exactly this content. */
  version: string
}

/** An earlier version of a file. */
export interface Earlier {
  id: string
  /** When it was replaced, in epoch milliseconds. */
  at: number
  /** Who replaced it. */
  who: Who
  why: 'save' | 'undo'
  /** Null: there was no such file. */
  version: string | null
}

/** The rule files of one lock entry, and every version the console replaced. */
export class RuleFolder {
  readonly #root: string
  readonly #versions: string
  readonly #now: () => number
  #turn: Promise<unknown> = Promise.resolve()
  #saves: number[] = []

  /** `root` is the folder, or the one file, that the config names; earlier versions go below `versions`. */
  constructor(root: string, versions: string, now: () => number = Date.now) {
    this.#root = root
    this.#versions = versions
    this.#now = now
  }

  /** The folder whose files these are; faults name them relative to it. */
  async folder(): Promise<string> {
    return (await this.#isFolder()) ? this.#root : dirname(this.#root)
  }

  /** The path of a file. Throws a `Refusal` for a name that is not allowed. */
  async pathOf(name: string): Promise<string> {
    if (!ruleFileName.test(name)) {
      throw new Refusal(400, 'name', 'a rule file is named by small letters, digits and hyphens, and ends in .yaml')
    }
    if (await this.#isFolder()) return join(this.#root, name)
    if (name === basename(this.#root)) return this.#root
    throw new Refusal(400, 'name', 'the config names one file of rules, not a folder; there is no other')
  }

  /** Every file that can be edited here, and the names of files that can only be edited on the machine. */
  async list(): Promise<{ files: RuleText[]; others: string[] }> {
    if (!(await this.#isFolder())) {
      const file = await this.read(basename(this.#root)).catch(() => null)
      return { files: file ? [file] : [], others: file ? [] : [basename(this.#root)] }
    }
    const entries = await readdir(this.#root, { withFileTypes: true })
    const files: RuleText[] = []
    const others: string[] = []
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || /\.test\.ya?ml$/.test(entry.name)) continue
      const isRules = /\.ya?ml$/.test(entry.name)
      if (entry.isFile() && ruleFileName.test(entry.name)) {
        const file = await this.read(entry.name).catch(() => null)
        if (file) files.push(file)
        else others.push(entry.name)
      } else if (isRules || entry.isDirectory()) others.push(entry.isDirectory() ? `${entry.name}/` : entry.name)
    }
    return { files, others }
  }

  /** The present file; null if there is none. Throws a `Refusal` for a link, a folder, or a file that is too large. */
  async read(name: string): Promise<RuleText | null> {
    const path = await this.pathOf(name)
    try {
      // Links are refused, so that a browser cannot reach other files.
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        const found = await file.stat()
        if (!found.isFile()) throw new Refusal(400, 'no-file', `${name} is no file`)
        if (found.size > largestRuleFile * 4) throw new Refusal(413, 'too-large', `${name} is too large to be edited`)
        const bytes = await file.readFile()
        return { name, text: bytes.toString('utf8'), version: versionOf(bytes) }
      } finally {
        await file.close()
      }
    } catch (error) {
      const code = (error as { code?: string }).code
      if (code === 'ENOENT') return null
      if (code === 'ELOOP' || code === 'EMLINK')
        throw new Refusal(400, 'link', `${name} is a link, and links are not followed`)
      throw error
    }
  }

  /**
   * Replaces a file by a text (null deletes it), if it is still the version that the editor started from. The old
   * version is kept. `judge` is called while nobody else can save, and throws to refuse. Throws a `Refusal` (409) with
   * the text on disk if that has changed.
   */
  async save(
    name: string,
    text: string | null,
    from: string | null,
    { who, why, judge }: Pick<Earlier, 'who' | 'why'> & { judge(now: RuleText | null): Promise<void> },
  ): Promise<{ before: RuleText | null; version: string | null }> {
    return this.#alone(async () => {
      const path = await this.pathOf(name)
      if (text !== null && Buffer.byteLength(text) > largestRuleFile) {
        throw new Refusal(413, 'too-large', `a rule file is at most ${largestRuleFile / 1000} KB`)
      }
      const before = await this.#unchanged(name, from)
      await judge(before)
      if (text !== null) await this.#refuseTooMuch(name, text)
      this.#takeSave()
      const forget = await this.#keep(name, before, who, why)
      const temporary = text === null ? null : await prepared(path, text)
      try {
        // Somebody may have saved while the rules were checked. From here to the replacement the code does not wait for
        // a disk.
        await this.#unchanged(name, from)
        if (temporary === null) await unlink(path)
        else await rename(temporary, path)
      } catch (error) {
        if (temporary !== null) await rm(temporary, { force: true })
        await forget()
        throw error
      }
      await syncFolder(dirname(path))
      await this.#forgetOldest(name)
      return { before, version: text === null ? null : versionOf(Buffer.from(text)) }
    })
  }

  /** The replaced versions, the newest first. */
  async earlier(name: string): Promise<Earlier[]> {
    await this.pathOf(name)
    const folder = this.#versionsOf(name)
    const ids = (await readdir(folder).catch(() => [])).flatMap((file) => /^(\d{6})\.json$/.exec(file)?.[1] ?? [])
    const read = ids.sort().map(async (id) => {
      const { at, who, why, version } = JSON.parse(await readFile(join(folder, `${id}.json`), 'utf8')) as Earlier
      return { id, at, who, why, version }
    })
    return (await Promise.all(read)).reverse()
  }

  /** The text of an earlier version; null if there was no file. Throws a `Refusal` if there is no such version. */
  async earlierText(name: string, id: string): Promise<string | null> {
    const found = (await this.earlier(name)).find((one) => one.id === id)
    if (!found) throw new Refusal(404, 'version', `there is no earlier version ${id.slice(0, 20)} of ${name}`)
    return found.version === null ? null : await readFile(join(this.#versionsOf(name), `${id}.yaml`), 'utf8')
  }

  async #isFolder(): Promise<boolean> {
    return (await stat(this.#root)).isDirectory()
  }

  async #unchanged(name: string, from: string | null): Promise<RuleText | null> {
    const now = await this.read(name)
    if ((now?.version ?? null) === from) return now
    const words = now === null ? `${name} is gone` : `${name} was changed meanwhile`
    throw new Refusal(409, 'changed', words, { text: now?.text ?? null, version: now?.version ?? null })
  }

  /** Keeps an old version. Returns a function that removes it again if the change fails. */
  async #keep(name: string, before: RuleText | null, who: Who, why: Earlier['why']): Promise<() => Promise<void>> {
    const folder = this.#versionsOf(name)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const [newest] = await this.earlier(name)
    const id = String(Number(newest?.id ?? 0) + 1).padStart(6, '0')
    // The text first: a version without its text would be worse than a text without a version.
    if (before) await store(join(folder, `${id}.yaml`), before.text)
    const entry = { at: this.#now(), who, why, version: before?.version ?? null }
    await store(join(folder, `${id}.json`), `${JSON.stringify(entry)}\n`)
    await syncFolder(folder)
    return () => this.#forget(folder, id)
  }

  #takeSave(): void {
    const now = performance.now()
    this.#saves = this.#saves.filter((at) => now - at < hourMs)
    if (this.#saves.length >= mostSaves) {
      throw new Refusal(429, 'busy', `rules are saved at most ${mostSaves} times an hour`)
    }
    this.#saves.push(now)
  }

  async #refuseTooMuch(name: string, text: string): Promise<void> {
    const others = (await this.list()).files.filter((file) => file.name !== name)
    const bytes = others.reduce((sum, file) => sum + Buffer.byteLength(file.text), Buffer.byteLength(text))
    if (others.length < mostFiles && bytes <= largestFolder) return
    throw new Refusal(
      413,
      'too-large',
      `a folder holds at most ${mostFiles} rule files, ${largestFolder / 1_000_000} MB in all`,
    )
  }

  /** Deletes old versions beyond the limits: of this file by number, of all by bytes. */
  async #forgetOldest(name: string): Promise<void> {
    for (const { id } of (await this.earlier(name)).slice(mostVersions)) await this.#forget(this.#versionsOf(name), id)
    const kept: { folder: string; id: string; at: number; bytes: number }[] = []
    for (const entry of await readdir(this.#versions, { withFileTypes: true })) {
      const folder = join(this.#versions, entry.name)
      for (const file of entry.isDirectory() ? await readdir(folder) : []) {
        const [, id] = /^(\d{6})\.json$/.exec(file) ?? []
        if (id === undefined) continue
        const text = await stat(join(folder, `${id}.yaml`)).catch(() => null)
        // Each file counts as at least a disk block: many empty files fill a disk too.
        kept.push({ folder, id, at: (await stat(join(folder, file))).mtimeMs, bytes: (text?.size ?? 0) + 4096 })
      }
    }
    kept.sort((one, other) => other.at - one.at)
    let left = largestVersions
    for (const { folder, id, bytes } of kept) {
      left -= bytes
      if (left < 0) await this.#forget(folder, id)
    }
  }

  async #forget(folder: string, id: string): Promise<void> {
    for (const end of ['json', 'yaml']) await rm(join(folder, `${id}.${end}`), { force: true })
  }

  #versionsOf(name: string): string {
    return join(this.#versions, name.replace(/\.yaml$/, ''))
  }

  async #alone<T>(doing: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(doing)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Writes a text beside the file that it will replace, so that a reader sees the old or the new text, never a part. */
async function prepared(path: string, text: string): Promise<string> {
  const mode = await lstat(path).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  )
  // The watch over rule files ignores names that do not end in .yaml.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await store(temporary, text, mode)
    return temporary
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Writes a new file; it is on disk when this resolves. */
async function store(path: string, text: string, mode = 0o600): Promise<void> {
  // A power cut may have left a part of an earlier try.
  await rm(path, { force: true })
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch {
    // Some mounts cannot do this; the rename is atomic there too.
  } finally {
    await folder.close()
  }
}
