/**
 * Builds what the command consists of into a folder: cli.js, which starts real86.cjs, which holds everything but the workers: that of `conform`, and compile-worker.cjs with
 * compiler.cjs, which compiles beside the run; and the interpreter's WebAssembly module.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

/** It starts workers from files of its own. */
const EXTERNAL = ['tinypool'];

/** `inputs`: more to bundle, by name, as ES modules that share chunks; `small`: without white space. */
export async function buildCommand(folder, { inputs = {}, small = false } = {}) {
  await bundle({ cli: 'src/cli/bin.ts', 'conform-worker': 'src/cli/conform-worker.ts', ...inputs }, folder, {
    external: EXTERNAL,
    small,
  });
  await bundle('src/cli/main.ts', folder, { external: EXTERNAL, small, name: 'real86.cjs', format: 'cjs' });
  await bundle('src/cli/compile-worker.ts', folder, { small, name: 'compile-worker.cjs', format: 'cjs' });
  await bundle('src/jit/compile-channel.ts', folder, { small, name: 'compiler.cjs', format: 'cjs' });
  for (const file of ['real86.cjs', 'compiler.cjs']) toAscii(join(folder, file));
  await bundled('src/cpu/engine.ts', async file => {
    const { interpreterBytes } = await import(pathToFileURL(file).href);
    writeFileSync(join(folder, 'interpreter.wasm'), interpreterBytes());
  });
}

/** Escapes what is not ASCII, which is in strings and patterns only. */
function toAscii(file) {
  const escaped = unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/[^\0-\x7f]/g, escaped));
}

/**
 * What V8 makes of both, to begin with that the next time: see src/cli/optimised-code.ts and src/cli/precompiled.ts. It is for this version of Node and this kind of
 * processor alone. Names of the files that could not be made.
 */
export async function precompile(folder) {
  const missing = [];
  for (const [source, input, output] of [
    ['src/cli/optimise-main.ts', 'interpreter.wasm', 'interpreter.code'],
    ['src/cli/precompile-main.ts', 'real86.cjs', 'real86.code'],
    ['src/cli/precompile-compiler-main.ts', 'compiler.cjs', 'compiler.code'],
  ])
    await bundled(source, file => {
      const { status } = spawnSync(process.execPath, [file, join(folder, input)], { stdio: 'ignore' });
      if (status === 0) return;
      rmSync(join(folder, output), { force: true });
      missing.push(output);
    });
  return missing;
}

let builds = 0;

/** Bundles a source for the time of the work. */
async function bundled(source, work) {
  // Modules are cached by name.
  const file = join(tmpdir(), `real86-${basename(source, '.ts')}-${process.pid}-${builds++}.mjs`);
  await bundle(source, dirname(file), { name: basename(file) });
  await work(file);
  rmSync(file);
}
