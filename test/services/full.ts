// A process that may open no more files, and what it is told by what fails then. Started by descriptors.test.ts.
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { loadRules } from '../../src/config/rulefiles.ts'
import { Budgets } from '../../src/services/budget.ts'
import { exchange } from '../../src/services/http.ts'
import { services } from '../../src/services/index.ts'
import { lookIntoDatabase, openDatabase } from '../../src/store/database.ts'

const [folder = ''] = process.argv.slice(2)
const opened = async () => {
  const server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  return (server.address() as AddressInfo).port
}
// A connection that is open already needs no other.
const [one, other] = [await opened(), await opened()]
openDatabase(folder).close()

async function asked(host: string) {
  const reach = {
    baseUrl: host,
    budgets: new Budgets({ read: 100, write: 100, action: 100 }),
    troubles: new Map(),
    secrets: [],
  }
  const answer = await exchange(
    { method: 'POST', path: '/x', body: {}, budget: 'action' } as never,
    { holder: 'x', bearer: null },
    reach,
    { now: Date.now },
  )
  return answer.ok ? 'ok' : [answer.sent, answer.trouble, answer.message]
}
async function wordsOf(doing: () => unknown): Promise<string> {
  try {
    return String(await doing())
  } catch (error) {
    return (error as Error).message
  }
}
const rules = () =>
  loadRules(join(folder, 'rules'), { services, zone: 'UTC' }, folder).then(({ faults }) => faults[0]?.message)
const config = () => loadConfig(join(folder, 'config.yaml'), {}).then(() => 'read')
const database = () => {
  lookIntoDatabase(folder)?.close()
  return 'opened'
}
async function look(port: number) {
  return {
    address: await asked(`http://127.0.0.1:${port}`),
    name: await asked('http://nowhere.invalid'),
    config: await wordsOf(config),
    rules: await wordsOf(rules),
    database: await wordsOf(database),
  }
}

// What is loaded when it is first needed is here by now.
const before = await look(one)
const held: number[] = []
try {
  for (;;) held.push(openSync(folder, 'r'))
} catch {
  // Full.
}
const full = await look(other)
for (const file of held) closeSync(file)
const after = await look(one)
process.stdout.write(JSON.stringify({ before, full, after }))
process.exit()
