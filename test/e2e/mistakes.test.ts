// One fact, one grade: what an operator gets wrong, and what check, doctor, run and status say to it.
import { expect, test } from 'vitest'
import { made, said } from './mistakes.ts'
import { asked, type Grade, type Line, Operator } from './operator.ts'
import { hasSmallDisk } from './smalldisk.ts'

/** How grave a command says it is: the gravest of the lines that tell of it. */
function gradeOf(lines: readonly Line[], words: RegExp, code: number): Grade {
  const grades = lines.filter(({ text }) => words.test(text)).map(({ grade }) => grade)
  if (grades.includes('fault')) return 'fault'
  // A round that has not done its work ends so, although a daemon would go on trying.
  if (grades.includes('lint')) return code === 0 ? 'lint' : 'fault'
  return grades.length > 0 ? 'note' : 'silent'
}

test('each mistake of the table is made and told', () => {
  expect(Object.keys(said).sort()).toEqual(Object.keys(made).sort())
  expect(Object.keys(made).length).toBeGreaterThanOrEqual(60)
})

test.each(Object.entries(said))('%s has one grade', (_, { grades }) => {
  const told = grades.split(' ').filter((grade) => grade !== 'silent')
  // Status shows how things stand, and does not judge.
  expect(new Set(told.slice(-1)[0] === 'note' ? told.slice(0, -1) : told).size).toBeLessThanOrEqual(1)
})

test('nothing is said where nothing is wrong', async () => {
  await using here = await Operator.open()
  for (const command of asked) {
    const { code, lines } = await here.says(command)
    const odd = lines.filter(({ grade, text }) => grade !== 'note' && !/daemon: none runs/.test(text))
    expect([command, code, odd]).toEqual([command, 0, []])
  }
})

const isRoot = process.getuid?.() === 0
const hasDisk = hasSmallDisk()
const possible = Object.entries(made).filter(
  ([, { notByRoot, needsDisk }]) => !(notByRoot && isRoot) && (hasDisk || !needsDisk),
)

test.each(possible)('%s', async (name, { sandbox, make, stays }) => {
  await using here = await Operator.open(sandbox)
  await make(here)
  const { words, grades } = said[name] ?? { words: /$^/, grades: '' }
  const found: string[] = []
  const all: string[] = []
  for (const command of asked) {
    const { code, lines } = await here.says(command, stays)
    const wanted = words instanceof RegExp ? words : words[command]
    const grade = wanted ? gradeOf(lines, wanted, code) : 'silent'
    found.push(grade)
    all.push(...lines.map((line) => `${command}: ${line.grade}: ${line.text}`))
    // What is a fault ends with another code than 0; a daemon goes on, and status only shows.
    if (grade === 'fault' && command !== 'run' && command !== 'status')
      expect([command, code]).not.toEqual([command, 0])
    // Who reads no file of a token must not be told of what is in one, and no secret is shown anywhere.
    for (const { text } of lines) expect(text).not.toContain(here.sandbox.tokens.chastify)
  }
  expect(found.join(' '), all.join('\n')).toBe(grades)
})
