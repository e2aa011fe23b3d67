/**
 * `npm run vitest` gives the host a collector of garbage without threads of its own: each machine of a test is 40 MiB of memory outside the heap, for which V8 collects
 * again and again, and the workers want the cores themselves.
 */
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
