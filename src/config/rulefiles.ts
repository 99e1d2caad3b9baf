import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { compileRules, type Language, type RuleSet } from '../core/rules/compile.ts'
import type { Fault } from '../document/fault.ts'

/** The rules of a folder (or one file), and every fault and lint in them. */
export interface LoadedRules {
  rules: RuleSet | null
  faults: readonly Fault[]
  files: readonly string[]
}

/**
 * Reads every `.yaml` and `.yml` file below a folder, in the order of their paths; tests (`*.test.yaml`) and hidden
 * files are left out. Names in faults are relative to `from`. Never throws: what cannot be read is a fault.
 */
export async function loadRules(path: string, language: Language, from: string): Promise<LoadedRules> {
  const files: { file: string; text: string }[] = []
  const faults: Fault[] = []
  const lints: Fault[] = []
  const refuse = (file: string, message: string) =>
    faults.push({ place: { file: shortName(file, from), line: 1, column: 1 }, message, severity: 'fault' })
  try {
    for (const file of await ruleFiles(path)) {
      try {
        files.push({ file: shortName(file, from), text: await readFile(file, 'utf8') })
      } catch (error) {
        refuse(file, `cannot be read: ${code(error)}`)
      }
    }
    if (files.length === 0 && faults.length === 0) {
      const message = 'there is no rule file here, so nothing will ever be done; rule files end in .yaml'
      lints.push({ place: { file: shortName(path, from), line: 1, column: 1 }, message, severity: 'lint' })
    }
  } catch (error) {
    refuse(
      path,
      `the rules cannot be read: ${code(error) === 'ENOENT' ? 'there is no such file or folder' : code(error)}`,
    )
  }
  const compiled = compileRules(files, language)
  return {
    rules: faults.length === 0 ? compiled.rules : null,
    faults: [...faults, ...lints, ...compiled.faults],
    files: files.map(({ file }) => file),
  }
}

async function ruleFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isRuleFile(relative(path, file)))
    .sort()
}

function isRuleFile(name: string): boolean {
  const hidden = name.split(/[/\\]/).some((part) => part.startsWith('.'))
  return !hidden && /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)
}

function shortName(file: string, from: string): string {
  const short = relative(from, file)
  return short === '' || short.startsWith('..') ? file : short
}

function code(error: unknown): string {
  return (error as { code?: string }).code ?? String(error)
}
