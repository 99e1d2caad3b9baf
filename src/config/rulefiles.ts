import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { compileRules, type Language } from '../core/language/compile.ts'
import type { RuleSet } from '../core/model/rule.ts'
import type { Fault } from '../document/fault.ts'
import { errorCode, systemWords } from '../errno.ts'
import { readPlainFile } from './plainfile.ts'

/** A rule file as it was read, by the name that faults have for it. */
export interface SourceFile {
  file: string
  text: string
}

/** The rules of a folder (or one file), and every fault and lint in them. */
export interface LoadedRules {
  rules: RuleSet | null
  faults: readonly Fault[]
  sources: readonly SourceFile[]
}

/**
 * Reads every `.yaml` and `.yml` file below a folder, in the order of their paths; tests (`*.test.yaml`) and hidden
 * files are left out. Several folders and files are one set of rules. Names in faults are relative to `from`; what
 * stands under a path in `instead` is taken for what is on disk there (null: no file). Never throws: what cannot be
 * read is a fault.
 */
export async function loadRules(
  paths: string | readonly string[],
  language: Language,
  from: string,
  instead: ReadonlyMap<string, string | null> = new Map(),
): Promise<LoadedRules> {
  const files: SourceFile[] = []
  const faults: Fault[] = []
  const lints: Fault[] = []
  const refuse = (file: string, message: string, hint?: string) => {
    const place = { file: shortName(file, from), line: 1, column: 1 }
    faults.push({ place, message, severity: 'fault', ...(hint === undefined ? {} : { hint }) })
  }
  for (const path of [paths].flat()) {
    try {
      const found = withInstead(await ruleFiles(path), path, instead)
      for (const file of found) {
        const name = shortName(file, from)
        if (files.some((other) => other.file === name)) continue
        try {
          files.push({ file: name, text: instead.get(file) ?? (await readPlainFile(file)) })
        } catch (error) {
          const isTheirs = errorCode(error) === 'EACCES'
          refuse(
            file,
            `cannot be read: ${systemWords(error)}`,
            isTheirs ? 'change its owner or its permissions' : undefined,
          )
        }
      }
      if (found.length === 0) {
        const message = 'there is no rule file here, so nothing will ever be done; rule files end in .yaml'
        lints.push({ place: { file: shortName(path, from), line: 1, column: 1 }, message, severity: 'lint' })
      }
    } catch (error) {
      const isGone = errorCode(error) === 'ENOENT'
      const why = isGone ? 'there is no such file or folder' : systemWords(error)
      refuse(path, `the rules cannot be read: ${why}`, isGone ? 'make it, or name another one under rules:' : undefined)
    }
  }
  const compiled = compileRules(files, language)
  const [first] = files
  if (first && compiled.rules?.rules.length === 0) {
    const message = 'there is no rule here, so nothing will ever be done'
    lints.push({ place: { file: first.file, line: 1, column: 1 }, message, severity: 'lint' })
  }
  return {
    rules: faults.length === 0 ? compiled.rules : null,
    faults: [...faults, ...lints, ...compiled.faults],
    sources: files,
  }
}

/** The files of a path, as they would be with those of `instead`. */
function withInstead(found: readonly string[], path: string, instead: ReadonlyMap<string, string | null>): string[] {
  const added = [...instead.keys()].filter((file) => file === path || file.startsWith(`${path}${sep}`))
  return [...new Set([...found, ...added])].filter((file) => instead.get(file) !== null).sort()
}

async function ruleFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  return (await filesBelow(path)).filter((file) => isRuleFile(relative(path, file)))
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** The ids that tests (`*.test.yaml`) beside rules name anywhere; null where there are no tests. Never throws. */
export async function testedIds(paths: string | readonly string[]): Promise<ReadonlySet<string> | null> {
  const texts: string[] = []
  for (const path of [paths].flat()) {
    try {
      const folder = (await stat(path)).isDirectory() ? path : dirname(path)
      const tests = (await filesBelow(folder)).filter((file) => /\.test\.ya?ml$/.test(file))
      texts.push(...(await Promise.all(tests.map((file) => readPlainFile(file)))))
    } catch {
      // Rules that cannot be read are told by `loadRules`.
    }
  }
  return texts.length === 0 ? null : new Set(texts.flatMap((text) => text.match(/[a-z0-9][a-z0-9-]*/g) ?? []))
}

function isRuleFile(name: string): boolean {
  const hidden = name.split(/[/\\]/).some((part) => part.startsWith('.'))
  return !hidden && /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)
}

function shortName(file: string, from: string): string {
  const short = relative(from, file)
  return short === '' || short.startsWith('..') ? file : short
}
