import { writeFileSync } from 'node:fs'

// Loaded before a program: on this signal it collects what is thrown away and writes down what is left.
process.on('SIGUSR2', () => {
  // Only the last resort gives the pages of what was thrown away back at once.
  globalThis.gc?.({ execution: 'sync', type: 'major', flavor: 'last-resort' })
  const { rss } = process.memoryUsage()
  writeFileSync(process.env.LOCKWARDEN_BENCH_OUT ?? '/dev/null', String(rss))
})
