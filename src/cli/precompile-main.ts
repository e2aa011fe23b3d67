/**
 * Part of the build: `node precompile.mjs real86.cjs` runs what users run first - a program that ends well, one that does not, and one of which all is compiled - and
 * writes the bytecode of what that took to real86.code. What they print is of no interest.
 */
import { resolve } from 'node:path';
import { precompiled, writeBytecode } from './precompiled.ts';

const RUNS = [['hello'], ['fault-null'], ['--engine', 'jit-eager', 'hello']];

const path = resolve(process.argv[2]!);
await writeBytecode<typeof import('./main.ts')>(path, async ({ main }) => {
  for (const run of RUNS) await main(['run', ...run]);
});
process.exit(precompiled(path).isCached ? 0 : 1);
