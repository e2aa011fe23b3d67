/** Each worker takes the interpreter's module as built for this run (build.ts), in the host's settings that the command has. */
import { join } from 'node:path';
import { inject } from 'vitest';
import { useInterpreterFile } from '../../src/cli/engine.ts';
import { prepareHost } from '../../src/cli/host-flags.ts';

prepareHost();
const path = join(inject('built'), 'interpreter.wasm');
if (!useInterpreterFile(path)) throw new Error(`${path} is missing`);
