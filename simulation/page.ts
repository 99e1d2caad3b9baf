import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Axis, axes } from './axes.ts'

/** The axes as docs/worlds.md has them. */
export function tableOfAxes(): string {
  const lines = (axes as readonly Axis[]).map(({ name, documented, answers, daemon }) => {
    const said = answers.map((answer) => answer.name).join('; ')
    return `| ${name} | ${documented} | ${said} | ${daemon} |`
  })
  return ['| axis | documented | answers | what lockwarden does |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

const page = fileURLToPath(new URL('../docs/worlds.md', import.meta.url))
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(page, 'utf8')
  writeFileSync(
    page,
    text.replace(/<!-- axes -->[\s\S]*<!-- \/axes -->/, () => `<!-- axes -->\n${tableOfAxes()}\n<!-- /axes -->`),
  )
}
