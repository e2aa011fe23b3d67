/**
 * What tests share, built once a run from the sources as they are: the interpreter's module, which every worker would make for itself otherwise, and the
 * command, in dist/, where it finds its assets as the package does.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/bundle.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of cli.js, main.js for those who call it, and interpreter.wasm. */
    readonly built: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  mkdirSync('dist', { recursive: true });
  const folder = mkdtempSync('dist/test-');
  await build(folder);
  project.provide('built', folder);
  project.onTestsRerun(() => build(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}

let builds = 0;

/** As scripts/build.mjs does. */
async function build(folder: string): Promise<void> {
  await bundle(
    { cli: 'src/cli/bin.ts', main: 'src/cli/main.ts', 'conform-worker': 'src/cli/conform-worker.ts' },
    folder,
    { external: ['tinypool'] },
  );
  // Modules are cached by name.
  const name = `engine-${builds++}.mjs`;
  await bundle('src/cpu/engine.ts', folder, { name });
  const { interpreterBytes } = await import(pathToFileURL(join(folder, name)).href);
  const interpreter = join(folder, 'interpreter.wasm');
  writeFileSync(interpreter, interpreterBytes());
  await bundle('src/cli/optimise-main.ts', folder, { name: 'optimise.mjs' });
  spawnSync(process.execPath, [join(folder, 'optimise.mjs'), interpreter]);
}
