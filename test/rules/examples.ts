import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { compileRules } from '../../src/core/language/compile.ts'
import type { RuleSet } from '../../src/core/model/rule.ts'
import { faultLine } from '../../src/document/fault.ts'
import { type Case, casesOf, readTestFile } from '../../src/replay/cases.ts'
import { services } from '../../src/services/index.ts'

export const zone = 'Europe/Berlin'

/** A file of the examples, its name as faults say it. */
export interface Example {
  file: string
  text: string
}

const folder = resolve(import.meta.dirname, '../../rules')

function filesThat(wanted: (name: string) => boolean): Example[] {
  const names = readdirSync(folder).filter(wanted).sort()
  return names.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
}

/** The rules that stand in the folder of examples, in the order in which they act. */
export const ruleFiles = filesThat((name) => /\.yaml$/.test(name) && !/\.test\.yaml$/.test(name))
export const testFiles = filesThat((name) => /\.test\.yaml$/.test(name))

/** The name of the test file beside a rule file. */
export function testsOf(file: string): string {
  return file.replace(/\.yaml$/, '.test.yaml')
}

export function compiled(files: readonly Example[]): { rules: RuleSet | null; faults: string[] } {
  const { rules, faults } = compileRules(files, { services, zone, longestList: 5 })
  return { rules, faults: faults.map(faultLine) }
}

/** The tests of a file with these rules; they hold their world, so that each is good for one run. */
export function casesIn({ file, text }: Example, rules: RuleSet): { cases: Case[]; faults: string[] } {
  const read = readTestFile(file, text)
  if (!read.document) return { cases: [], faults: read.faults.map(faultLine) }
  const { cases, faults } = casesOf(read.document, { rules, services, zone: read.zone ?? zone })
  return { cases, faults: [...read.faults, ...faults].map(faultLine) }
}
