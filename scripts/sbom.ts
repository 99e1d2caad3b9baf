import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { shippedLibraries } from './licences.ts'

// All that is shipped, for who has to know (CycloneDX). npm names the product by the folder it is in, and says of each
// library where this machine got it from, which is nobody's business.
const [file = 'dist/sbom.cdx.json'] = process.argv.slice(2)
const asked = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application']
const { stdout } = await promisify(execFile)('npm', asked, { maxBuffer: 100_000_000 })
const bill = JSON.parse(stdout)
const { name } = JSON.parse(await readFile('package.json', 'utf8'))
bill.metadata.component.name = name
// By itself npm leaves out what is shipped as soon as a tool of development needs it, too.
const shipped = new Set((await shippedLibraries()).map(({ name, version }) => `${name}@${version}`))
bill.components = bill.components.filter((one: { 'bom-ref': string }) => shipped.has(one['bom-ref']))
const ref = bill.metadata.component['bom-ref']
bill.dependencies = (bill.dependencies as { ref: string; dependsOn: string[] }[])
  .filter((one) => one.ref === ref || shipped.has(one.ref))
  .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((other) => shipped.has(other)) }))
for (const component of [bill.metadata.component, ...bill.components]) {
  const elsewhere = (component.externalReferences ?? []) as { type: string }[]
  component.externalReferences = elsewhere.filter(({ type }) => type !== 'distribution')
}
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`)
