#!/usr/bin/env node
import { existsSync } from 'node:fs'

const oldest = 24
if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(`lockwarden needs Node ${oldest} or newer; this is Node ${process.versions.node}\n`)
  process.exit(1)
}
// What is installed is built; a clone runs from its sources.
const built = new URL('../dist/main.js', import.meta.url)
await import(existsSync(built) ? built.href : new URL('../src/main.ts', import.meta.url).href)
