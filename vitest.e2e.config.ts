/** End-to-end tests in a real workbench: `npm run e2e`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['client/test/e2e/*.e2e.ts'], hookTimeout: 120_000, fileParallelism: false, pool: 'forks', bail: 1 } })
