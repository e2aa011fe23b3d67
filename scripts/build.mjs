/**
 * Builds dist/: the command line and the library as ES modules, the interpreter's WebAssembly module made beforehand, and type declarations.
 *   --quick   leaves out the declarations
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const quick = process.argv.includes('--quick');
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');

/** Shared code is split off, so that the library and the commands load it once; dependencies are bundled too, which
 * saves 50 ms of start. Some of them are CommonJS and want require(). */
await build({
  entryPoints: { cli: 'src/cli/main.ts', 'conform-worker': 'src/cli/conform-worker.ts', index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // It starts workers from files of its own.
  external: ['tinypool'],
  banner: {
    js: "import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(import.meta.url);",
  },
  legalComments: 'none',
  minifyWhitespace: true,
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
});

const maker = join(tmpdir(), `real86-interpreter-${process.pid}.mjs`);
await build({ entryPoints: ['src/cpu/engine.ts'], outfile: maker, bundle: true, format: 'esm', platform: 'node' });
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
