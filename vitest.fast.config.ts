/** Which tests exist and how they are run. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['grammar/test/**/*.test.ts', 'server/test/**/*.test.ts', 'media/test/**/*.test.ts', 'client/test/*.test.ts', 'test-fixtures/**/*.test.ts'],
    // Processes under test are started from the bundle.
    
    // Native code and child processes: a crash must cost one file, not the suite.
    pool: 'forks',
    // Against hangs only; nothing asserts a time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
