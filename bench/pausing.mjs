// Loaded before a program: tells the longest pause of its loop since it was last asked, and the most memory it ever held.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
process.on('SIGUSR2', () => {
  const told = { pauseMs: delay.max / 1e6, peakMiB: process.resourceUsage().maxRSS / 1024 }
  delay.reset()
  writeFileSync(process.env.LOCKWARDEN_BENCH_OUT, JSON.stringify(told))
})
