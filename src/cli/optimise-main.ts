/** Part of the build: `node optimise.mjs interpreter.wasm` writes interpreter.code beside it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { prepareHost } from './host-flags.ts';
import { optimisedCode } from './optimised-code.ts';

const path = process.argv[2]!;
prepareHost();
writeFileSync(path.replace(/wasm$/, 'code'), optimisedCode(new Uint8Array(readFileSync(path))));
