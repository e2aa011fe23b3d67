/**
 * Part of the build: `node precompile.mjs real86.cjs` runs what users run first - a program that ends well, and one that does not - and writes the bytecode of what
 * that took to real86.code. What they print is of no interest.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import v8 from 'node:v8';
import { bytecodePath, precompiled } from './precompiled.ts';

const path = resolve(process.argv[2]!);
// Bytecode is for a process with the same settings, as its start has them: before the command changes any. Nor does it go by age meanwhile.
const { setFlagsFromString } = v8;
v8.setFlagsFromString = () => {};
setFlagsFromString('--no-flush-bytecode');
const bundle = precompiled<typeof import('./main.ts')>(path);
const { main } = bundle.evaluate();
for (const program of ['hello', 'fault-null']) await main(['run', program]);
setFlagsFromString('--flush-bytecode');
writeFileSync(bytecodePath(path), bundle.bytecode());
process.exit(precompiled(path).isCached ? 0 : 1);
