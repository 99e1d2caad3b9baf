// What is packed says which Node it needs. The clone does not: it brings its own, and an older npm would warn of that at
// each `npm ci`. Run by npm before it packs (`put`), and after (`take`).
import { readFile, rename, writeFile } from 'node:fs/promises'

const file = 'package.json'
const { engines: _, ...manifest } = JSON.parse(await readFile(file, 'utf8'))
const written = process.argv[2] === 'put' ? { ...manifest, engines: { node: '>=24' } } : manifest
await writeFile(`${file}.new`, `${JSON.stringify(written, null, 2)}\n`)
await rename(`${file}.new`, file)
