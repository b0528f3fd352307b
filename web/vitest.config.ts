import { defineConfig, mergeConfig } from 'vitest/config'

import page from './vite.config'

export default mergeConfig(
  page,
  defineConfig({
    test: {
      environment: 'happy-dom',
      setupFiles: './src/test/setup.ts',
      include: ['src/**/*.test.{ts,tsx}'],
    },
  }),
)
