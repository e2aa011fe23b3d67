/**
 * Part of the build: `node precompile-compiler.mjs compiler.cjs` writes the bytecode of all that the thread may run which compiles. It is for the settings that this has in
 * a process that has made its own.
 */
import { resolve } from 'node:path';
import { prepareHost } from './host-flags.ts';
import { precompiled, writeBytecode } from './precompiled.ts';

const path = resolve(process.argv[2]!);
prepareHost();
await writeBytecode(path);
process.exit(precompiled(path).isCached ? 0 : 1);
