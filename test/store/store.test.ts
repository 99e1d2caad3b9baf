import { sqliteStore } from '../../src/store/sqlite.ts'
import { storeContract } from './contract.ts'
import { memoryStore } from './memory.ts'

storeContract('SQLite', sqliteStore)
storeContract('the memory of the tests', memoryStore)
