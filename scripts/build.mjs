/**
 * Builds dist/: the command line and the library as ES modules, the interpreter's WebAssembly module made beforehand, and type declarations.
 *   --quick   leaves out the declarations
 */
import { execFileSync, spawnSync } from 'node:child_process';
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
  { cli: 'src/cli/bin.ts', 'conform-worker': 'src/cli/conform-worker.ts', index: 'src/index.ts' },
  'dist',
  // It starts workers from files of its own.
  { external: ['tinypool'], small: true },
);

/** Bundles a source for the time of the work. */
async function bundled(source, work) {
  const file = join(tmpdir(), `real86-${basename(source, '.ts')}-${process.pid}.mjs`);
  await bundle(source, dirname(file), { name: basename(file) });
  await work(file);
  rmSync(file);
}

await bundled('src/cpu/engine.ts', async file => {
  const { interpreterBytes } = await import(pathToFileURL(file).href);
  writeFileSync('dist/interpreter.wasm', interpreterBytes());
});

/** Its code as this host's engine optimises it: see src/cli/optimised-code.ts. It is for this version of Node and this kind of processor alone. */
if (!quick)
  await bundled('src/cli/optimise-main.ts', file => {
    const { status } = spawnSync(process.execPath, [file, 'dist/interpreter.wasm']);
    if (status !== 0)
      console.log(
        'dist/interpreter.code is not made: this Node.js does not give it. The first moments of a run are slower.',
      );
  });

if (!quick)
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
console.log(
  `dist/cli.js ${statSync('dist/cli.js').size} bytes, dist/interpreter.wasm ${statSync('dist/interpreter.wasm').size} bytes`,
);
