import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/built.ts'],
    setupFiles: ['test/seed.ts'],
    testTimeout: 240_000,
    hookTimeout: 90_000,
    // Most of the time of the slow ones is waiting for processes and services.
    maxWorkers: 3,
  },
})
