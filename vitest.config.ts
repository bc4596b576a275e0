import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vite would take graphql's ES modules, Node gives type-graphql the CommonJS ones: two realms. Pin both to one.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    pool: 'threads',
    maxWorkers: 2,
    isolate: false,
    fsModuleCache: false,
    testTimeout: 30_000,
    hookTimeout: 180_000,
  },
});
