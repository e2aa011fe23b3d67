import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/setup/build.ts',
    setupFiles: 'test/setup/interpreter.ts',
    reporters: ['default', './test/setup/skips.ts'],
    testTimeout: 60_000,
    pool: 'threads',
    maxWorkers: 2,
    // Files share the modules of their worker, and so the code its JavaScript engine has made of them: no test changes what another could see.
    isolate: false,
  },
});
