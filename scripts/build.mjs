/**
 * Builds dist/: the command line and the library as ES modules, the interpreter's WebAssembly module made beforehand, and type declarations.
 *   --quick   leaves out the declarations
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

const quick = process.argv.includes('--quick');
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');

/** Shared code is split off, so that the library and the commands load it once; dependencies are bundled too, which saves 50 ms of start. */
await bundle(
  { cli: 'src/cli/main.ts', 'conform-worker': 'src/cli/conform-worker.ts', index: 'src/index.ts' },
  'dist',
  // It starts workers from files of its own.
  { external: ['tinypool'], small: true },
);

const maker = join(tmpdir(), `real86-interpreter-${process.pid}.mjs`);
await bundle('src/cpu/engine.ts', dirname(maker), { name: basename(maker) });
const { interpreterBytes } = await import(pathToFileURL(maker).href);
rmSync(maker);
writeFileSync('dist/interpreter.wasm', interpreterBytes());

if (!quick)
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
console.log(
  `dist/cli.js ${statSync('dist/cli.js').size} bytes, dist/interpreter.wasm ${statSync('dist/interpreter.wasm').size} bytes`,
);
