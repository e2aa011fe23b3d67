#!/usr/bin/env node
/** Where the process begins and ends. The command itself lies beside the bundle of this file. */
import { fileURLToPath } from 'node:url';
import { precompiled } from './precompiled.ts';

const { main } = precompiled<typeof import('./main.ts')>(
  fileURLToPath(new URL('./real86.cjs', import.meta.url)),
).evaluate();
process.exitCode = await main(process.argv.slice(2), () => import('tinypool'));
// Guest output is written by now; an open stdin must not keep the process.
process.exit();
